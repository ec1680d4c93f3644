"""The trial product on a durable database, filled: what `make serve` serves, without the socket."""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scimcore.web import Request, Response
from tests.benchmarks import samples
from tests.benchmarks.ours import seeding
from tests.benchmarks.worker import Settings
from tests.repository.postgresql import Server

sys.path.insert(0, str(Path(__file__).parents[3] / "examples"))

from trial.options import Options
from trial.product import SCIM, Product
from trial.tables import ACCOUNTS

TENANT, TOKEN = "trial", "benchmark-token-0123456789"
_HEADERS = (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/scim+json"), ("Host", "localhost"))


class SeededProduct:
    """A product with so many users, and groups of some of them."""

    def __init__(self, url: str, users: int, groups: tuple[int, ...] = ()) -> None:
        self.users = users
        self.url = url
        self.product = Product(Options.read({"TOKEN": TOKEN, "DATABASE": url, "SECRET": "s" * 32}))
        if self.product.repository.version() is None:
            self._fill(groups)

    def _fill(self, groups: tuple[int, ...]) -> None:
        product, connection = self.product, f"{TENANT}-idp"
        product.create_tables()
        seeding.users(product.repository, TENANT, connection, self.users, _accounts)
        for size in dict.fromkeys(groups):
            seeding.group(product.repository, TENANT, connection, size)
        product.close()
        tidy = "ANALYZE" if product.repository.flavor.name == "sqlite" else "VACUUM ANALYZE"
        with product.repository.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
            raw.exec_driver_sql(tidy)

    def request(self, method: str, path: str, query: str = "", body: bytes = b"") -> Request:
        """As an adapter makes it."""
        return Request(method=method, path=SCIM + path, query=query, headers=_HEADERS, body=body)

    def ask(self, request: Request) -> Response:
        """The answer, which must be a good one."""
        response = self.product.respond(request)
        if response.status >= 300:
            raise RuntimeError(f"{response.status}: {response.body[:200]!r}")
        return response


def _accounts(unit: Any, numbers: Any) -> None:
    rows = [_account(number) for number in numbers]
    unit.transaction.execute(sa.insert(ACCOUNTS), rows)


def _account(number: int) -> dict[str, object]:
    email = samples.user_name(number)
    return {
        "tenant": TENANT,
        "id": seeding.account_id(samples.user_id(number)),
        "email": email,
        "email_key": email,
        "name": "Babs Jensen",
        "state": "active",
        "roles": '["member"]',
        "owner": False,
        "ready": True,
        "opened": seeding.START + number,
    }


@lru_cache
def seeded_product(settings: Settings, users: int, groups: tuple[int, ...] = ()) -> SeededProduct:
    """One for all works of a process."""
    name = f"product-{users}"
    if settings.server:
        return SeededProduct(Server(Path(settings.server)).database(name).render_as_string(), users, groups)
    return SeededProduct(f"sqlite:///{settings.folder}/{name}.db", users, groups)
