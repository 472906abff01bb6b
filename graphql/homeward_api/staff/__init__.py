"""The staff's own schema, behind their session: nothing of it is known at the providers' door."""
