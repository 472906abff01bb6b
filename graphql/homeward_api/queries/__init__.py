"""The questions a provider may ask, one subject a file."""
