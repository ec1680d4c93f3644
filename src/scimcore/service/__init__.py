"""The operations: what a provisioning client, an admin and the host can ask for, with no HTTP in sight."""

from scimcore.service.admin import AsyncAdmin
from scimcore.service.cursors import CursorKeys
from scimcore.service.limits import Limits
from scimcore.service.previewing import Preview
from scimcore.service.product import AsyncProduct
from scimcore.service.reconciling import Drift
from scimcore.service.results import Done, Listing, Purged, Resource, Search, Told
from scimcore.service.seams import AsyncRepository, AsyncUnit
from scimcore.service.service import AsyncService
from scimcore.service.sync import Admin, Product, Service, Worker
from scimcore.service.worker import AsyncWorker

__all__ = [
    "Admin",
    "AsyncAdmin",
    "AsyncProduct",
    "AsyncRepository",
    "AsyncService",
    "AsyncUnit",
    "AsyncWorker",
    "CursorKeys",
    "Done",
    "Drift",
    "Limits",
    "Listing",
    "Preview",
    "Product",
    "Purged",
    "Resource",
    "Search",
    "Service",
    "Told",
    "Worker",
]
