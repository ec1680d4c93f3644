"""One root, one class per SCIM error (RFC 7644 section 3.12, RFC 9865 section 2.1).

`status` and `scim_type` belong to the class; the instance carries the facts and says, in one or two sentences
that a customer's administrator can act on, what to do next. Each message opens with a stable code
("[SC-1101] ..."), because strict clients refuse keys that the RFC does not define, and support needs something to
search for. The codes are listed in docs/reference/error-codes.md.

Three families, never mixed: what a client did wrong is a `ScimError`; what the host did wrong when it built
something is a `ValueError` or `TypeError`, raised when it is built; what fails while a host's own code runs is the
host's exception and passes through untouched.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attrs import frozen

__all__ = [
    "Conflict",
    "ExpiredCursor",
    "Fault",
    "Forbidden",
    "InvalidCount",
    "InvalidCursor",
    "InvalidFilter",
    "InvalidPath",
    "InvalidSyntax",
    "InvalidValue",
    "InvalidVersion",
    "MethodNotAllowed",
    "Mutability",
    "NoTarget",
    "NotFound",
    "NotImplementedHere",
    "PreconditionFailed",
    "PreconditionRequired",
    "ScimError",
    "ScimType",
    "Sensitive",
    "TooLarge",
    "TooMany",
    "TooManyRequests",
    "Unauthorized",
    "Uniqueness",
    "UnsupportedMediaType",
]

#: The `scimType` of an error: RFC 7644 table 9, and those that RFC 9865 adds.
ScimType = Literal[
    "expiredCursor",
    "invalidCount",
    "invalidCursor",
    "invalidFilter",
    "invalidPath",
    "invalidSyntax",
    "invalidValue",
    "invalidVers",
    "mutability",
    "noTarget",
    "sensitive",
    "tooMany",
    "uniqueness",
]


@frozen
class Fault:
    """One thing wrong with a body: the attribute's path (empty for the body itself), and what is expected there."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class ScimError(Exception):
    """Something a client asked for that is answered with a SCIM Error message.

    `code` is stable across releases; `text` may be reworded. `str(error)` is the `detail` of the answer.
    """

    status: ClassVar[int] = 400
    scim_type: ClassVar[ScimType | None] = None
    default_code: ClassVar[str] = "SC-1000"

    def __init__(self, text: str, *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.code = code or self.default_code
        self.faults = tuple(faults)
        #: Why: the rules that acted, each with a sentence. The service fills it in; it is in the audit trail as well.
        self.notes: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"[{self.code}] {self.text}"


class InvalidSyntax(ScimError):
    """The body is not the JSON message that the request needs."""

    scim_type = "invalidSyntax"
    default_code = "SC-1001"


class InvalidFilter(ScimError):
    """A filter that does not parse, or that compares what cannot be compared."""

    scim_type = "invalidFilter"
    default_code = "SC-1101"


class InvalidPath(ScimError):
    """A PATCH path or a sortBy that names no attribute."""

    scim_type = "invalidPath"
    default_code = "SC-1102"


class NoTarget(ScimError):
    """A PATCH operation whose path selects nothing that could be changed."""

    scim_type = "noTarget"
    default_code = "SC-1103"


class TooMany(ScimError):
    """A query that would have to look at more than the service allows."""

    scim_type = "tooMany"
    default_code = "SC-1104"


class InvalidValue(ScimError):
    """A value that is missing or does not fit its attribute."""

    scim_type = "invalidValue"
    default_code = "SC-1201"


class Mutability(ScimError):
    """An attempt to change what may not be changed."""

    scim_type = "mutability"
    default_code = "SC-1301"


class Uniqueness(ScimError):
    """Somebody else has this value already."""

    status = 409
    scim_type = "uniqueness"
    default_code = "SC-1401"


class InvalidVersion(ScimError):
    """A protocol version in the URL that is not served."""

    scim_type = "invalidVers"
    default_code = "SC-1002"


class InvalidCursor(ScimError):
    """A cursor that this service did not issue for this very query."""

    scim_type = "invalidCursor"
    default_code = "SC-1501"


class ExpiredCursor(ScimError):
    """A cursor that was ours and is too old."""

    scim_type = "expiredCursor"
    default_code = "SC-1502"


class InvalidCount(ScimError):
    """A count that differs from the one that the cursor was issued for, or is above the maximum."""

    scim_type = "invalidCount"
    default_code = "SC-1503"


class Unauthorized(ScimError):
    """No credential, or none that is alive."""

    status = 401
    default_code = "SC-3001"


class Forbidden(ScimError):
    """The credential, the plan or the account forbids it."""

    status = 403
    default_code = "SC-3002"


class Sensitive(ScimError):
    """The filter holds what should not stand in a URL; send it by POST to /.search (RFC 7644 section 7.5.2)."""

    status = 403
    scim_type = "sensitive"
    default_code = "SC-1105"


class NotFound(ScimError):
    """No such resource, or none that this connection may know of."""

    status = 404
    default_code = "SC-1402"


class MethodNotAllowed(ScimError):
    """The URL is known, the method does not apply to it. `allowed` goes into the Allow header."""

    status = 405
    default_code = "SC-1003"

    def __init__(self, text: str, *, allowed: Sequence[str], code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.allowed = tuple(allowed)


class Conflict(ScimError):
    """Something in the way that is no uniqueness clash: an unresolved bulkId, a write that kept losing its race."""

    status = 409
    default_code = "SC-1403"


class PreconditionFailed(ScimError):
    """If-Match names another version than the current one."""

    status = 412
    default_code = "SC-1404"


class TooLarge(ScimError):
    """More bytes or more operations than the service takes in one request."""

    status = 413
    default_code = "SC-1004"


class UnsupportedMediaType(ScimError):
    """A body that is not declared as JSON."""

    status = 415
    default_code = "SC-1005"


class PreconditionRequired(ScimError):
    """The host demands If-Match."""

    status = 428
    default_code = "SC-1405"


class TooManyRequests(ScimError):
    """The rate limit; `retry_after` is in whole seconds, as Okta needs it."""

    status = 429
    default_code = "SC-3003"

    def __init__(self, text: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after


class NotImplementedHere(ScimError):
    """Part of the protocol that this service does not offer."""

    status = 501
    default_code = "SC-1006"
