"""The import wizard: upload, map columns, look at the difference, accept."""
