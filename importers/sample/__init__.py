"""The sample councils: files the project makes, for its own importers to read."""
