"""The plain values that repositories keep beside the resources themselves."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from attrs import field, frozen

from scimcore.policy.effects import EFFECTS, AnyEffect, Lane
from scimcore.policy.plans import Note
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


class UniqueKey(NamedTuple):
    """A value that no other resource of the type may have: the canonical path of its attribute, and its key."""

    path: str
    key: str


@frozen(kw_only=True)
class Keys:
    """What a resource is found by: folded in Python, compared bytewise, the same in every store.

    `unique` is never empty: a type without a unique attribute uses the resource's id. `display` is the text to show
    where the resource is linked (as it is, not folded); `display_key` is `displayName` folded, None without one.
    `also_unique` are the keys of all other attributes that are published as unique, in order and each of them once.
    Keys longer than 200 characters are kept as a prefix and a digest (see `keys`).
    """

    unique: str
    external: str | None = None
    display: str | None = None
    display_key: str | None = None
    active: bool | None = None
    values: tuple[IndexValue, ...] = ()
    also_unique: tuple[UniqueKey, ...] = ()


#: What a mark is for; each kind has its own names. `release`: an admin lets held leavers pass. `leaver`: a user
#: left, which counts against the leaver limit. `awaited`: a user who does not exist yet, by a digest, with
#: the groups that wait. `awaiting`: a group, with the digests of those it waits for. `links` and `unique`: see
#: `completing`.
#: `owners`: the accounts of owners who leave, but whose accounts still work. `retired`: an account that its user got a
#: new one instead of.
MarkKind = Literal["release", "leaver", "awaited", "awaiting", "links", "owners", "retired", "unique"]


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


_EFFECT_CLASSES: Final[Mapping[str, type[AnyEffect]]] = {effect.__name__: effect for effect in EFFECTS}

EffectState = Literal["waiting", "done", "dead", "cancelled"]


@frozen(kw_only=True)
class EffectRecord:
    """An entry of the outbox: an effect, and how far it has come.

    `at` (microseconds since 1970, UTC) and `nth` are its place in the order of its lane. `done` effects stay for
    a while, so that an admin can see them; `dead` ones failed too often and wait for an admin, who retries them.
    """

    #: The effect's idempotency key; the host gets it with the effect, the same each time.
    key: str
    #: The name of the effect's class.
    type: str
    #: What keeps effects in order: the account, or for an effect on a team the team.
    account: str
    at: int
    nth: int
    #: What it may wait for: `Effect.lane`.
    lane: Lane = "change"
    #: The effect's own fields. Nothing personal is among them: the outbox must not remember what anonymising forgets.
    payload: JsonObject = field(factory=dict)
    #: Not handed over before this time (microseconds); after a failure, the time of the next try.
    due: int = 0
    state: EffectState = "waiting"
    #: How often it was handed over in vain: failures in a row, or times in a row that the host raised `Later`.
    attempts: int = 0
    #: The class of the last error; empty when there was none, or when the host raised `Later`.
    error: str = ""

    @property
    def effect(self) -> AnyEffect:
        """The effect itself. Raises KeyError for a type that this version does not know."""
        payload: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in self.payload.items()}
        return _EFFECT_CLASSES[self.type](account=self._own_account, due=self.due, **payload)

    @property
    def _own_account(self) -> str:
        # An effect on a team has no account: the record keeps the team in its place, for the order.
        return "" if "team" in self.payload else self.account

    def as_json(self) -> JsonObject:
        """The record as plain data, with the effect's own fields beside those of the record."""
        return {
            "type": self.type,
            "account": self._own_account,
            **self.payload,
            "lane": self.lane,
            "key": self.key,
            "at": self.at,
            "nth": self.nth,
            "due": self.due,
            "state": self.state,
            "attempts": self.attempts,
            "error": self.error,
        }


@frozen(kw_only=True)
class AuditRecord:
    """One change, or one refusal: who did what to whom, and why it went as it went. Empty is what does not apply."""

    id: str
    #: Microseconds since 1970, UTC.
    at: int
    #: `create`, `patch` ...; for what happened in the product the name of the host event.
    operation: str
    #: `created`, `updated`, `deleted` ...; `refused`; or `failed`, when the host could not carry an effect out.
    outcome: str
    #: The id of the connection, and of the credential that it used.
    connection: str = ""
    credential: str = ""
    #: The id of the HTTP request, as the client or the host's server named it.
    request: str = ""
    #: The resource: its type and id. A refusal to create has a digest of the name in the place of the id.
    type: str = ""
    target: str = ""
    account: str = ""
    #: The code and the text of the error that a client was answered with.
    code: str = ""
    detail: str = ""
    #: The resource's version afterwards; 0 when it is gone, or was not written.
    version: int = 0
    #: Canonical path -> [before, after], as far as the policy stores values; relation -> who came and went.
    changes: JsonObject = field(factory=dict)
    #: Which rules acted, and what each did.
    notes: tuple[Note, ...] = ()
    #: The types of the effects that followed.
    effects: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """The record as plain data."""
        return {
            "id": self.id,
            "at": self.at,
            "operation": self.operation,
            "outcome": self.outcome,
            "connection": self.connection,
            "credential": self.credential,
            "request": self.request,
            "type": self.type,
            "target": self.target,
            "account": self.account,
            "code": self.code,
            "detail": self.detail,
            "version": self.version,
            "changes": self.changes,
            "notes": [{"rule": note.rule, "text": note.text} for note in self.notes],
            "effects": list(self.effects),
        }
