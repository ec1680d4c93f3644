"""Ours over HTTP, beside the same framework and server with the stored JSON and nothing of SCIM."""
