"""Daily rounds: which carer visits whom, in what order, at what minute, and why."""
