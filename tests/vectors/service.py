"""The smallest service there can be: memory, one connection, and a host that only counts its accounts."""

from collections.abc import Mapping, Sequence
from itertools import count

from scimcore.access import Connection, MemoryConnections, adopt
from scimcore.dialects import dialect
from scimcore.policy import STANDARD, Account, Seats, Team, Tenant
from scimcore.policy.effects import Effect
from scimcore.policy.plans import MatchKey, Order
from scimcore.repository import MemoryRepository
from scimcore.schema.json import JsonObject
from scimcore.service import Service
from scimcore.web import Application

SECRET = "a-secret-for-the-vectors-that-is-long-enough"
HEADERS = (("Authorization", f"Bearer {SECRET}"),)
_START = 1_750_000_000_000_000


class Product:
    """A product without limits, owners or teams of its own. The transaction is no matter to it."""

    def __init__(self) -> None:
        self.accounts_: dict[str, Account] = {}

    def tenant(self, tx: object, tenant: str) -> Tenant:
        return Tenant(default_role="member")

    def accounts(self, tx: object, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        return {id: self.accounts_[id] for id in ids if id in self.accounts_}

    def match(self, tx: object, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        return ()

    def seats(self, tx: object, tenant: str) -> Seats | None:
        return None

    def team(self, tx: object, tenant: str, name: str) -> Team | None:
        return None

    def other_owner(self, tx: object, tenant: str, accounts: Sequence[str]) -> bool:
        return True

    def open(self, tx: object, tenant: str, order: Order) -> str:
        id = f"account-{len(self.accounts_) + 1}"
        self.accounts_[id] = Account(id=id, managed=True)
        return id

    def handle(self, tx: object, tenant: str, effect: Effect, resource: JsonObject | None) -> bool:
        return True


def application(name: str) -> Application:
    """A fresh, empty service that understands that dialect."""
    ticks, numbers = count(_START, 1_000_000), count(1)
    service = Service(
        MemoryRepository(),
        Product(),
        clock=lambda: next(ticks),
        new_id=lambda: f"r-{next(numbers):04}",
        secrets=[b"the secret of the cursors, 32 bytes"],
    )
    credential = adopt(SECRET, now=_START)
    connection = Connection(id="c1", tenant="t1", dialect=dialect(name), policy=STANDARD, credentials=(credential,))
    return Application(service, MemoryConnections(connection), base_url="https://scim.harbor.example/scim/v2")
