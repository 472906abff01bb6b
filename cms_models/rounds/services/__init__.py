"""The only writers of carers, shifts, visits and plans."""
