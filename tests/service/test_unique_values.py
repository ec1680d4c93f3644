"""A value that is published as unique is one resource's only: any attribute, any message, any repository."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from attrs import evolve

from scimcore.access import Caller
from scimcore.dialects import AUTO
from scimcore.errors import Uniqueness
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.policy import ANONYMISE_LEAVERS, STANDARD, Policy
from scimcore.repository import MemoryRepository, RequiredUnit, complete
from scimcore.repository.sql import SqlRepository
from scimcore.schema import GROUP, USER, USER_URN, Attribute, Registry, Schema
from scimcore.service import Search, Service
from scimcore.testing.host import TrialHost
from scimcore.testing.trial import Clock

SHIP = "urn:harbour:scim:2.0:Ship"
_PARTS = (Attribute(name="value", uniqueness="server"), Attribute(name="note"))
REGISTRY = Registry(
    USER.with_attributes(Attribute(name="nickName", uniqueness="server", case_exact=True)).with_extension(
        Schema(
            SHIP,
            "Ship",
            (
                Attribute(name="badge", uniqueness="server"),
                Attribute(name="world", uniqueness="global"),
                Attribute(name="number", type="integer", uniqueness="server"),
                Attribute(name="since", type="dateTime", uniqueness="server"),
                Attribute(name="tags", multi_valued=True, uniqueness="server"),
                Attribute(name="chief", type="complex", sub_attributes=_PARTS),
                Attribute(name="cards", type="complex", multi_valued=True, sub_attributes=_PARTS),
                Attribute(name="free"),
            ),
        )
    ),
    GROUP,
)
#: Where a value stands, one value and an equal one, and the name that the refusal says.
CLASHES: list[tuple[Callable[[Any], dict[str, Any]], Any, Any, str]] = [
    (lambda value: {SHIP: {"badge": value}}, "B1", " b1 ", f"{SHIP}:badge"),
    (lambda value: {SHIP: {"world": value}}, "B1", "b1", f"{SHIP}:world"),
    (lambda value: {SHIP: {"number": value}}, 7, 7, f"{SHIP}:number"),
    (lambda value: {SHIP: {"since": value}}, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", f"{SHIP}:since"),
    (lambda value: {SHIP: {"tags": value}}, ["a", "b"], ["c", "B"], f"{SHIP}:tags"),
    (lambda value: {SHIP: {"chief": {"value": value}}}, "x", "X", f"{SHIP}:chief.value"),
    (lambda value: {SHIP: {"cards": [{"value": value}, {"value": "y" + value}]}}, "x", "yX", f"{SHIP}:cards.value"),
    (lambda value: {"nickName": value}, "Nick", "Nick", "nickName"),
]
#: Pairs that are no clash.
APART: list[tuple[Callable[[Any], dict[str, Any]], Any, Any]] = [
    (lambda value: {"nickName": value}, "Nick", "nick"),
    (lambda value: {SHIP: {"free": value}}, "same", "same"),
    (lambda value: {SHIP: value}, {"badge": "same"}, {"world": "same"}),
    (lambda value: {SHIP: {"chief": {"value": value[0], "note": value[1]}}}, ("a", "same"), ("b", "same")),
]


class _Ignorant:
    """A host's unit: it has the required part and ignores keys that it does not know."""

    def __init__(self, unit: Any) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        if not hasattr(RequiredUnit, name):
            raise AttributeError(name)
        return getattr(self._unit, name)

    def insert(self, document: Any, keys: Any) -> None:
        self._unit.insert(document, evolve(keys, also_unique=()))

    def replace(self, document: Any, keys: Any, *, expect: int) -> None:
        self._unit.replace(document, evolve(keys, also_unique=()), expect=expect)


class IgnorantRepository:
    def __init__(self) -> None:
        self._repository = MemoryRepository()

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[Any]:
        with self._repository.unit(tenant, write=write) as unit:
            yield _Ignorant(unit)

    def tenants(self) -> Iterator[str]:
        return self._repository.tenants()


def _sql(folder: Path) -> SqlRepository:
    repository = SqlRepository(f"sqlite:///{folder}/unique.db")
    repository.create_tables()
    return repository


REPOSITORIES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda folder: MemoryRepository(),
    "sqlite": _sql,
    "completed": lambda folder: complete(IgnorantRepository()),
}


class _Plain:
    """In the place of the journal, where the product's tables are not in memory: nothing is taken back."""

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> None:
        table.pop(key, None)


class Host(TrialHost):
    def open(self, tx: Any, *given: Any) -> str:
        return super().open(_Plain(), *given)  # type: ignore[arg-type]

    def handle(self, tx: Any, *given: Any, **named: Any) -> None:
        super().handle(_Plain(), *given, **named)  # type: ignore[arg-type]


def _caller(tenant: str = "acme", policy: Policy = STANDARD) -> Caller:
    return Caller(tenant=tenant, connection="idp", dialect=AUTO, policy=policy)


class Product:
    """Users of a tenant, over the service."""

    def __init__(self, repository: Any) -> None:
        numbers = count(1)
        self.names = count(1)
        self.caller = _caller()
        self.service: Service[Any] = Service(
            repository,
            Host(),
            registry=REGISTRY,
            clock=Clock(),
            new_id=lambda: f"id-{next(numbers):06}",
            secrets=(b"unique" * 8,),
        )
        self.user = self.service.registry(STANDARD)["User"]

    def create(self, more: Any, caller: Caller | None = None) -> str:
        body = {"schemas": [USER_URN], "userName": f"user-{next(self.names)}@x.org", **more}
        made = self.service.create(caller or self.caller, self.user, body).resource
        assert made is not None
        return made.document.id

    def replace(self, id: str, more: Any) -> None:
        body = {**json.loads(self.text(id)), **more}
        self.service.replace(self.caller, self.user, id, body)

    def patch(self, id: str, more: Any) -> None:
        operations = [{"op": "replace", "value": more}]
        body = {"schemas": [PATCH_OP_URN], "Operations": operations}
        self.service.patch(self.caller, self.user, id, body)

    def text(self, id: str) -> str:
        return self.service.get(self.caller, self.user, id).document.text


@pytest.fixture(params=REPOSITORIES)
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Product]:
    repository = REPOSITORIES[request.param](tmp_path)
    yield Product(repository)
    if request.param == "sqlite":
        repository.close()


class TestAnotherOnesValue:
    """409 uniqueness, naming the attribute, whichever message brings the value; nothing is changed."""

    @pytest.mark.parametrize("case", CLASHES, ids=lambda case: case[3])
    def test_is_refused_in_every_message(self, product: Product, case: Any) -> None:
        shape, value, equal, path = case
        product.create(shape(value))
        other = product.create({"title": "other"})
        before = product.text(other)
        for message in (
            lambda: product.create(shape(equal)),
            lambda: product.replace(other, shape(equal)),
            lambda: product.patch(other, shape(equal)),
        ):
            with pytest.raises(Uniqueness) as refused:
                message()
            assert (refused.value.status, refused.value.scim_type) == (409, "uniqueness")
            assert path in str(refused.value)
        assert product.text(other) == before
        users = product.service.search(product.caller, (product.user,), Search())
        assert users.total == 2

    @pytest.mark.parametrize("case", CLASHES, ids=lambda case: case[3])
    def test_is_foreseen_by_a_dry_run(self, product: Product, case: Any) -> None:
        shape, value, equal, path = case
        first = product.create(shape(value))
        body = {"schemas": [USER_URN], "userName": "new@x.org", **shape(equal)}
        refusal = product.service.admin.plan_create(product.caller, product.user, body).refusal
        assert isinstance(refusal, Uniqueness) and path in str(refusal)
        same = {**json.loads(product.text(first)), "title": "new"}
        assert product.service.admin.plan_replace(product.caller, product.user, first, same).refusal is None

    def test_is_refused_without_the_value_in_the_record(self, product: Product) -> None:
        product.create({SHIP: {"badge": "secret-badge"}})
        with pytest.raises(Uniqueness):
            product.create({SHIP: {"badge": "secret-badge"}})
        assert "secret-badge" not in str(product.service.admin.audit("acme")[-1].as_json())

    @pytest.mark.parametrize("repository", REPOSITORIES)
    def test_only_one_of_many_at_once_gets_it(self, repository: str, tmp_path: Path) -> None:
        product = Product(REPOSITORIES[repository](tmp_path))
        ids = [product.create({}) for _ in range(6)]
        start, won = Barrier(12), list[str]()

        def run(work: Callable[[], object]) -> None:
            start.wait()
            with suppress(Uniqueness):
                work()
                won.append("")

        works: list[Callable[[], object]] = []
        works += [partial(product.create, {SHIP: {"badge": "one", "tags": ["b", "a"]}}) for _ in ids]
        works += [partial(product.patch, user, {SHIP: {"tags": ["a", "b"], "badge": "ONE"}}) for user in ids]
        threads = [Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1


class TestOnesOwnValue:
    """It stays with its resource, moves when that lets go of it, and ends with it."""

    @pytest.mark.parametrize("case", CLASHES, ids=lambda case: case[3])
    def test_can_be_written_again(self, product: Product, case: Any) -> None:
        shape, value, equal, _ = case
        id = product.create(shape(value))
        for again in (value, equal, value):
            product.replace(id, {**shape(again), "title": "a"})
            product.patch(id, {**shape(again), "title": "b"})

    @pytest.mark.parametrize("case", APART, ids=range(len(APART)))
    def test_differs_from_what_is_not_equal(self, product: Product, case: Any) -> None:
        shape, value, other = case
        product.create(shape(value))
        product.create(shape(other))

    def test_may_stand_twice_in_one_resource(self, product: Product) -> None:
        product.create({SHIP: {"tags": ["a", "A"], "cards": [{"value": "x"}, {"value": "X", "note": "n"}]}})

    def test_of_nobody_is_free(self, product: Product) -> None:
        for _ in range(2):
            product.create({SHIP: {"badge": "", "free": "x"}})
            product.create({SHIP: {"badge": "  ", "free": "x"}})
            product.create({SHIP: {"badge": None, "cards": [{"note": "n"}]}})

    @pytest.mark.parametrize("case", CLASHES, ids=lambda case: case[3])
    def test_is_free_once_it_is_changed_or_deleted(self, product: Product, case: Any) -> None:
        shape, value, equal, _ = case
        delete = partial(product.service.delete, product.caller, product.user)
        for leave in (
            lambda user: product.patch(user, dict.fromkeys(shape(value))),
            lambda user: product.service.replace(
                product.caller, product.user, user, {"schemas": [USER_URN], "userName": f"{user}@x.org"}
            ),
            delete,
        ):
            leave(product.create(shape(value)))
            delete(product.create(shape(equal)))

    def test_is_one_tenants_own(self, product: Product) -> None:
        product.create({SHIP: {"badge": "one", "world": "one"}})
        product.create({SHIP: {"badge": "one", "world": "one"}}, _caller("beta"))

    def test_goes_when_the_user_is_anonymised(self, product: Product) -> None:
        product.caller = _caller(policy=ANONYMISE_LEAVERS)
        id = product.create({SHIP: {"badge": "one"}})
        product.patch(id, {"active": False})
        assert SHIP not in json.loads(product.text(id))
        product.create({SHIP: {"badge": "one"}})
