"""Reports out: the same tables as a workbook for reckoning on and as pages for a committee."""
