"""The editor of a quality framework: all of it on one page."""
