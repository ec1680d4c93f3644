"""Erasure: after an anonymisation nothing personal is in any table, and after the deletion not even the name (POL-151).

Generated lives are lived over HTTP against the trial product. Whatever is personal has a word of its own that stands
nowhere else, so that it can be looked for: in every column of every table that the database has (asked from the
database, so that tables of later are looked through as well), and on SQLite in the bytes of the file and of its log.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
import sqlalchemy as sa
from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.dastra import DASTRA
from scimcore.dialects import AUTO
from scimcore.policy import ANONYMISE_LEAVERS, Delete, Policy
from scimcore.web import Request
from tests.repository.postgresql import Server, installations, server
from trial.options import Options
from trial.product import Product

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
TOKEN: Final = "a-token-for-the-lives"
#: Where what an anonymised user is matched by may stand: its row, the rows of its index, and the indexes of both.
MATCHED: Final = frozenset({"scim_resource", "scim_value", "scim_unique"})

DELETING = Policy(name="deleting", delete=Delete(account="anonymise"))
DISABLING = Policy(
    name="disabling",
    deactivate=DASTRA.deactivate,
    reactivate=DASTRA.reactivate,
    delete=Delete(requests="deactivate"),
)
POLICIES = (DASTRA, ANONYMISE_LEAVERS, DELETING, DISABLING)


@define
class Life:
    """One person in the product, everything personal that was ever said of it, and a colleague."""

    product: Product
    numbers: Iterator[int] = field(factory=count)
    #: Every word that was personal.
    said: set[str] = field(factory=set)
    #: The words by which the person is matched now.
    names: set[str] = field(factory=set)
    user: str = ""
    user_name: str = ""
    other: str = ""
    group: str = ""

    def word(self) -> str:
        """A word that is nowhere else."""
        found = f"qz{next(self.numbers):05d}kx"
        self.said.add(found)
        return found

    def send(self, method: str, path: str, body: object = None, query: str = "") -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        head = (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/scim+json"))
        asked = Request(method=method, path=f"/scim/v2{path}", query=query, headers=head, body=content)
        answer = self.product.respond(asked)
        assert answer.status < 500, answer.body
        return answer.status, json.loads(answer.body) if answer.body else {}

    def patch(self, path: str, *operations: dict[str, object]) -> Any:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def body(self, *, named: bool = True) -> dict[str, object]:
        """A whole user; `named` with new names."""
        if named:
            name, external = self.word(), self.word()
            self.names, self.user_name = {name, external}, f"{name}@corp.test"
            self._external = external
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": self.user_name,
            "externalId": self._external,
            "displayName": self.word(),
            "nickName": self.word(),
            "name": {"givenName": self.word(), "familyName": self.word(), "formatted": self.word()},
            "emails": [{"value": f"{self.word()}@corp.test", "type": "work", "primary": True}],
            "phoneNumbers": [{"value": self.word(), "type": "mobile"}],
            ENTERPRISE: {"employeeNumber": self.word(), "department": "sales"},
            "active": True,
        }

    _external: str = ""

    def begin(self) -> None:
        self.other = self.send("POST", "/Users", {"schemas": [USER], "userName": "colleague@corp.test"})[1]["id"]
        self.group = self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "sales"})[1]["id"]
        self.create()

    def create(self) -> None:
        status, answer = self.send("POST", "/Users", self.body())
        assert status == 201, answer
        self.user = answer["id"]

    # what may happen to it; each may be refused

    def disable(self) -> None:
        self.patch(f"/Users/{self.user}", {"op": "Replace", "path": "active", "value": "False"})

    def enable(self) -> None:
        self.patch(f"/Users/{self.user}", {"op": "replace", "value": {"active": True}})

    def rename(self) -> None:
        name = self.word()
        new = f"{name}@corp.test"
        status, _ = self.patch(f"/Users/{self.user}", {"op": "replace", "path": "userName", "value": new})
        if status < 300:
            self.names = {name, self._external}
            self.user_name = new

    def put(self) -> None:
        before = self.names, self.user_name, self._external
        if self.send("PUT", f"/Users/{self.user}", self.body())[0] >= 300:
            self.names, self.user_name, self._external = before

    def put_disabled(self) -> None:
        before = self.names, self.user_name, self._external
        if self.send("PUT", f"/Users/{self.user}", {**self.body(), "active": False})[0] >= 300:
            self.names, self.user_name, self._external = before

    def edit(self) -> None:
        self.patch(
            f"/Users/{self.user}",
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": f"{self.word()}@corp.test"},
            {"op": "add", "path": "name.familyName", "value": self.word()},
            {"op": "add", "path": "phoneNumbers", "value": [{"value": self.word(), "type": "home"}]},
        )

    def join(self) -> None:
        member = {"value": self.user, "display": self.word()}
        self.patch(f"/Groups/{self.group}", {"op": "add", "path": "members", "value": [member]})

    def leave(self) -> None:
        self.patch(f"/Groups/{self.group}", {"op": "remove", "path": f'members[value eq "{self.user}"]'})

    def note(self) -> None:
        """Attributes and schemas that are not known, and what a dialect tolerates."""
        self.patch(
            f"/Users/{self.user}",
            {"op": "add", "path": "name", "value": {self.word(): self.word(), "middleName": self.word()}},
            {"op": "Add", "value": {self.word(): 1, "title": self.word()}},
        )
        unknown = f"urn:{self.word()}:User"
        body = {**self.body(named=False), "schemas": [USER, unknown], unknown: {self.word(): "x"}, self.word(): "x"}
        self.send("PUT", f"/Users/{self.user}", body)
        self.send("PUT", f"/Users/{self.other}", {"userName": "colleague@corp.test", self.user_name: self.word()})

    def refused_itself(self) -> None:
        here = f"/Users/{self.user}"
        self.patch(here, {"op": "replace", "path": f'emails[value eq "{self.user_name}"].foo', "value": self.word()})
        self.patch(here, {"op": "replace", "path": f'emails[type eq "{self.word()}', "value": "x"})
        self.patch(here, {"op": self.word(), "path": "title", "value": self.user_name})
        self.patch(here, {"op": "replace", "path": self.user_name, "value": self.word()})
        self.patch(here, {"op": "replace", "path": "active", "value": self.word()})
        self.patch(here, {"op": "replace", "path": "id", "value": self.user_name})
        self.patch(here, {"op": "add", "path": "x509Certificates", "value": [{"value": f"!{self.word()}"}]})
        self.patch(here, {"op": "replace", "path": "emails", "value": [self.word(), {"primary": self.word()}]})
        self.send("PUT", here, {"schemas": [USER], "emails": self.word(), "name": self.user_name})
        self.send("PUT", here, {"schemas": self.user_name, "userName": ""})

    def refused_others(self) -> None:
        there = f"/Users/{self.other}"
        self.patch(there, {"op": "replace", "path": "userName", "value": self.user_name})
        self.patch(there, {"op": "replace", "path": f'emails[value eq "{self.user_name}"].x', "value": "x"})
        self.send("PUT", there, {"schemas": [USER], "userName": self.user_name})
        self.send("PUT", there, {"schemas": [USER], "userName": {self.word(): self.user_name}})
        self.send("POST", "/Users", {"schemas": [USER], "userName": self.user_name, "active": False})
        self.not_found()

    def not_found(self) -> None:
        """Asked for by name where an id belongs, and refused for what is not there."""
        for method in ("PATCH", "PUT", "DELETE", "GET"):
            self.send(method, f"/Users/{self.user_name}", {"schemas": [PATCH], "Operations": []})
            self.send(method, f"/Groups/{self.word()}", {"schemas": [GROUP], "displayName": self.user_name})
        member = {"op": "add", "path": "members", "value": [{"value": self.user_name, "display": self.word()}]}
        self.patch(f"/Groups/{self.group}", member)
        self.patch(f"/Groups/{self.group}", {"op": "replace", "path": f'members[{self.word()} eq "x"]', "value": []})
        self.send("POST", "/Users", {"schemas": [USER], "displayName": self.word()})
        self.send("GET", "/Users", query=f"filter=userName%20eq%20%22{self.user_name}%22")

    def bulk(self) -> None:
        self.send(
            "POST",
            "/Bulk",
            {
                "schemas": [BULK],
                "Operations": [
                    {"method": "POST", "path": "/Users", "bulkId": self.word(), "data": {"userName": self.user_name}},
                    {"method": "DELETE", "path": f"/Users/{self.user_name}"},
                    {"method": "PATCH", "path": f"/Users/{self.word()}", "data": {"Operations": []}},
                    {"method": "PUT", "path": f"/Users/{self.user}", "data": {"emails": self.word()}},
                    {"method": "PATCH", "path": f"/{self.word()}/x", "data": {self.word(): self.word()}},
                ],
            },
        )

    def delete(self) -> None:
        self.send("DELETE", f"/Users/{self.user}")

    def again(self) -> None:
        """Deleted, and created again under the same name."""
        self.delete()
        status, answer = self.send("POST", "/Users", {**self.body(named=False)})
        if status < 300:
            self.user = answer["id"]

    # what is left of it

    def tables(self) -> dict[str, str]:
        """Every column of every table, as text."""
        engine = self.product.repository.engine
        found = {}
        with engine.connect() as connection:
            for name in sa.inspect(connection).get_table_names():
                rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
                found[name] = "\n".join(repr(tuple(row)) for row in rows)
        assert "scim_audit" in found and "scim_resource" in found
        return found

    def files(self) -> bytes:
        """SQLite's file and what lies beside it; nothing for another database."""
        database = self.product.repository.engine.url.database
        if self.product.repository.engine.dialect.name != "sqlite" or database is None:
            return b""
        return b"".join(path.read_bytes() for path in Path(database).parent.glob(Path(database).name + "*"))

    def is_gone(self, *, matched: bool) -> None:
        """Nothing personal is left; if it is still `matched`, its names are, in its own rows."""
        names = self.names if matched else set()
        for table, content in self.tables().items():
            left = [word for word in self.said if word in content.lower()]
            allowed = names if table in MATCHED else set()
            extra = set(left) - allowed
            assert not extra, (table, [x for x in content.splitlines() if any(w in x.lower() for w in extra)][:2])
        content = self.files().lower()
        left = [word for word in self.said - names if word.encode() in content]
        assert not left, [content[max(0, content.index(w.encode()) - 60) :][:160] for w in left[:3]]


STEPS: Final[dict[str, Callable[[Life], None]]] = {
    name: getattr(Life, name)
    for name in (
        "disable",
        "enable",
        "rename",
        "put",
        "put_disabled",
        "edit",
        "join",
        "leave",
        "note",
        "refused_itself",
        "refused_others",
        "bulk",
        "again",
    )
}
LIVES = st.lists(st.sampled_from(sorted(STEPS)), max_size=12)


def product(policy: Policy, database: str) -> Product:
    options = Options(
        database=database, tokens=(("acme", TOKEN),), dialect=AUTO, policy=policy, secret=b"a secret for the cursors"
    )
    made = Product(options)
    made.create_tables()
    return made


@contextmanager
def living(policy: Policy, database: str) -> Iterator[Life]:
    made = product(policy, database)
    try:
        life = Life(made)
        life.begin()
        yield life
    finally:
        made.close()


def live(life: Life, steps: list[str], policy: Policy) -> None:
    for step in steps:
        STEPS[step](life)
    if policy.deactivate.access == "anonymise":
        life.disable()
        life.is_gone(matched=True)
        for step in ("rename", "refused_itself", "refused_others", "note", "put_disabled"):
            STEPS[step](life)
        life.is_gone(matched=True)
    life.delete()
    life.not_found()
    life.is_gone(matched=False)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@settings(max_examples=15, deadline=None)
@given(steps=LIVES)
def test_nothing_personal_is_left_on_sqlite(policy: Policy, steps: list[str]) -> None:
    with TemporaryDirectory() as folder, living(policy, f"sqlite:///{folder}/lives.db") as life:
        live(life, steps, policy)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server(installations()["wheel"]) as running:
        yield running


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@settings(max_examples=8, deadline=None)
@given(steps=LIVES)
def test_nothing_personal_is_left_on_postgresql(policy: Policy, steps: list[str], postgresql: Server) -> None:
    database = postgresql.database().render_as_string(hide_password=False)
    with living(policy, database) as life:
        live(life, steps, policy)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_everything_that_can_happen_happens_to_somebody(policy: Policy, tmp_path: Path) -> None:
    with living(policy, f"sqlite:///{tmp_path}/lives.db") as life:
        live(life, [*STEPS, "disable", *STEPS, "again", *STEPS], policy)


def test_without_the_promise_the_records_keep_what_was_there(tmp_path: Path) -> None:
    """The look through the tables finds what is there: a test that finds nothing would prove nothing."""
    keeping = evolve(DASTRA, audit=evolve(DASTRA.audit, forget_anonymised=False))
    with living(keeping, f"sqlite:///{tmp_path}/lives.db") as life, pytest.raises(AssertionError):
        live(life, ["rename"], keeping)


def test_what_a_refusal_records_reads_well(tmp_path: Path) -> None:
    with living(DASTRA, f"sqlite:///{tmp_path}/lives.db") as life:
        life.patch(f"/Users/{life.other}", {"op": "replace", "path": "userName", "value": life.user_name})
        life.patch(f"/Users/{life.user}", {"op": "replace", "path": "nowhere", "value": "x"})
        records = life.product.service.admin.audit("acme")[-2:]
    assert [(record.code, record.detail) for record in records] == [
        ("SC-1401", "Another resource has the unique value. Attributes: userName."),
        ("SC-1320", "A path to an attribute that the type does not have."),
    ]
