"""The calls of an administrator: see what would happen, see what has happened, and put it right.

What goes over all resources goes page by page, each page in a unit of its own: none of it holds a lock for long, and
what is interrupted is called again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from attrs import evolve

from scimcore._durations import MINUTE
from scimcore.access.caller import Caller
from scimcore.errors import ScimError
from scimcore.host import Holding
from scimcore.policy.plans import Note, Plan
from scimcore.policy.policy import Policy
from scimcore.repository import AuditRecord, EffectRecord
from scimcore.resources.document import Document
from scimcore.schema import BoundType, fold
from scimcore.schema.json import JsonObject
from scimcore.service import deciding, host_events, inventory, writing
from scimcore.service.committing import record
from scimcore.service.engine import Engine
from scimcore.service.results import Drift, Preview
from scimcore.service.session import Session

T = TypeVar("T")
R = TypeVar("R")
#: Resources or accounts looked at in one unit.
_PAGE: Final = 200


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


class AsyncAdmin(Generic[T]):
    """`service.admin`: for the pages of an administrator, and for the host's own tools."""

    def __init__(self, engine: Engine[T]) -> None:
        self._engine = engine

    # what would happen

    async def plan_create(self, caller: Caller, type: BoundType, body: JsonObject) -> Plan:
        """Return what `create` would do: the same decision on the same facts, and nothing is written."""
        return await self._engine.dry_run(
            caller, "create", lambda s: writing.create(s, type, body, caller.dialect, dry=True)
        )

    async def plan_replace(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """Return what `replace` would do."""
        return await self._engine.dry_run(
            caller, "replace", lambda s: writing.replace(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_patch(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """Return what `patch` would do."""
        return await self._engine.dry_run(
            caller, "patch", lambda s: writing.patch(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_delete(self, caller: Caller, type: BoundType, id: str) -> Plan:
        """Return what `delete` would do."""
        return await self._engine.dry_run(
            caller, "delete", lambda s: writing.delete(s, type, id, if_match=None, dry=True)
        )

    async def preview_links(self, caller: Caller, users: Sequence[JsonObject]) -> list[Preview]:
        """Before going live: return which of these users would be linked, created or clash (POL-140).

        The bodies are those of POST, in the caller's dialect. Each is tried by itself; nothing is written, and nothing
        is handed to the host.
        """
        # Each is planned against what is stored, so two users of one name in the list do not see each other.
        user, found, seen = self._engine.registry(caller.policy)["User"], list[Preview](), set[str]()
        for body in users:
            name = str(body.get("userName", ""))
            key = fold(name)
            found.append(_twice(name) if key in seen else await self._preview_link(caller, user, name, body))
            seen.add(key)
        return found

    async def _preview_link(self, caller: Caller, user: BoundType, name: str, body: JsonObject) -> Preview:
        try:
            return _preview_of_plan(name, await self.plan_create(caller, user, body))
        except ScimError as error:
            return _preview_of_error(name, error)

    # what has happened

    async def audit(self, tenant: str, *, after: tuple[int, str] | None = None, limit: int = 1000) -> list[AuditRecord]:
        """Return the audit trail, oldest first; from beyond the (at, id) of the last page."""
        async with self._engine.repository.unit(tenant, write=False) as unit:
            return list(await unit.audit(after, limit))

    async def effects(
        self, tenant: str, *, after: tuple[int, int] | None = None, limit: int = 1000
    ) -> list[EffectRecord]:
        """Return the outbox, oldest first, effects of every state; from beyond the (at, nth) of the last page."""
        async with self._engine.repository.unit(tenant, write=False) as unit:
            return list(await unit.effects(after, limit))

    async def tolerances(self, tenant: str, connection: str) -> Mapping[str, int]:
        """Return how often each rule tolerated a request of the connection, since this process began."""
        return self._engine.tolerances.of(tenant, connection)

    # putting it right

    async def retry(self, tenant: str, key: str) -> bool:
        """Let a dead letter be tried again. False if there is none of that key."""
        async with self._engine.repository.unit(tenant, write=True) as unit:
            after: tuple[int, int] | None = None
            while page := await unit.effects(after, 1000):
                for entry in page:
                    if entry.key == key and entry.state == "dead":
                        await unit.update_effect(evolve(entry, state="waiting", attempts=0, due=0))
                        return True
                after = (page[-1].at, page[-1].nth)
        return False

    async def release_leavers(self, tenant: str, *, policy: Policy, minutes: int = 60) -> int:
        """Let the leavers pass that the leaver limit stops (POL-141), and return until when.

        The identity provider tries again by itself, or an admin starts its synchronisation. Audited.
        """

        async def work(session: Session[T]) -> int:
            # By the session's clock, because the leaver limit compares it with the same one.
            until = session.now + minutes * MINUTE
            await record(session, None, await deciding.release_leavers(session, until))
            return until

        return await self._engine.attempt(tenant, policy, "release_leavers", work)

    async def disconnect(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """End a connection: its resources go, its accounts and teams become what the policy says (POL-086).

        Returns how many resources went. Remove the connection first, so that nothing new arrives; should this be
        interrupted, call it again.
        """
        gone = 0
        for type in host_events.order_of_removal(self._engine.registry(policy)):
            # A page that is done is gone, so a call after an interruption goes on where this one stopped.
            async def work(session: Session[T], documents: Sequence[Document]) -> int:
                return await host_events.disconnect(session, documents, connection)

            async for count in self._pages(tenant, policy, "disconnect", partial(_scan, type), work):
                gone += count
        return gone

    async def reconcile(self, tenant: str, *, policy: Policy, repair: bool = False) -> list[Drift]:
        """Return what has drifted between scimcore and the host's accounts; with `repair`, cure it (POL-142).

        Raises TypeError for a host that has no inventory.
        """
        found: list[Drift] = []

        async def gone(session: Session[T], documents: Sequence[Document]) -> list[Drift]:
            missing = await inventory.missing(session, documents)
            for _, binding in missing if repair else ():
                await host_events.account_gone(session, binding)
            return [drift for drift, _ in missing]

        async def differs(session: Session[T], holdings: Sequence[Holding]) -> list[Drift]:
            return await inventory.differing(session, holdings, repair=repair)

        # Both directions: from bindings to accounts finds what the host lost, from accounts to bindings the rest.
        async for page in self._pages(tenant, policy, "reconcile", partial(_scan, "User"), gone):
            found += page
        async for page in self._pages(tenant, policy, "reconcile", _inventory, differs):
            found += page
        return found

    async def show_unmanaged(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """Show the host's own accounts to the connection, as the policy says, as they are now (POL-083).

        Returns how many resources changed. Run it when a connection is set up, and from time to time. It takes away
        what it showed before where the account is gone, or where the policy hides such accounts.
        """
        changed = 0

        async def away(session: Session[T], documents: Sequence[Document]) -> int:
            return await inventory.take_away(session, [d for d in documents if d.connection == connection])

        async def show(session: Session[T], holdings: Sequence[Holding]) -> int:
            return await inventory.show(session, connection, holdings)

        # First away, then show: a name that an account has given up may be another account's now.
        async for count in self._pages(tenant, policy, "show_unmanaged", partial(_scan, "User"), away):
            changed += count
        if policy.linking.unmanaged == "shown":
            async for count in self._pages(tenant, policy, "show_unmanaged", _inventory, show):
                changed += count
        return changed

    async def _pages(
        self,
        tenant: str,
        policy: Policy,
        operation: str,
        read: Callable[[Session[T], str | None], Awaitable[Sequence[N]]],
        work: Callable[[Session[T], Sequence[N]], Awaitable[R]],
    ) -> AsyncIterator[R]:
        """Do the work on every page; a page is read in the unit that works on it."""
        after: str | None = None

        async def turn(session: Session[T]) -> tuple[str, R] | None:
            page = await read(session, after)
            return (page[-1].id, await work(session, page)) if page else None

        # By the last id and not by a number: pages change while they are worked on, and resources go.
        while (done := await self._engine.attempt(tenant, policy, operation, turn)) is not None:
            after, result = done
            yield result


async def _scan(type: str, session: Session[Any], after: str | None) -> Sequence[Document]:
    return await session.unit.scan(type, after, _PAGE)


async def _inventory(session: Session[Any], after: str | None) -> Sequence[Holding]:
    if session.powers.inventory is None:
        raise TypeError(
            "The host's accounts must be listed for this. Hand a host with inventory() over when the service is built: "
            "inventory=host."
        )
    return await session.powers.inventory.inventory(session.transaction, session.tenant, after, _PAGE)


def _preview_of_plan(user_name: str, plan: Plan) -> Preview:
    """The plan of a create, in one word."""
    if plan.refusal is not None:
        return Preview(user_name=user_name, outcome=_refused(plan.refusal), detail=str(plan.refusal), notes=plan.notes)
    if plan.outcome == "linked" and plan.binding is not None:
        return Preview(user_name=user_name, outcome="links", account=plan.binding.account, notes=plan.notes)
    restored = plan.outcome == "restored"
    return Preview(user_name=user_name, outcome="restores" if restored else "creates", notes=plan.notes)


def _preview_of_error(user_name: str, error: ScimError) -> Preview:
    """A body that is refused before the policy sees it."""
    return Preview(user_name=user_name, outcome=_refused(error), detail=str(error))


def _refused(error: ScimError) -> Literal["clashes", "refused"]:
    return "clashes" if error.status == 409 else "refused"


def _twice(user_name: str) -> Preview:
    """The second user of one name in the list."""
    note = Note("reactivate.on_post", "Another user of the list has the same name. Create only one of them.")
    return Preview(user_name=user_name, outcome="clashes", detail=note.text, notes=(note,))
