"""A store that is away, starting, full or read-only is `Unavailable`, whatever a unit was about to do."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from scimcore.repository import Clash, Gone, Keys, Serialization, Unavailable
from scimcore.repository.sql import SqlRepository
from scimcore.repository.sql.flavors import POSTGRESQL, SQLITE
from scimcore.resources.document import Document


def document(size: int = 1) -> Document:
    return Document(type="User", id="1", version=1, created=1, modified=1, text=f'{{"userName":"{"a" * size}"}}')


KEYS = Keys(unique="a")


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://x:y@127.0.0.1:1/none?connect_timeout=2"]
)
def test_a_store_that_nobody_reaches(url, write):
    repository = SqlRepository(url)
    with pytest.raises(Unavailable), repository.unit("acme", write=write):
        raise AssertionError("a unit of nothing")


def test_a_database_that_only_reads(tmp_path):
    SqlRepository(f"sqlite:///{tmp_path / 'x.db'}").create_tables()
    repository = SqlRepository(f"sqlite:///file:{tmp_path / 'x.db'}?mode=ro&uri=true")
    with repository.unit("acme", write=False) as unit:
        assert unit.get("User", "1") is None
    with pytest.raises(Unavailable), repository.unit("acme", write=True) as unit:
        unit.insert(document(), KEYS)


def test_a_full_disk_and_the_writes_that_fit_again(tmp_path):
    repository = SqlRepository(f"sqlite:///{tmp_path / 'x.db'}")
    repository.create_tables()

    @event.listens_for(repository.engine, "connect")
    def limit(raw, record):
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages + 2}")

    for _ in range(2):
        with pytest.raises(Unavailable), repository.unit("acme", write=True) as unit:
            unit.insert(document(1_000_000), KEYS)
    with repository.unit("acme", write=True) as unit:
        unit.insert(document(), KEYS)


def test_a_statement_of_the_host_fails_in_the_same_way(tmp_path):
    """The host's SQLAlchemy raises its own error, which stands for the same outage."""
    SqlRepository(f"sqlite:///{tmp_path / 'x.db'}").create_tables()
    repository = SqlRepository(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(Unavailable) as caught, repository.unit("acme", write=True) as unit:
        unit.transaction.execute(text("PRAGMA query_only=ON"))
        unit.transaction.execute(text("DELETE FROM scim_mark"))
    assert isinstance(caught.value.__cause__, OperationalError)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        *[(state, Unavailable) for state in ("08000", "08001", "08003", "08006", "53100", "53200", "53300")],
        *[(state, Unavailable) for state in ("57P02", "57P03", "58030", "25006")],
        # A session that can begin anew: the next attempt finds out whether the server is gone.
        *[(state, Serialization) for state in ("57P01", "25P03", "40001", "40P01")],
        ("23505", Clash),
        ("23503", Gone),
        # Nobody else's fault: a statement that is wrong, cancelled or not allowed.
        *[(state, type(None)) for state in ("42P01", "57014", "42501", "22001")],
    ],
)
def test_what_postgresql_says(state, kind):
    error = psycopg.errors.lookup(state)("...")
    assert type(POSTGRESQL.translate(error)) is kind


def test_what_libpq_says_by_itself():
    assert isinstance(POSTGRESQL.translate(psycopg.OperationalError("connection refused")), Unavailable)
    assert isinstance(POSTGRESQL.translate(psycopg.errors.ConnectionTimeout("too slow")), Unavailable)
    assert POSTGRESQL.translate(psycopg.ProgrammingError("the last operation made no result")) is None


@pytest.mark.parametrize("name", ["CANTOPEN", "CANTOPEN_ISDIR", "IOERR", "IOERR_WRITE", "READONLY", "FULL", "PERM"])
def test_what_sqlite_says(name):
    error = sqlite3.OperationalError("...")
    error.sqlite_errorname = f"SQLITE_{name}"
    assert isinstance(SQLITE.translate(error), Unavailable)
