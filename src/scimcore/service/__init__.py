"""The operations: what a provisioning client, an admin and the host can ask for, with no HTTP in sight."""

from scimcore.service.admin import AsyncAdmin
from scimcore.service.cursors import CursorKeys
from scimcore.service.product import AsyncProduct
from scimcore.service.results import Done, Drift, EventResult, Listing, Preview, Purged, Resource, Search
from scimcore.service.service import AsyncService
from scimcore.service.session import Limits
from scimcore.service.sync import Admin, Product, Service, Worker
from scimcore.service.worker import AsyncWorker

__all__ = [
    "Admin",
    "AsyncAdmin",
    "AsyncProduct",
    "AsyncService",
    "AsyncWorker",
    "CursorKeys",
    "Done",
    "Drift",
    "EventResult",
    "Limits",
    "Listing",
    "Preview",
    "Product",
    "Purged",
    "Resource",
    "Search",
    "Service",
    "Worker",
]
