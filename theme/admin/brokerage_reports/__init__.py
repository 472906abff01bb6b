"""The reports of the brokerage."""
