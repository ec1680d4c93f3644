"""A host that keeps users in its own tables fulfils the contract, and what its product does is seen."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from own_tables.mapping import USERS
from own_tables.tables import departments, metadata, organisations, users
from scimcore.errors import TooMany
from scimcore.filters import condition, parse_filter
from scimcore.repository import Clash, MemoryRepository, Query, keys
from scimcore.repository.sql.mapped import Field, MappedRepository, Mapping
from scimcore.repository.transfer import export, load
from scimcore.schema import ENTERPRISE_URN, USER, USER_URN, Attribute, Registry, Schema
from scimcore.testing.contract import RepositoryContract
from scimcore.testing.contract_samples import ACME, BETA, bound, fill, look, user
from tests.repository.databases import Servers, empty


def _made(servers: Servers, engine: str, folder: Any) -> MappedRepository:
    """On a new database of that engine, with the host's tables."""
    plain = servers.repository(engine, folder)
    plain.close()
    made = MappedRepository(plain.engine, USERS)
    metadata.create_all(made.engine)
    return made


def _emptied(repository: MappedRepository) -> MappedRepository:
    empty(repository)
    with repository.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
        connection.execute(sa.insert(organisations), [{"slug": "acme"}, {"slug": "beta"}])
    return repository


class _Mapped(RepositoryContract):
    engine: str

    @pytest.fixture(scope="class")
    @classmethod
    def database(cls, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MappedRepository]:
        repository = _made(servers, cls.engine, tmp_path_factory.mktemp("mapped"))
        yield repository
        repository.close()
        repository.engine.dispose()

    @pytest.fixture
    def repository(self, database: MappedRepository) -> MappedRepository:
        return _emptied(database)

    def begin(self, repository: MappedRepository) -> AbstractContextManager[Any]:
        return repository.engine.begin()


class TestSqlite(_Mapped):
    engine = "sqlite"


class TestPostgresql(_Mapped):
    engine = "wheel"


@pytest.fixture(scope="module", params=["sqlite", "wheel"])
def database(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MappedRepository]:
    repository = _made(servers, request.param, tmp_path_factory.mktemp("mapped"))
    yield repository
    repository.close()
    repository.engine.dispose()


@pytest.fixture
def product(database: MappedRepository) -> MappedRepository:
    return _emptied(database)


TYPE = Registry(USERS.resource_type)["User"]


def _rows(repository: MappedRepository, *columns: str) -> list[Any]:
    with repository.engine.connect() as connection:
        found = connection.execute(sa.select(*(users.c[name] for name in columns)).order_by(users.c.id)).fetchall()
    return [tuple(row) for row in found]


def _write(repository: MappedRepository, statement: Any) -> None:
    with repository.engine.begin() as connection:
        connection.execute(statement)


def _ids(repository: MappedRepository, filter: str) -> list[str]:
    asked = condition(parse_filter(filter), TYPE)
    query = Query(types=("User",), conditions={"User": asked}, unique={"User": "userName"})
    return [document.id for document in look(repository, ACME, lambda unit: unit.search(query)).documents]


class TestTheHostsRows:
    def test_the_columns_say_what_the_product_needs(self, product: MappedRepository) -> None:
        more: Any = {"title": "Dr", "active": False, "emails": [{"value": "a@x", "type": "work"}], "nickName": "A"}
        more[ENTERPRISE_URN] = {"department": "Sales"}
        made = user("u1", "ann", more=more)
        fill(product, ACME, made)
        fill(product, BETA, made)

        columns = ("login", "job_title", "enabled", "email", "theme", "scim_id")
        assert _rows(product, *columns) == [("ann", "Dr", False, "a@x", "light", "u1")] * 2
        with product.engine.connect() as connection:
            assert len(connection.execute(sa.select(departments)).fetchall()) == 2, "each tenant has its own"

    def test_what_the_product_changes_is_shown(self, product: MappedRepository) -> None:
        fill(product, ACME, user("u1", "ann", more={"title": "Dr"}))
        _write(product, users.update().values(job_title="", first_name="Ann", email="a@x"))

        found = look(product, ACME, lambda unit: unit.get("User", "u1"))
        assert found is not None
        assert found.data == {
            "schemas": [USER_URN],
            "userName": "ann",
            "name": {"givenName": "Ann"},
            "emails": [{"type": "work", "value": "a@x"}],
        }

    def test_and_found_at_once_by_columns_and_after_a_refresh_by_keys(self, product: MappedRepository) -> None:
        fill(product, ACME, user("u1", "ann", more={"title": "Dr"}), user("u2", "bob", more={"title": "Mr"}))
        with product.engine.begin() as connection:
            connection.execute(users.update().where(users.c.login == "ann").values(login="eve", job_title="Prof"))
            assert _ids(product, 'title eq "dr"') == ["u1"], "not yet committed"
            product.refresh(connection, ACME, TYPE, ["u1"], now=7)

        assert _ids(product, 'title eq "prof"') == _ids(product, 'userName eq "EVE"') == ["u1"]
        assert _ids(product, 'userName eq "ann"') == _ids(product, 'title eq "Dr"') == []
        found = look(product, ACME, lambda unit: unit.get("User", "u1"))
        assert found is not None and found.version == 2 and found.modified > 1_000_000

    @pytest.mark.parametrize(
        ("filter", "ids"),
        [
            ('title eq "TOUR guide"', ["u1"]),
            ('title sw "tour"', ["u1"]),
            ('title co "DE"', ["u1", "u3"]),
            ('title eq "ı"', []),
            ('title eq "\u212a"', ["u4"]),
            ('title eq "k"', ["u4"]),
            (f'title eq "{"long" * 30}"', ["u5"]),
            (f'title eq "{"LONG" * 30}" or title eq "tour guide"', ["u1", "u5"]),
            ("title pr", ["u1", "u3", "u4", "u5"]),
            ("not (title pr)", ["u2"]),
            ('title ne "k"', ["u1", "u2", "u3", "u5"]),
            # A column at its default is no title that comes before all others.
            ('title le "k"', ["u3", "u4"]),
            ('not (title gt "k")', ["u2", "u3", "u4"]),
            ('title co ""', ["u1", "u3", "u4", "u5"]),
            ('title eq ""', []),
            ('name.familyName gt "b" and title pr', ["u3"]),
            (f'{ENTERPRISE_URN}:department eq "sales"', ["u2"]),
            (f'not ({ENTERPRISE_URN}:department eq "sales") and not (title pr)', []),
        ],
    )
    def test_filters_are_asked_of_the_columns(self, product: MappedRepository, filter: str, ids: list[str]) -> None:
        rows: Any = [
            {"title": "Tour Guide", "name": {"familyName": "ABE"}},
            {ENTERPRISE_URN: {"department": "Sales"}},
            {"title": "Dean", "name": {"familyName": "Cho"}},
            {"title": "\u212a"},
            {"title": "long" * 30},
        ]
        fill(product, ACME, *(user(f"u{n}", f"n{n}", more=more, created=n) for n, more in enumerate(rows, 1)))
        fill(product, BETA, *(user(f"u{n}", f"n{n}", more={"title": "k"}) for n in range(1, 6)))

        assert _ids(product, filter) == ids

    def test_a_text_that_no_department_can_have_stays_beside(self, product: MappedRepository) -> None:
        made = user("u1", "ann", more={ENTERPRISE_URN: {"department": "long" * 30}})
        fill(product, ACME, made)

        assert look(product, ACME, lambda unit: unit.get("User", "u1")) == made[0]
        assert _ids(product, f'{ENTERPRISE_URN}:department sw "LONG"') == ["u1"]

    def test_what_stood_in_a_row_that_is_gone_is_gone(self, product: MappedRepository) -> None:
        fill(product, ACME, user("u1", "ann", more={"title": "Dr", "active": True, "displayName": "Ann"}))
        _write(product, users.delete())

        found = look(product, ACME, lambda unit: unit.get("User", "u1"))
        assert found is not None and found.data == {"schemas": [USER_URN], "displayName": "Ann"}

    def test_a_filter_on_a_column_looks_into_no_other_row(self, product: MappedRepository) -> None:
        narrow = MappedRepository(product.engine, USERS, most_examined=3)
        fill(product, ACME, *(user(f"u{n}", f"n{n}", more={"title": f"t{n}", "nickName": "x"}) for n in range(9)))

        assert _ids(narrow, 'title eq "T7"') == ["u7"]
        with pytest.raises(TooMany):
            _ids(narrow, 'phoneNumbers.type eq "fax"')
        narrow.close()

    def test_a_row_that_was_there_becomes_the_users(self, product: MappedRepository) -> None:
        _write(product, users.insert().values(organisation_id=_acme(product), login="Ann", theme="dark"))
        fill(product, ACME, user("u1", "ann", more={"title": "Dr"}))

        assert _rows(product, "login", "theme", "job_title", "scim_id") == [("ann", "dark", "Dr", "u1")]

    def test_a_user_moves_to_the_account_that_it_is_bound_to(self, product: MappedRepository) -> None:
        _write(product, users.insert().values(id=77, organisation_id=_acme(product), login="old", theme="dark"))
        made = user("u1", "ann", more={"title": "Dr", "nickName": "A"})
        with product.unit(ACME, write=True) as unit:
            unit.insert(*made)
            unit.bind(bound("u1", "77"))
            assert unit.get("User", "u1") == made[0]

        assert _rows(product, "id", "login", "theme", "scim_id") == [(77, "ann", "dark", "u1")]

    def test_a_user_whose_account_is_gone_keeps_all_of_itself(self, product: MappedRepository) -> None:
        made = user("u1", "ann", more={"title": "Dr"})
        with product.unit(ACME, write=True) as unit:
            unit.insert(*made)
            unit.bind(bound("u1", None, state="anonymised"))
        _write(product, users.update().values(login="anonymous", job_title=""))
        after = user("u1", "ann", more={"title": "Prof"}, version=2)
        with product.unit(ACME, write=True) as unit:
            assert unit.get("User", "u1") == made[0]
            unit.replace(*after, expect=1)

        assert look(product, ACME, lambda unit: unit.get("User", "u1")) == after[0]
        assert _rows(product, "login", "job_title", "scim_id") == [("anonymous", "", None)]

    def test_a_foreign_key_of_the_hosts_is_no_lost_race(self, product: MappedRepository) -> None:
        invoices = sa.Table("invoices", users.metadata, sa.Column("user_id", sa.ForeignKey(users.c.id)))
        invoices.create(product.engine)
        try:
            fill(product, ACME, user("u1", "ann"))
            _write(product, invoices.insert().values(user_id=_rows(product, "id")[0][0]))
            with pytest.raises(sa.exc.IntegrityError), product.unit(ACME, write=True) as unit:
                unit.delete("User", "u1")
            assert _rows(product, "login", "scim_id") == [("ann", "u1")]
        finally:
            invoices.drop(product.engine)
            users.metadata.remove(invoices)

    @pytest.mark.parametrize("keep", [True, False])
    def test_deleting_leaves_the_row_or_takes_it(self, product: MappedRepository, keep: bool) -> None:
        repository = MappedRepository(product.engine, evolve(USERS, keep_rows=keep))
        fill(repository, ACME, user("u1", "ann"))
        with repository.unit(ACME, write=True) as unit:
            assert unit.delete("User", "u1")

        assert _rows(product, "login", "scim_id") == ([("ann", None)] if keep else [])
        repository.close()

    def test_a_name_that_only_the_product_has_clashes(self, product: MappedRepository) -> None:
        strict = MappedRepository(product.engine, evolve(USERS, adopt=None))
        _write(product, users.insert().values(organisation_id=_acme(product), login="ann"))
        with pytest.raises(Clash):
            fill(strict, ACME, user("u1", "ann"))
        strict.close()

    def test_a_tenant_moves_in_and_out(self, product: MappedRepository) -> None:
        memory = MemoryRepository()
        fill(memory, ACME, user("u1", "ann", more={"title": "Dr", "nickName": "x"}), user("u2", "bob"))
        records = list(export(memory, ACME))
        load(product, ACME, records)

        assert list(export(product, ACME)) == records
        assert _rows(product, "login", "job_title") == [("ann", "Dr"), ("bob", "")]


staff = sa.Table(
    "staff",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.Text),
    sa.Column("login", sa.Text),
    sa.Column("level", sa.Integer),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("remote", sa.Boolean, nullable=False),
    sa.Column("scim_id", sa.Text),
)
_DESK = "urn:example:scim:2.0:Desk"
_NUMBERS = (Attribute(name="level", type="integer"), Attribute(name="grade", type="integer"))
STAFF = Mapping(
    USER.with_extension(Schema(_DESK, "Desk", (*_NUMBERS, Attribute(name="remote", type="boolean")))),
    staff,
    link=staff.c.scim_id,
    tenant=staff.c.tenant,
    fields=(
        Field("userName", staff.c.login),
        Field(f"{_DESK}:level", staff.c.level),
        Field(f"{_DESK}:grade", staff.c.grade, default=0),
        Field(f"{_DESK}:remote", staff.c.remote, default=False),
    ),
)


class TestNumbersAndTruths:
    """What no text is, is compared as what it is; a column at its default may have a value or none."""

    def test_filters_find_what_fulfils_them(self, product: MappedRepository) -> None:
        repository = MappedRepository(product.engine, STAFF)
        staff.drop(product.engine, checkfirst=True)
        staff.create(product.engine)
        type = Registry(STAFF.resource_type)["User"]
        desks: tuple[Any, ...] = (
            *({"level": level} for level in (-1, 0, 2, 2**31 - 1, 2**53)),
            *({"grade": grade} for grade in (0, 1)),
            *({"remote": remote} for remote in (False, True)),
        )
        documents = [user(f"u{n}", f"n{n}", more={_DESK: desk}, created=n)[0] for n, desk in enumerate(desks)]
        with repository.unit(ACME, write=True) as unit:
            for document in documents:
                unit.insert(document, keys(type, document.data, document.id))
        literals = ("0", "1", "1.5", "1e30", "-9223372036854775808", "9223372036854775807", "9007199254740992")
        texts = [
            f"{_DESK}:{name} {op} {n}" for name in ("level", "grade") for op in ("eq", "gt", "le") for n in literals
        ]
        texts += [f"{_DESK}:{name} pr" for name in ("level", "grade", "remote")]
        texts += [f"{_DESK}:remote eq {truth}" for truth in ("true", "false")]

        for text in (*texts, *(f"not ({text})" for text in texts)):
            asked = condition(parse_filter(text), type)
            query = Query(types=("User",), conditions={"User": asked}, unique={"User": "userName"})
            found = [d.id for d in look(repository, ACME, lambda unit, query=query: unit.search(query)).documents]  # type: ignore[misc]
            assert (text, found) == (text, [d.id for d in documents if asked.holds(d.data)])
        repository.close()


def _acme(repository: MappedRepository) -> Any:
    with repository.engine.connect() as connection:
        return connection.scalar(sa.select(organisations.c.id).where(organisations.c.slug == ACME))
