"""A product that had its users long before SCIM: in its own tables, under its own integer keys."""
