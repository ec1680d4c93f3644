"""Effects as entries of the outbox, what waits for what, and the members of a team for an effect on everyone.

The outbox stores that everyone is meant, and nobody's name: a team of 100,000 would be one enormous row, and out of
date when a worker reads it. So the members are read when the effect is handed to the host.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, fields, frozen

from scimcore._durations import SECOND
from scimcore.policy.effects import (
    EFFECTS,
    OPENED,
    ActivateAccount,
    Anonymise,
    AnyEffect,
    AwaitSignIn,
    CancelInvitation,
    DeleteAccount,
    Lane,
    ReleaseSeat,
    ReserveSeat,
    RevokeCredentials,
    SendInvitation,
    SetRoles,
    SuspendAccount,
    SyncMemberships,
    SyncTeam,
    UpdateProfile,
)
from scimcore.policy.policy import Policy
from scimcore.policy.rules.access import counts
from scimcore.repository import AsyncUnit, EffectRecord, unique_key
from scimcore.repository.records import EffectState
from scimcore.resources.changes import Linked
from scimcore.schema import MEMBERSHIP, BoundType, Registry
from scimcore.schema.json import Json

#: Causes of an error that the log names.
_CAUSES: Final = 5
#: The fields of each effect that are its own. Read once: an effect is recorded on every write.
_FIELDS: Final[Mapping[type[AnyEffect], tuple[str, ...]]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in ("account", "due")) for kind in EFFECTS
}


def name_account(effects: Sequence[AnyEffect], account: str | None) -> tuple[AnyEffect, ...]:
    """Return the effects with the account that the host has just opened in the place of `OPENED`."""
    return tuple(evolve(e, account=account) if e.account == OPENED and account else e for e in effects)


def in_order_by(effect: AnyEffect) -> str:
    """Return the account that the effect is in order with. For an effect on a team it is the team's id."""
    # A team's effects keep their order among themselves, or a late one would bring a deleted team back.
    return effect.account or getattr(effect, "team", "")


def record(effect: AnyEffect, *, key: str, at: int, nth: int, state: EffectState = "waiting") -> EffectRecord:
    """The outbox entry of the n-th effect of a unit of work that ends at `at`."""
    return EffectRecord(
        # Known before the host is called, and the same on every try: the host's idempotency key.
        key=key,
        type=type(effect).__name__,
        account=in_order_by(effect),
        at=at,
        nth=nth,
        lane=effect.lane,
        due=effect.due,
        state=state,
        payload={name: _plain(getattr(effect, name)) for name in _FIELDS[type(effect)]},
    )


# what waits for what

#: The lanes that an effect of a lane waits for. Access waits for nothing, not even for older access: a revoking that
#: fails must not keep a suspension back. Mail waits for access, because a late `CancelInvitation` would take back the
#: invitation that is sent again.
WAITS_FOR: Final[Mapping[Lane, frozenset[Lane]]] = {
    "access": frozenset(),
    "change": frozenset({"access", "change"}),
    "mail": frozenset({"access", "mail"}),
}

#: Microseconds until the second try; doubled for every further one.
FIRST_WAIT: Final = SECOND


def guard_of(account: str, lane: Lane) -> str:
    """The guard of what is being handled of an account. Mail has its own, so that nothing else waits for a mail."""
    return f"effects:mail:{account}" if lane == "mail" else f"effects:{account}"


#: What lets somebody in. None of it may be handled after a newer effect that shuts them out.
_OPENING: Final = (ActivateAccount, AwaitSignIn, SendInvitation, SyncMemberships)
#: What would bring back what an account that is closed for good has forgotten. After a suspension these still count:
#: the account may come back, and would have the old roles and the old name.
_REMEMBERING: Final = (SetRoles, UpdateProfile)

#: Effects whose delay an administrator must know of: until they are handled somebody can still get in.
DOORS: Final = (
    SuspendAccount,
    DeleteAccount,
    RevokeCredentials,
    CancelInvitation,
    Anonymise,
    SyncMemberships,
    SyncTeam,
)


def called_off_by(effect: AnyEffect) -> tuple[type[AnyEffect], ...]:
    """The effects, outside of the lane access, that are pointless once this one is handled."""
    match effect:
        case SuspendAccount():
            return _OPENING
        case DeleteAccount() | Anonymise(reversible=False):
            return (*_OPENING, *_REMEMBERING)
        case Anonymise():
            # Enabling the user copies the whole profile again.
            return (UpdateProfile,)
        case _:
            return ()


def is_pointless(older: EffectRecord, newer: AnyEffect) -> bool:
    """True if `older`, which still waits or is dead, must not be handled any more because `newer` is."""
    if older.lane == "access":
        return _does_the_same(older.effect, newer)
    if older.type == ReserveSeat.__name__:
        return releases(newer, older)
    return any(older.type == kind.__name__ for kind in called_off_by(newer))


def releases(effect: AnyEffect, reserved: EffectRecord) -> bool:
    """True if the effect releases the very seat that an unfinished `ReserveSeat` reserves: then neither is handled."""
    if not isinstance(effect, ReleaseSeat) or reserved.type != ReserveSeat.__name__:
        return False
    return reserved.payload.get("pool", "") == effect.pool


def _does_the_same(older: AnyEffect, newer: AnyEffect) -> bool:
    """True if the newer one takes away all that the older one does. Seats are counted, so each release counts."""
    match older, newer:
        case SuspendAccount(), SuspendAccount() | DeleteAccount() | Anonymise(reversible=False):
            return True
        case RevokeCredentials(), RevokeCredentials():
            return set(older.kinds) <= set(newer.kinds)
        case DeleteAccount(), DeleteAccount():
            return newer.mode in (older.mode, "hard")
        case Anonymise(), Anonymise():
            return older.reversible or not newer.reversible
        case CancelInvitation(), CancelInvitation():
            return True
        case SyncMemberships(), SyncMemberships():
            return newer.lane == "access" and set(older.leave) <= set(newer.leave)
        case _:
            return False


# what is logged

_LOG: Final = logging.getLogger("scimcore")


class HandlerError(Exception):
    """Stands for a handler's error in the log: its class and where it came from, and nothing that names a person."""


def log_failure(tenant: str, entry: EffectRecord, error: BaseException, after: str) -> None:
    """Log that the host could not carry an effect out, with the traceback and without the text of the error."""
    causes, cause = list[str](), error.__cause__ or error.__context__
    while cause is not None and len(causes) < _CAUSES:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    names = " after ".join((type(error).__name__, *causes))
    # The text of an error may name a person ("550 no mailbox ada@..."), and a log is kept longer than an account.
    shown = HandlerError(f"{names}. The text of the error is left out, because it may name a person.")
    _LOG.error(
        "Tenant %s: %s of account %s failed at attempt %d (key %s, %s). %s",
        tenant,
        entry.type,
        entry.account,
        entry.attempts + 1,
        entry.key,
        type(error).__name__,
        after,
        exc_info=(HandlerError, shown, error.__traceback__),
    )


def log_delay(tenant: str, entry: EffectRecord) -> None:
    """Log that something which takes access away was left to the worker, although it is due."""
    _LOG.error(
        "Tenant %s: %s of account %s waits for the worker (key %s, attempt %d). The product has not carried it out "
        "yet: see that the worker runs.",
        tenant,
        entry.type,
        entry.account,
        entry.key,
        entry.attempts + 1,
    )


def _plain(value: Json | tuple[Json, ...]) -> Json:
    # As it comes back from a store: JSON knows no tuples, and a record must be equal to the one that was written.
    return list(value) if isinstance(value, tuple) else value


@frozen(kw_only=True)
class TeamMembers:
    """Reads who counts in a team. `page`: so many links are read at a time."""

    unit: AsyncUnit[Any]
    policy: Policy
    registry: Registry
    now: int
    page: int

    async def now_in(self, effect: AnyEffect) -> AnyEffect:
        """Return the effect as the host gets it: for `everyone`, with the accounts that count now in `join`."""
        if not isinstance(effect, SyncTeam) or not effect.everyone:
            return effect
        groups = await self._groups(effect.team)
        if not groups and self.policy.groups.mode != "mapped":
            # The group is gone, and what becomes of its team is another effect's to say.
            return evolve(effect, everyone=False, join=(), leave=())
        accounts = {account async for page in self._pages(groups) for account in page}
        return evolve(effect, join=tuple(sorted(accounts)), leave=())

    async def still_in(self, effect: AnyEffect) -> AnyEffect:
        """Return an effect that has waited without the accounts that have left since: they do not join any more."""
        if not isinstance(effect, SyncTeam) or effect.everyone or not effect.join:
            return await self.now_in(effect)
        # Whoever has left the group since, or was suspended, has not waited for this effect: leaving waits for nothing.
        bound = [(account, await self.unit.binding_of(account)) for account in effect.join]
        counting = {b.resource: account for account, b in bound if b is not None and counts(self.policy, b, self.now)}
        members = await self._members_of(effect.team, counting)
        join = {counting[resource] for resource in members}
        return evolve(effect, join=tuple(account for account in effect.join if account in join))

    async def _members_of(self, team: str, users: Iterable[str]) -> set[str]:
        """Those of these users who are in a group of the team now."""
        groups = set(await self._groups(team))
        return {user for user in users if groups & await self._groups_of(user)}

    async def _groups_of(self, user: str) -> set[str]:
        """The groups that the user is in; those around them too, where the policy looks into groups."""
        # Upwards, because a user is in few groups, and a team may have 100,000 members.
        found, waiting = set[str](), [("User", user)]
        while waiting:
            holders = await self.unit.holders(waiting, MEMBERSHIP)
            around = {holder.id for each in holders.values() for holder in each} - found
            found |= around
            waiting = [("Group", id) for id in sorted(around)] if self.policy.groups.nested == "flatten" else []
        return found

    async def _groups(self, team: str) -> list[str]:
        """The groups whose members count in the team."""
        if self.policy.groups.mode == "mapped":
            return [id for g in self.policy.groups.teams if g.team == team for id in await self._named(g.group)]
        binding = await self.unit.binding_of(team)
        return [binding.resource] if binding is not None and binding.type == "Group" else []

    async def _named(self, group: str) -> Sequence[str]:
        """The group of that id, or of that name."""
        type: BoundType = self.registry["Group"]
        found = await self.unit.get("Group", group) or await self.unit.named("Group", unique_key(type, group))
        return () if found is None else (found.id,)

    async def _pages(self, groups: Sequence[str]) -> AsyncIterator[list[str]]:
        """The accounts behind the members, a page of links at a time; groups inside, where the policy looks into them.

        Each group is looked into once, so that circles end (POL-116).
        """
        seen, waiting = set(groups), list(groups)
        while waiting:
            async for page in self._links(waiting.pop()):
                # A page at a time: nobody has to hold the links of a team of 100,000 in memory.
                users = [link.id for link in page if link.type == "User"]
                bound = await self.unit.bindings(users)
                yield [b.account for b in bound.values() if b.account and counts(self.policy, b, self.now)]
                inside = [link.id for link in page if link.type == "Group" and link.id not in seen]
                if self.policy.groups.nested == "flatten":
                    seen.update(inside)
                    waiting += inside

    async def _links(self, group: str) -> AsyncIterator[Sequence[Linked]]:
        after: str | None = None
        while page := await self.unit.links("Group", group, MEMBERSHIP, after=after, limit=self.page):
            yield page
            after = page[-1].id
