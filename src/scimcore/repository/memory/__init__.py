"""The reference repository: dictionaries, one unit at a time."""
