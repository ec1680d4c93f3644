"""HTTP without a framework: a request goes in, a response comes out."""

from scimcore.web.application import Application, AsyncApplication
from scimcore.web.limiter import Limiter, TokenBucket
from scimcore.web.messages import Request, Response
from scimcore.web.options import BulkLimits, Options
from scimcore.web.token_endpoint import TokenEndpoint

__all__ = [
    "Application",
    "AsyncApplication",
    "BulkLimits",
    "Limiter",
    "Options",
    "Request",
    "Response",
    "TokenBucket",
    "TokenEndpoint",
]
