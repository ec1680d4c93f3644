"""A small product that is provisioned over SCIM: its own tables, its own pages, and scimcore in front."""
