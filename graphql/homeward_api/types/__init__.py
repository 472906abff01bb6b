"""GraphQL types, one subject a file: what a provider may read, field by field."""
