"""The operations, written once, as coroutines: the only layer that awaits, and it awaits only repository and host."""

from collections.abc import Sequence
from typing import TypeVar

from attrs import evolve

from scimcore.errors import ScimError
from scimcore.policy.deciding import gate
from scimcore.policy.plans import Plan
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, fold
from scimcore.schema.json import JsonObject
from scimcore.service import previewing, reading, searching, writing
from scimcore.service._upkeep import Upkeep
from scimcore.service.previewing import Preview
from scimcore.service.results import Caller, Done, Listing, Resource, Search
from scimcore.service.session import Session
from scimcore.service.writing import Written

T = TypeVar("T")
_DEFAULT = Projection()


class AsyncService(Upkeep[T]):
    """Everything a provisioning client, an admin or the host can ask for, with no HTTP in sight.

    `clock` gives microseconds since 1970, UTC; `new_id` a fresh random id that no one can guess and that does not
    contain "bulkId"; `secrets` sign the cursors, the first one new ones. All methods raise `ScimError` for what the
    client did, and let the host's own exceptions pass; either way nothing is left half done.
    """

    # reading

    async def get(self, caller: Caller, type: BoundType, id: str, *, projection: Projection = _DEFAULT) -> Resource:
        """The resource (RFC 7644 section 3.4.1). Raises NotFound."""

        async def read(session: Session[T]) -> Resource:
            document = await session.unit.get(type.name, id)
            if document is None or reading.hidden(session, document):
                raise writing.missing(type, id)
            return await reading.resource(session, type, document, projection)

        return await self._read(caller, read)

    async def search(self, caller: Caller, types: Sequence[BoundType], search: Search) -> Listing:
        """One page of a query over one type, or over several (RFC 7644 section 3.4.2, RFC 9865)."""

        async def read(session: Session[T]) -> Listing:
            try:
                return await searching.find(session, types, search, caller.dialect, self._cursors)
            finally:
                self._tolerances.count(caller.tenant, caller.connection, session.notes)

        return await self._read(caller, read)

    async def discover(self, caller: Caller) -> None:
        """Raises Forbidden where the plan does not even let the client look around (POL-130)."""
        plan = caller.policy.plan
        if plan.closed == "everything" or plan.lapsed == "off":
            async with self._repository.unit(caller.tenant, write=False) as unit:
                refusal = gate(caller.policy, await self._host.tenant(unit.transaction, caller.tenant), "discovery")
            if refusal is not None:
                raise refusal

    # writing

    async def create(
        self, caller: Caller, type: BoundType, body: JsonObject, *, projection: Projection = _DEFAULT
    ) -> Done:
        """A new resource, or a restored one if the policy says so (RFC 7644 section 3.3)."""

        async def work(session: Session[T]) -> Done:
            written = await writing.create(session, type, body, caller.dialect, dry=False)
            return await self._done(session, type, written, projection, echo=True)

        return await self._write(caller, "create", type, "", work)

    async def replace(
        self,
        caller: Caller,
        type: BoundType,
        id: str,
        body: JsonObject,
        *,
        if_match: frozenset[int] | None = None,
        projection: Projection = _DEFAULT,
    ) -> Done:
        """PUT (RFC 7644 section 3.5.1); never creates. `if_match`: the versions that the client accepts to change."""

        async def work(session: Session[T]) -> Done:
            written = await writing.replace(session, type, id, body, caller.dialect, if_match=if_match, dry=False)
            return await self._done(session, type, written, projection, echo=True)

        return await self._write(caller, "replace", type, id, work)

    async def patch(
        self,
        caller: Caller,
        type: BoundType,
        id: str,
        body: JsonObject,
        *,
        if_match: frozenset[int] | None = None,
        projection: Projection = _DEFAULT,
    ) -> Done:
        """PATCH (RFC 7644 section 3.5.2): all operations or none.

        `Done.resource` has no links, and `Done.echo` is False, when the resource holds more of them than
        `Limits.echo_members` and the client did not ask for particular attributes.
        """

        async def work(session: Session[T]) -> Done:
            written = await writing.patch(session, type, id, body, caller.dialect, if_match=if_match, dry=False)
            return await self._done(session, type, written, projection, echo=bool(projection))

        return await self._write(caller, "patch", type, id, work)

    async def delete(self, caller: Caller, type: BoundType, id: str, *, if_match: frozenset[int] | None = None) -> Done:
        """DELETE (RFC 7644 section 3.6): afterwards nobody finds it; what becomes of the account, the policy says."""

        async def work(session: Session[T]) -> Done:
            written = await writing.delete(session, type, id, if_match=if_match, dry=False)
            return Done(outcome=written.plan.outcome, resource=None, notes=(*session.notes, *written.plan.notes))

        return await self._write(caller, "delete", type, id, work)

    # dry runs

    async def plan_create(self, caller: Caller, type: BoundType, body: JsonObject) -> Plan:
        """What `create` would do: the same decision on the same facts, and nothing written."""
        return await self._preview(caller, "create", lambda s: writing.create(s, type, body, caller.dialect, dry=True))

    async def plan_replace(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """What `replace` would do."""
        return await self._preview(
            caller, "replace", lambda s: writing.replace(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_patch(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """What `patch` would do."""
        return await self._preview(
            caller, "patch", lambda s: writing.patch(s, type, id, body, caller.dialect, if_match=None, dry=True)
        )

    async def plan_delete(self, caller: Caller, type: BoundType, id: str) -> Plan:
        """What `delete` would do."""
        return await self._preview(caller, "delete", lambda s: writing.delete(s, type, id, if_match=None, dry=True))

    # the host's side

    async def preview_links(self, caller: Caller, users: Sequence[JsonObject]) -> list[Preview]:
        """Before going live: who of these users would be linked, created or clash, each by itself (POL-140).

        The bodies are those of POST, in the caller's dialect. Nothing is written, and nothing is handed to the host.
        """
        user, found, seen = self.registry(caller.policy)["User"], list[Preview](), set[str]()
        for body in users:
            name = str(body.get("userName", ""))
            key = fold(name)
            found.append(previewing.twice(name) if key in seen else await self._preview_link(caller, user, name, body))
            seen.add(key)
        return found

    async def _preview_link(self, caller: Caller, user: BoundType, name: str, body: JsonObject) -> Preview:
        try:
            return previewing.of_plan(name, await self.plan_create(caller, user, body))
        except ScimError as error:
            return previewing.of_error(name, error)

    async def _done(
        self, session: Session[T], type: BoundType, written: Written, projection: Projection, *, echo: bool
    ) -> Done:
        notes = (*session.notes, *written.plan.notes)
        if written.document is None:
            return Done(outcome=written.plan.outcome, resource=None, notes=notes)
        if not echo and await reading.too_large(session, type, written.id):
            bare = Resource(type=type, document=written.document)
            return Done(outcome=written.plan.outcome, resource=bare, notes=notes, echo=False)
        resource = await reading.resource(session, type, written.document, projection)
        shown = evolve(resource, named=session.named)
        return Done(outcome=written.plan.outcome, resource=shown, notes=notes)
