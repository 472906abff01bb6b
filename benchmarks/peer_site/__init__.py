"""Homeward with hand-written JSON views beside its GraphQL address, to measure one by the other."""
