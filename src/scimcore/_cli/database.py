"""The `scimcore db` commands: make, migrate, index and move what scimcore stores in a SQL database."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from scimcore._cli.mistakes import Mistake
from scimcore.schema import Registry
from scimcore.schema.json import JsonObject

if TYPE_CHECKING:
    from scimcore.repository.sql import MigrationStep, SqlRepository

_REGISTRY = (
    "where your Registry is, as in product.scim:REGISTRY: its indexed attributes are indexed anew; "
    "the RFC's types if left out"
)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    db = commands.add_parser("db", help="make, migrate, index and move what is stored in a SQL database")
    actions = db.add_subparsers(required=True, metavar="ACTION")
    _add(actions, "create", "make the tables", _create)
    _add(actions, "migrate", "bring the tables to this release's version, with what is in them", _migrate)
    _add(actions, "version", "print the version of the tables", _version)
    export = _add(actions, "export", "write everything of one tenant to standard output, as JSON lines", _export)
    export.add_argument("tenant")
    index = _add(
        actions, "reindex", "compute all keys anew, for a registry that declares other indexed attributes", _reindex
    )
    index.add_argument("--tenant", action="append", help="only of this one; of all of them if left out")
    index.add_argument("--registry", metavar="MODULE:NAME", help=_REGISTRY)
    load = _add(actions, "import", "read one tenant from standard input, all of it or nothing", _import)
    load.add_argument("tenant", help="the name it gets; there must be nothing of that tenant yet")
    load.add_argument("--registry", metavar="MODULE:NAME", help=_REGISTRY)


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help: str,
    command: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=help)
    # The URL is an argument and not read from the environment, so that nobody migrates the wrong database.
    action.add_argument("url", help="the database, as in sqlite:///scim.db or postgresql+psycopg://user@host/name")
    action.set_defaults(command=command)
    return action


@contextmanager
def _opened(url: str, *, make: bool = False) -> "Iterator[SqlRepository]":
    """Open the repository at the URL; `make`: it need not exist yet. Raises ValueError for what a user can mend."""
    # SQLAlchemy is an extra: without it the other commands work, and these say how to install it.
    try:
        from scimcore.repository.sql import SqlRepository, WrongVersion, unreachable
    except ImportError as error:
        raise ValueError(f"{error}: pip install 'scimcore[sql]', for PostgreSQL 'scimcore[postgresql]'") from None
    with unreachable():
        repository = SqlRepository(url)
        if not make:
            _require_file(repository)
        try:
            yield repository
        except WrongVersion as error:
            raise ValueError(str(error)) from None
        finally:
            # Both: close() gives back the connections that wait, dispose() closes those of the engine.
            repository.close()
            repository.engine.dispose()


def _require_file(repository: "SqlRepository") -> None:
    """Raise `Mistake` unless the file of a SQLite database is there."""
    # SQLite makes the file on the first connection, so a slip in the name would leave an empty database behind.
    name = repository.engine.url.database
    if repository.flavor.name == "sqlite" and name and not name.startswith("file:") and not Path(name).exists():
        raise Mistake(f"There is no database {name!r}. Check the name, or make it with: scimcore db create")


def _create(given: argparse.Namespace) -> int:
    with _opened(given.url, make=True) as repository:
        repository.create_tables()
        print(f"tables of version {repository.version()}")
    return 0


def _migrate(given: argparse.Namespace) -> int:
    def announce(step: "MigrationStep") -> None:
        print(f"{step.version}: {step.says}", file=sys.stderr)

    with _opened(given.url, make=True) as repository:
        before, after = repository.migrate(announce)
    # The steps went to standard error, so that a script reads one line.
    print(f"from nothing to version {after}" if before is None else f"from version {before} to {after}")
    return 0


def _version(given: argparse.Namespace) -> int:
    with _opened(given.url) as repository:
        found = repository.version()
    print("no tables" if found is None else found)
    return 0


def _export(given: argparse.Namespace) -> int:
    from scimcore.repository.transfer import export

    with _opened(given.url) as repository:
        # Before the first line is written: a file that ends in an error looks like an export.
        repository.require_current()
        records = export(repository, given.tenant)
        opening = [next(records), next(records)]
        # Nothing between the first record and the last: a tenant that was never there, most probably a typing error.
        if opening[1]["record"] == "end":
            raise Mistake(f"There is nothing of a tenant {given.tenant!r} in this database.")
        for number, record in enumerate(chain(opening, records), 1):
            # NaN is no JSON, and no other program would read the line.
            print(json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
            _progress(number)
    return 0


def _import(given: argparse.Namespace) -> int:
    from scimcore.repository.transfer import load

    # The registry first: a slip in its name must not be found after an hour of reading.
    registry = _registry(given.registry)
    with _opened(given.url) as repository:
        repository.require_current()
        counts = load(repository, given.tenant, _lines(), registry=registry, progress=_progress)
    # On standard error, as the progress is: there is no result but the tenant.
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()), file=sys.stderr)
    return 0


def _reindex(given: argparse.Namespace) -> int:
    from scimcore.repository.indexing import Indexed, reindex

    def announce(so_far: Indexed) -> None:
        _progress(so_far.seen, "resources")

    registry = _registry(given.registry)
    with _opened(given.url) as repository:
        repository.require_current()
        found = reindex(repository, registry, tenants=given.tenant, progress=announce)
    resources = "1 resource" if found.seen == 1 else f"{found.seen} resources"
    print(f"{resources}, {found.changed} of them with other keys than before")
    return 0


def _lines() -> Iterator[JsonObject]:
    # One at a time: a tenant may be larger than the memory.
    for number, line in enumerate(sys.stdin, 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number} is not JSON: {error}") from None
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is not a record")
        yield record


def _progress(number: int, what: str = "records") -> None:
    # On standard error: standard output may be the file that is written.
    if number % 10_000 == 0:
        print(f"{number} {what}", file=sys.stderr)


def _registry(name: str | None) -> Registry:
    if name is None:
        return Registry()
    # As uvicorn and gunicorn name an application; the current folder is not on the path of an installed command.
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"--registry {name}: {error}") from None
    # "product.scim:registry" may be the function that makes one.
    if not isinstance(found, Registry):
        raise ValueError(f"--registry {name} is not a Registry")
    return found
