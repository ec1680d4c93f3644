"""How the trial is started: what may be said, what is meant when nothing is, and what is refused at once."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from attrs import field, frozen

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.dialects import Dialect, find_dialect
from scimcore.policy import STANDARD, Policy
from scimcore.schema import GROUP, USER, Registry, Schema, fold_name, schema_from_json

T = TypeVar("T")

TENANT: Final = "trial"
_DATABASES: Final = "DATABASE: sqlite:///file.db, sqlite:////absolute/file.db or postgresql://…"
#: What `make serve POLICY=...` knows: the default, and two products as their own pages describe them.
POLICIES: Final = {policy.name: policy for policy in (STANDARD, DASTRA, SECODA)}
EXAMPLES: Final = ("starlette", "flask")


@frozen(kw_only=True)
class Options:
    """A trial, as it was asked for. Raises ValueError, with the choices, for what there is not."""

    base: str = "http://127.0.0.1:8900"
    database: str = "sqlite:///trial.db"
    #: Pairs of tenant and secret.
    tokens: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    dialect: Dialect
    policy: Policy
    #: Schemas that extend User, besides the RFC's own.
    extensions: tuple[Schema, ...] = ()
    #: Signs the cursors; all workers of a run share it.
    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "Options":
        """From the variables that `make serve` sets: PORT, TOKEN, DATABASE, DIALECT, POLICY, EXTENSION (and SECRET)."""
        said = {name: value for name, value in (environment or os.environ).items() if value}
        return cls(
            base=f"http://127.0.0.1:{said.get('PORT', '8900')}",
            database=database_url(said.get("DATABASE", "sqlite:///trial.db")),
            tokens=read_tokens(said.get("TOKEN", "")),
            dialect=find_dialect(said.get("DIALECT", "auto").lower()),
            policy=choose("POLICY", said.get("POLICY", "standard"), POLICIES),
            extensions=read_extensions(said.get("EXTENSION", "")),
            secret=said.get("SECRET", secrets.token_hex(32)).encode(),
        )

    def registry(self) -> Registry:
        """User with the extensions, and Group. The RFC's own Enterprise User is replaced by one of its URI."""
        user = USER
        for schema in self.extensions:
            user = user.with_extension(schema)
        return Registry(user, GROUP)


def choose(what: str, name: str, choices: Mapping[str, T]) -> T:
    """The one of that name. Raises ValueError with the list when there is none."""
    found = choices.get(name.lower())
    if found is None:
        raise ValueError(f"{what}={name} is not known: choose {', '.join(choices)}")
    return found


def read_extensions(path: str) -> tuple[Schema, ...]:
    """The schemas of a JSON file: one document as in /Schemas, or a list of them. Raises ValueError that says why not.

    A SCIM list (`Resources`), as /Schemas itself answers, is a list too.
    """
    if not path:
        return ()
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"EXTENSION={path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"EXTENSION={path} is not JSON in UTF-8: {error}") from None
    if isinstance(found, dict) and "Resources" in found:
        found = found["Resources"]
    documents = found if isinstance(found, list) else [found]
    if not documents:
        raise ValueError(f"EXTENSION={path} has no schema in it")
    schemas = tuple(_read_extension(path, number, document) for number, document in enumerate(documents, 1))
    if len({fold_name(schema.id) for schema in schemas}) < len(schemas):
        raise ValueError(f"EXTENSION={path} has two schemas of one URI")
    return schemas


def _read_extension(path: str, number: int, document: object) -> Schema:
    where = f"EXTENSION={path}, schema {number}"
    if not isinstance(document, dict):
        raise ValueError(f"{where}: an object as in /Schemas is expected")
    try:
        schema = schema_from_json(document, types=("User", "Group"))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    if not schema.attributes:
        raise ValueError(f"{where}: {schema.id} has no attributes")
    if fold_name(schema.id) in (fold_name(USER.schema.id), fold_name(GROUP.schema.id)):
        raise ValueError(f"{where}: {schema.id} is a base schema, and no extension. Give your schema a URI of its own")
    return schema


def read_tokens(text: str) -> tuple[tuple[str, str], ...]:
    """`tenant:token` pairs, separated by commas; a bare token is that of the tenant `trial`."""
    if not text.strip():
        return ()
    pairs = []
    for part in text.split(","):
        tenant, colon, secret = part.strip().rpartition(":")
        pairs.append((tenant if colon else TENANT, secret))
        if not secret or (colon and not tenant):
            raise ValueError("TOKEN has an empty part: write TOKEN=secret, or TOKEN=tenant:secret,other:secret")
    return tuple(pairs)


def database_url(text: str) -> str:
    """The SQLAlchemy URL of a database. Raises ValueError for one that several threads and runs could not share."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise ValueError(_DATABASES) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise ValueError(_DATABASES)
    folder = Path(str(url.database)).absolute().parent
    if not folder.is_dir():
        raise ValueError(f"DATABASE: there is no folder {folder}")
    return text
