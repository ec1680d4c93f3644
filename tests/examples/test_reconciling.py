"""The trial product can be reconciled: it lists its accounts as they are (POL-142)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scimcore.access import Caller
from scimcore.policy import STANDARD
from trial import accounts
from trial.options import Options
from trial.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(Options.read({"DATABASE": f"sqlite:///{tmp_path}/trial.db", "TOKEN": "a-token-for-this-test"}))
    product.create_tables()
    yield product
    product.close()


def test_what_was_changed_behind_everybodys_back_is_listed_and_put_right(product: Product) -> None:
    service = product.service
    registry = service.registry(STANDARD)
    caller = Caller(tenant="trial", connection="trial-idp", dialect=product.options.dialect, policy=STANDARD)
    made = service.create(caller, registry["User"], {"userName": "ada@acme.com"})
    assert made.resource is not None
    service.create(
        caller, registry["Group"], {"displayName": "Sales", "members": [{"value": made.resource.document.id}]}
    )
    assert service.admin.reconcile("trial", policy=STANDARD) == []
    with product.repository.unit("trial", write=True) as unit:
        (ada,) = accounts.every(unit.transaction, "trial")
        accounts.set_roles(unit.transaction, "trial", ada.id, ["admin"])
        accounts.set_state(unit.transaction, "trial", ada.id, "suspended")
    assert [drift.kind for drift in service.admin.reconcile("trial", policy=STANDARD, repair=True)] == [
        "state",
        "roles",
    ]
    assert service.admin.reconcile("trial", policy=STANDARD) == []
