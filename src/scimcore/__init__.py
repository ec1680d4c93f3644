"""SCIM 2.0 provisioning for B2B products: the exact protocol, and the provisioning policy as one readable value.

The names below are what most hosts need. `scimcore.host` has what a host is written with (facts, effects, events), and
the packages hold the rest. They load on first use, so that importing scimcore costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scimcore.access import Caller, Connection, MemoryConnections, issue
    from scimcore.dialects import AUTO
    from scimcore.errors import ScimError
    from scimcore.host import AsyncHost, Host
    from scimcore.policy import STANDARD, Policy
    from scimcore.repository import MemoryRepository
    from scimcore.schema import Attribute, Registry, ResourceType, Schema
    from scimcore.service import AsyncService, Limits, Service
    from scimcore.web import Application, AsyncApplication, Options, Request, Response

    #: The version of scimcore, as the package metadata says.
    __version__: str

__all__ = [
    "AUTO",
    "STANDARD",
    "Application",
    "AsyncApplication",
    "AsyncHost",
    "AsyncService",
    "Attribute",
    "Caller",
    "Connection",
    "Host",
    "Limits",
    "MemoryConnections",
    "MemoryRepository",
    "Options",
    "Policy",
    "Registry",
    "Request",
    "ResourceType",
    "Response",
    "Schema",
    "ScimError",
    "Service",
    "__version__",
    "issue",
]

_NAMES: Final = {
    "access": ("Caller", "Connection", "MemoryConnections", "issue"),
    "dialects": ("AUTO",),
    "errors": ("ScimError",),
    "host": ("AsyncHost", "Host"),
    "policy": ("STANDARD", "Policy"),
    "repository": ("MemoryRepository",),
    "schema": ("Attribute", "Registry", "ResourceType", "Schema"),
    "service": ("AsyncService", "Limits", "Service"),
    "web": ("Application", "AsyncApplication", "Options", "Request", "Response"),
}
_MODULE_OF: Final = {name: f"scimcore.{module}" for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _version()
    elif name in _MODULE_OF:
        value = getattr(import_module(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module 'scimcore' has no attribute {name!r}")
    # From now on Python finds it without asking here.
    globals()[name] = value
    return value


def _version() -> str:
    # Not at import: reading the metadata of a distribution takes longer than importing this module.
    from importlib.metadata import version

    return version("scimcore")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
