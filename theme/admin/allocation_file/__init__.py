"""Allocation files: read, taken away, checked."""
