"""The `scimcore` command: for the people around a product that is provisioned, not for the product itself."""

from scimcore._cli.commands import main

__all__ = ["main"]
