"""The synchronous face: the same operations over a synchronous repository and host, driven and never copied.

Every method is written out, with its types, because an editor and a type checker then know as much of `Service` as of
`AsyncService`. A test compares the two, group by group and parameter by parameter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from scimcore._driver import run
from scimcore.access.caller import Caller
from scimcore.host import Host, KeepsInventory, KnowsTeams, TakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.plans import Plan
from scimcore.policy.policy import Policy
from scimcore.policy.triggers import HostEvent
from scimcore.repository import AuditRecord, EffectRecord
from scimcore.repository.protocol import Repository
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType, Registry
from scimcore.schema.json import JsonObject
from scimcore.service import arguments
from scimcore.service.admin import AsyncAdmin
from scimcore.service.product import AsyncProduct
from scimcore.service.results import Done, Drift, EventResult, Listing, Preview, Purged, Resource, Search
from scimcore.service.service import AsyncService
from scimcore.service.session import Limits
from scimcore.service.sync_adapter import (
    AwaitableHost,
    AwaitableInventory,
    AwaitablePasswords,
    AwaitableRepository,
    AwaitableTeams,
)
from scimcore.service.worker import AsyncWorker

T = TypeVar("T")
_DEFAULT = Projection()


class Product(Generic[T]):
    """`service.product`: see `AsyncProduct`."""

    def __init__(self, asynchronous: AsyncProduct[T]) -> None:
        self._asynchronous = asynchronous

    def tell(
        self, tenant: str, event: HostEvent, account: str, *, policy: Policy, within: T | None = None
    ) -> EventResult:
        """Tell that something happened, or is about to happen, in the product: the policy decides what follows."""
        return run(self._asynchronous.tell(tenant, event, account, policy=policy, within=within))


class Admin(Generic[T]):
    """`service.admin`: see `AsyncAdmin`."""

    def __init__(self, asynchronous: AsyncAdmin[T]) -> None:
        self._asynchronous = asynchronous

    def plan_create(self, caller: Caller, type: BoundType, body: JsonObject) -> Plan:
        """Return what `create` would do: the same decision on the same facts, and nothing is written."""
        return run(self._asynchronous.plan_create(caller, type, body))

    def plan_replace(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """Return what `replace` would do."""
        return run(self._asynchronous.plan_replace(caller, type, id, body))

    def plan_patch(self, caller: Caller, type: BoundType, id: str, body: JsonObject) -> Plan:
        """Return what `patch` would do."""
        return run(self._asynchronous.plan_patch(caller, type, id, body))

    def plan_delete(self, caller: Caller, type: BoundType, id: str) -> Plan:
        """Return what `delete` would do."""
        return run(self._asynchronous.plan_delete(caller, type, id))

    def preview_links(self, caller: Caller, users: Sequence[JsonObject]) -> list[Preview]:
        """Before going live: return which of these users would be linked, created or clash (POL-140)."""
        return run(self._asynchronous.preview_links(caller, users))

    def audit(self, tenant: str, *, after: tuple[int, str] | None = None, limit: int = 1000) -> list[AuditRecord]:
        """The audit trail, oldest first."""
        return run(self._asynchronous.audit(tenant, after=after, limit=limit))

    def effects(self, tenant: str, *, after: tuple[int, int] | None = None, limit: int = 1000) -> list[EffectRecord]:
        """The outbox, oldest first, effects of every state."""
        return run(self._asynchronous.effects(tenant, after=after, limit=limit))

    def tolerances(self, tenant: str, connection: str) -> Mapping[str, int]:
        """Return how often each rule tolerated a request of the connection, since this process began."""
        return run(self._asynchronous.tolerances(tenant, connection))

    def retry(self, tenant: str, key: str) -> bool:
        """Let a dead letter be tried again. False if there is none of that key."""
        return run(self._asynchronous.retry(tenant, key))

    def release_leavers(self, tenant: str, *, policy: Policy, minutes: int = 60) -> int:
        """Let the leavers pass that the leaver limit stops (POL-141), and return until when."""
        return run(self._asynchronous.release_leavers(tenant, policy=policy, minutes=minutes))

    def disconnect(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """End a connection: its resources go, its accounts and teams become what the policy says (POL-086)."""
        return run(self._asynchronous.disconnect(tenant, connection, policy=policy))

    def reconcile(self, tenant: str, *, policy: Policy, repair: bool = False) -> list[Drift]:
        """Return what has drifted between scimcore and the host's accounts; with `repair`, cure it (POL-142)."""
        return run(self._asynchronous.reconcile(tenant, policy=policy, repair=repair))

    def show_unmanaged(self, tenant: str, connection: str, *, policy: Policy) -> int:
        """Show the host's own accounts to the connection, as the policy says, as they are now (POL-083)."""
        return run(self._asynchronous.show_unmanaged(tenant, connection, policy=policy))


class Worker(Generic[T]):
    """`service.worker`: see `AsyncWorker`."""

    def __init__(self, asynchronous: AsyncWorker[T]) -> None:
        self._asynchronous = asynchronous

    def drain(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Hand waiting effects that are due to the host, access first; return how many were done."""
        return run(self._asynchronous.drain(tenant, policy=policy, limit=limit))

    def run_due(self, tenant: str, *, policy: Policy, limit: int = 100) -> int:
        """Move on what the clock has reached, and return how much there was; call again until it is 0."""
        return run(self._asynchronous.run_due(tenant, policy=policy, limit=limit))

    def purge(self, tenant: str, *, policy: Policy, limit: int = 1000) -> Purged:
        """Delete what is older than the policy keeps: audit records, finished effects, tombstones."""
        return run(self._asynchronous.purge(tenant, policy=policy, limit=limit))


class Service(Generic[T]):
    """`AsyncService` for a synchronous repository and host: same operations, same arguments, same errors.

    Raises TypeError when it is built with something asynchronous, or with something else than what the argument takes.
    `asynchronous` is the service that it drives.
    """

    def __init__(
        self,
        repository: Repository[T],
        host: Host[T],
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        secrets: Sequence[bytes],
        teams: KnowsTeams[T] | None = None,
        passwords: TakesPasswords[T] | None = None,
        inventory: KeepsInventory[T] | None = None,
        later: Iterable[type[AnyEffect]] = (),
        registry: Registry | None = None,
        limits: Limits | None = None,
    ) -> None:
        owner = type(self).__name__
        arguments.check_repository(owner, repository, asynchronous=False)
        arguments.check_host(owner, host, asynchronous=False)
        arguments.check_power(owner, "teams", teams, asynchronous=False)
        arguments.check_power(owner, "passwords", passwords, asynchronous=False)
        arguments.check_power(owner, "inventory", inventory, asynchronous=False)
        self.asynchronous: AsyncService[T] = AsyncService(
            AwaitableRepository(repository),
            AwaitableHost(host),
            clock=clock,
            new_id=new_id,
            secrets=secrets,
            teams=AwaitableTeams(teams) if teams is not None else None,
            passwords=AwaitablePasswords(passwords) if passwords is not None else None,
            inventory=AwaitableInventory(inventory) if inventory is not None else None,
            later=later,
            registry=registry,
            limits=limits,
        )
        #: Microseconds since 1970, UTC, as the service was given it.
        self.clock = clock
        self.limits = self.asynchronous.limits
        #: What the product tells about its own accounts and teams.
        self.product = Product(self.asynchronous.product)
        #: What an administrator asks for.
        self.admin = Admin(self.asynchronous.admin)
        #: What a worker calls from time to time.
        self.worker = Worker(self.asynchronous.worker)

    def registry(self, policy: Policy) -> Registry:
        """Return the resource types as they are served under that policy, with the attributes that it declares."""
        return self.asynchronous.registry(policy)

    def get(self, caller: Caller, type: BoundType, id: str, *, projection: Projection = _DEFAULT) -> Resource:
        """Return the resource (RFC 7644 section 3.4.1). Raises NotFound."""
        return run(self.asynchronous.get(caller, type, id, projection=projection))

    def search(self, caller: Caller, types: Sequence[BoundType], search: Search) -> Listing:
        """Return one page of a query over one type, or over several (RFC 7644 section 3.4.2, RFC 9865)."""
        return run(self.asynchronous.search(caller, types, search))

    def discover(self, caller: Caller) -> None:
        """Raises Forbidden where the plan does not even let the client look around (POL-130)."""
        run(self.asynchronous.discover(caller))

    def create(self, caller: Caller, type: BoundType, body: JsonObject, *, projection: Projection = _DEFAULT) -> Done:
        """Make a new resource, or restore one if the policy says so (RFC 7644 section 3.3)."""
        return run(self.asynchronous.create(caller, type, body, projection=projection))

    def replace(
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
        return run(self.asynchronous.replace(caller, type, id, body, if_match=if_match, projection=projection))

    def patch(
        self,
        caller: Caller,
        type: BoundType,
        id: str,
        body: JsonObject,
        *,
        if_match: frozenset[int] | None = None,
        projection: Projection = _DEFAULT,
    ) -> Done:
        """PATCH (RFC 7644 section 3.5.2): all operations or none."""
        return run(self.asynchronous.patch(caller, type, id, body, if_match=if_match, projection=projection))

    def delete(self, caller: Caller, type: BoundType, id: str, *, if_match: frozenset[int] | None = None) -> Done:
        """DELETE (RFC 7644 section 3.6): afterwards nobody finds it; what becomes of the account, the policy says."""
        return run(self.asynchronous.delete(caller, type, id, if_match=if_match))
