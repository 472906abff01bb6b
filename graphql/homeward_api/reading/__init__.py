"""Records turned into the plain rows the schema's types read, in one query a list."""
