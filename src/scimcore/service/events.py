"""RFC 9967: the change behind each audit record as SCIM events, and the claims of a security event token.

Events are read off the audit trail, which is written in the same transaction as the change: there is none for what
was refused, rolled back or a no-op, and none carries a secret. Signing and sending tokens is the host's.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from attrs import evolve, frozen

from scimcore._durations import SECOND
from scimcore.repository import AuditRecord
from scimcore.resources import etag
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject

#: What an event says about a resource (RFC 9967 section 2.4).
Kind = Literal["create", "patch", "put", "delete", "activate", "deactivate"]

_PREFIX: Final = "urn:ietf:params:scim:event:prov:"
#: Those that come as `notice` (which attributes) or `full` (what they are): RFC 9967 section 2.4.
_WITH_CONTENT: Final = frozenset({"create", "patch", "put"})

_KIND_OF_OUTCOME: Final[Mapping[str, Kind]] = {
    "created": "create",
    "linked": "create",
    "restored": "put",
    "deleted": "delete",
}


@frozen(kw_only=True)
class Event:
    """One event about one resource."""

    kind: Kind
    #: Relative to the base URL: "/Users/{id}".
    uri: str
    id: str
    #: The same for all events of one change.
    transaction: str
    #: Seconds since 1970, as the claims of a token count.
    at: int
    #: The resource's ETag after the change.
    version: str | None = None
    #: The paths of what changed; empty for kinds that carry no content.
    attributes: tuple[str, ...] = ()


def events(record: AuditRecord, registry: Registry) -> tuple[Event, ...]:
    """Return the events of one audit record; none for a refusal or a record without change."""
    kind = _kind(record)
    if kind is None or record.type not in registry or not record.target:
        return ()
    type = registry[record.type]
    first = Event(
        kind=kind,
        uri=f"{type.resource_type.endpoint}/{record.target}",
        id=record.target,
        transaction=record.id,
        at=record.at // SECOND,
        version=etag(record.version) if record.version else None,
        attributes=tuple(_path(type, name) for name in record.changes) if kind in _WITH_CONTENT else (),
    )
    flip = _flip(kind, record.changes)
    return (first,) if flip is None else (first, evolve(first, kind=flip, version=None, attributes=()))


def _path(type: BoundType, name: str) -> str:
    """The attribute's path; the trail names links by their relation, a receiver knows only what shows it."""
    attribute = type.relation(name)
    return name if attribute is None else attribute.name


def _kind(record: AuditRecord) -> Kind | None:
    outcome = record.outcome
    if outcome == "deleted" and record.operation == "TimePassed":
        # A tombstone is purged: the resource went with its DELETE, and receivers heard of that then.
        return None
    if outcome in ("updated", "accepted"):
        if not record.changes:
            return None
        return "put" if record.operation == "replace" else "patch"
    return _KIND_OF_OUTCOME.get(outcome)


def _flip(kind: Kind, changes: JsonObject) -> Kind | None:
    """RFC 9967 sections 2.4.5 and 2.4.6: `active` went over to the other side."""
    active = changes.get("active")
    if kind in ("create", "delete") or not isinstance(active, list):
        return None
    return "activate" if active[-1] is True else "deactivate"


def claims(
    event: Event,
    *,
    issuer: str,
    audience: Sequence[str],
    token_id: str,
    external_id: str | None = None,
    data: JsonObject | None = None,
) -> JsonObject:
    """Return the claims of a security event token (RFC 8417), unsigned.

    With `data`, the resource or request as the receiver is to have it, the event is `full`; without, it is a `notice`
    of the attributes that changed. Raises ValueError for data on an event that carries none.
    """
    if data is not None and event.kind not in _WITH_CONTENT:
        raise ValueError(f"a {event.kind} event carries no data (RFC 9967 section 2.4)")
    subject: JsonObject = {"format": "scim", "uri": event.uri, "id": event.id}
    if external_id is not None:
        subject["externalId"] = external_id
    return {
        "iss": issuer,
        "iat": event.at,
        "jti": token_id,
        "aud": list(audience),
        "txn": event.transaction,
        "sub_id": subject,
        "events": {_uri(event, data): _payload(event, data)},
    }


def _uri(event: Event, data: JsonObject | None) -> str:
    if event.kind not in _WITH_CONTENT:
        return _PREFIX + event.kind
    return f"{_PREFIX}{event.kind}:{'notice' if data is None else 'full'}"


def _payload(event: Event, data: JsonObject | None) -> JsonObject:
    if event.kind not in _WITH_CONTENT:
        return {}
    content: JsonObject = {"attributes": list(event.attributes)} if data is None else {"data": data}
    return content if event.version is None else {**content, "version": event.version}
