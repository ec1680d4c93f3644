"""The plain values that repositories keep beside the resources themselves."""

from typing import Final, Literal

from attrs import field, frozen

from scimcore.policy.facts import State
from scimcore.schema.json import JsonObject


@frozen
class IndexValue:
    """One row of the value index: an element of a declared-indexed attribute, its keys folded by the core.

    `path` is the canonical attribute (`emails`, `urn:…:User:department`); `kind` and `primary` are the element's
    `type` and `primary`, so that a value path finds one element by one row.
    """

    path: str
    position: int
    key: str | None
    kind: str | None = None
    primary: bool | None = None


@frozen(kw_only=True)
class Keys:
    """What a resource is found by: folded in Python, compared bytewise, the same in every store.

    `unique` is never empty: a type without a unique attribute uses the resource's id. `display` is the text to show
    where the resource is linked (as it is, not folded); `display_key` is `displayName` folded, None without one.
    Keys longer than 200 characters are kept as a prefix and a digest (see `keys`).
    """

    unique: str
    external: str | None = None
    display: str | None = None
    display_key: str | None = None
    active: bool | None = None
    values: tuple[IndexValue, ...] = ()


#: The states of a binding whose user has left: they count against the leaver limit.
LEFT: Final[tuple[State, ...]] = ("suspended", "anonymised", "deleted")

#: What a mark is for; each kind has its own names. `release`: an admin lets held leavers pass. `leaver`: a resource
#: that went without a tombstone still counts as a leaver. `awaited`: a user who does not exist yet, by a digest, with
#: the groups that wait. `awaiting`: a group, with the digests of those it waits for. `links`: see `completing`.
MarkKind = Literal["release", "leaver", "awaited", "awaiting", "links"]


@frozen(kw_only=True)
class Mark:
    """Something that the service has to remember for a while and that is no binding: no account stands behind it.

    `(kind, name)` is its key in the tenant. `values` are ids and digests, never personal values. From `due` on (in
    microseconds since 1970, UTC; 0 is never) it means nothing any more and is removed.
    """

    kind: MarkKind
    name: str
    connection: str = ""
    since: int = 0
    due: int = 0
    values: tuple[str, ...] = ()


EffectState = Literal["waiting", "done", "dead", "cancelled"]


@frozen(kw_only=True)
class EffectRecord:
    """An effect in the outbox. `(at, nth)` is its place in the order; `key` makes handling it twice harmless.

    `payload` is the effect's own fields; nothing personal is among them.
    """

    key: str
    type: str
    account: str
    at: int
    nth: int
    payload: JsonObject = field(factory=dict)
    due: int = 0
    state: EffectState = "waiting"
    attempts: int = 0
    error: str = ""


@frozen(kw_only=True)
class AuditRecord:
    """One state change, or one refusal. `changes` maps canonical paths to [before, after], redacted."""

    id: str
    at: int
    operation: str
    outcome: str
    connection: str = ""
    credential: str = ""
    request: str = ""
    type: str = ""
    target: str = ""
    account: str = ""
    code: str = ""
    detail: str = ""
    #: The resource's version afterwards; 0 when it is gone, or was not written.
    version: int = 0
    changes: JsonObject = field(factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    effects: tuple[str, ...] = ()
