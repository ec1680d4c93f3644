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
    "AnswerText",
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

_LONGEST_QUOTED = 80


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

    #: The HTTP status of the answer.
    status: ClassVar[int] = 400
    #: The detail error keyword of RFC 7644 table 9, where one fits; None: the member is absent.
    scim_type: ClassVar[ScimType | None] = None
    #: The code, unless whoever raises the error gives a narrower one.
    default_code: ClassVar[str] = "SC-1000"

    def __init__(self, text: str, *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.code = code or self.default_code
        #: Everything that is wrong with the body, not only the first thing: one round trip for the client.
        self.faults = tuple(faults)
        #: The rules that acted, each with a sentence, as in the audit trail. The service fills this in.
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

    # RFC 7644 section 3.5.2.3: "replace" with a filter that matches nothing MUST fail like this.
    scim_type = "noTarget"
    default_code = "SC-1103"


class TooMany(ScimError):
    """A query that would have to look at more than the service allows."""

    # RFC 7644 section 3.4.2.1: a 400, although nothing is wrong with the query but the number of results.
    scim_type = "tooMany"
    default_code = "SC-1104"


class InvalidValue(ScimError):
    """A value that is missing or does not fit its attribute."""

    scim_type = "invalidValue"
    default_code = "SC-1201"


class Mutability(ScimError):
    """An attempt to change what may not be changed."""

    # RFC 7644 table 9: a detail of status 400, not of 403.
    scim_type = "mutability"
    default_code = "SC-1301"


class Uniqueness(ScimError):
    """Another resource has this value already."""

    # RFC 7644 section 3.3: a value that another resource has MUST be answered with 409.
    status = 409
    scim_type = "uniqueness"
    default_code = "SC-1401"


class InvalidVersion(ScimError):
    """A protocol version in the URL that is not served."""

    scim_type = "invalidVers"
    default_code = "SC-1002"


class InvalidCursor(ScimError):
    """A cursor that this service did not issue for this very query."""

    # This and the next two: RFC 9865 section 2.1.
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
    """No credential, or none that is valid."""

    # RFC 9110 section 15.5.2: needs a WWW-Authenticate header, which `scimcore.web` adds.
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

    # One answer for both, so that nobody learns which ids another tenant has.
    status = 404
    default_code = "SC-1402"


class MethodNotAllowed(ScimError):
    """The URL is known, the method does not apply to it. `allowed` goes into the Allow header."""

    # RFC 9110 section 15.5.6: the Allow header is a MUST.
    status = 405
    default_code = "SC-1003"

    def __init__(self, text: str, *, allowed: Sequence[str], code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.allowed = tuple(allowed)


class Conflict(ScimError):
    """A conflict other than a value that is taken: an unresolved bulkId, a write that lost its race too often."""

    # RFC 7644 section 3.7.1 asks for 409 where a bulkId stays unresolved.
    status = 409
    default_code = "SC-1403"


class PreconditionFailed(ScimError):
    """If-Match names another version than the current one."""

    status = 412
    default_code = "SC-1404"


class TooLarge(ScimError):
    """More bytes or more operations than the service accepts in one request."""

    # RFC 7644 section 3.7.4: over maxOperations or maxPayloadSize.
    status = 413
    default_code = "SC-1004"


class UnsupportedMediaType(ScimError):
    """A body that is not declared as JSON."""

    # RFC 9110 section 15.5.16.
    status = 415
    default_code = "SC-1005"


class PreconditionRequired(ScimError):
    """The host demands If-Match."""

    # RFC 6585 section 3. Not in RFC 7644; only hosts that ask for it send it.
    status = 428
    default_code = "SC-1405"


class TooManyRequests(ScimError):
    """The rate limit; `retry_after` is in whole seconds."""

    # RFC 6585 section 4. Okta waits five minutes for a Retry-After that is not a whole number (OKTA-014).
    status = 429
    default_code = "SC-3003"

    def __init__(self, text: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after


class NotImplementedHere(ScimError):
    """A part of the protocol that this service does not offer."""

    # RFC 7644 table 8. Other than a 404, it tells the client not to try again.
    status = 501
    default_code = "SC-1006"


class AnswerText(str):
    """A text of ours that repeats words of a client, for the answer. `recorded` is the same without those words.

    The audit trail stores `recorded`: a client's words may name a person whom the product has to forget.
    """

    recorded: str

    def __new__(cls, text: str, recorded: str) -> "AnswerText":
        """Make the text of both forms."""
        made = super().__new__(cls, text)
        made.recorded = recorded
        return made


def quoted(text: str) -> str:
    """Return a client's own text, short and harmless enough for a message."""
    short = text if len(text) <= _LONGEST_QUOTED else text[:_LONGEST_QUOTED] + "…"
    # Control characters would reach an administrator's terminal and the logs.
    return short if short.isprintable() else ascii(short)[1:-1]
