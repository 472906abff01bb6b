"""The screens of every kind of record, a module a subject."""
