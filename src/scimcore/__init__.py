"""SCIM 2.0 provisioning for B2B products: the exact protocol, and the provisioning policy as one readable value.

The names below are what most hosts need; the packages hold the rest. They load on first use, so that importing
scimcore costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scimcore.access import Caller, Connection, MemoryConnections
    from scimcore.errors import ScimError
    from scimcore.policy import STANDARD, Policy
    from scimcore.repository import MemoryRepository
    from scimcore.schema import Attribute, Registry, ResourceType, Schema
    from scimcore.service import AsyncService, Host, Limits, Service
    from scimcore.web import Application, AsyncApplication, Request, Response

__all__ = [
    "STANDARD",
    "Application",
    "AsyncApplication",
    "AsyncService",
    "Attribute",
    "Caller",
    "Connection",
    "Host",
    "Limits",
    "MemoryConnections",
    "MemoryRepository",
    "Policy",
    "Registry",
    "Request",
    "ResourceType",
    "Response",
    "Schema",
    "ScimError",
    "Service",
]

_PLACES = {
    "access": ("Caller", "Connection", "MemoryConnections"),
    "errors": ("ScimError",),
    "policy": ("STANDARD", "Policy"),
    "repository": ("MemoryRepository",),
    "schema": ("Attribute", "Registry", "ResourceType", "Schema"),
    "service": ("AsyncService", "Host", "Limits", "Service"),
    "web": ("Application", "AsyncApplication", "Request", "Response"),
}
_MODULE_OF = {name: f"scimcore.{place}" for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'scimcore' has no attribute {name!r}")
    value: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
