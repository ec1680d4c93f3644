"""The operations: what a provisioning client, an admin and the host can ask for, with no HTTP in sight."""

from scimcore.service._core import AsyncService
from scimcore.service.cursors import CursorKeys
from scimcore.service.host import Holding, Host, KeepsInventory, KnowsTeams, TakesPasswords
from scimcore.service.limits import Limits
from scimcore.service.previewing import Preview
from scimcore.service.reconciling import Drift
from scimcore.service.results import Caller, Done, Listing, Purged, Resource, Search, Told
from scimcore.service.seams import AsyncHost, AsyncRepository, AsyncUnit
from scimcore.service.sync import Service

__all__ = [
    "AsyncHost",
    "AsyncRepository",
    "AsyncService",
    "AsyncUnit",
    "Caller",
    "CursorKeys",
    "Done",
    "Drift",
    "Holding",
    "Host",
    "KeepsInventory",
    "KnowsTeams",
    "Limits",
    "Listing",
    "Preview",
    "Purged",
    "Resource",
    "Search",
    "Service",
    "TakesPasswords",
    "Told",
]
