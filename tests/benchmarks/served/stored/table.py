"""The statements: what is stored, as it is stored, durable like ours."""

import json
import os
import sqlite3
import threading
import uuid

_ONE = "SELECT doc FROM scim_resource WHERE tenant = 'trial' AND type = 'User' AND id = ?"
_NAMED = "SELECT doc FROM scim_resource WHERE tenant = 'trial' AND type = 'User' AND unique_key = ?"
_PAGE = "SELECT doc FROM scim_resource WHERE tenant = 'trial' AND type = 'User' ORDER BY created, id LIMIT 100"
_CHANGE = "UPDATE scim_resource SET doc = ?, version = version + 1 WHERE tenant = 'trial' AND type = 'User' AND id = ?"
_ADD = (
    "INSERT INTO scim_resource (tenant, type, id, version, created, modified, connection, unique_key, doc)"
    " VALUES ('trial', 'User', ?, 1, 0, 0, 'trial-idp', ?, ?)"
)
_local = threading.local()
_writing = threading.Lock()


def _connection() -> sqlite3.Connection:
    """Each thread has its own."""
    found: sqlite3.Connection | None = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = sqlite3.connect(os.environ["STORED"], isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            found.execute(f"PRAGMA {pragma}")
    return found


def get(id: str) -> str:
    """One by id."""
    return str(_connection().execute(_ONE, (id,)).fetchone()[0])


def named(name: str) -> str:
    """Those of that name, as a list."""
    return _listed(_connection().execute(_NAMED, (name.lower(),)).fetchall())


def page() -> str:
    """A hundred, as a list."""
    return _listed(_connection().execute(_PAGE).fetchall())


def patch(id: str, body: bytes) -> str:
    """Change what the body names, one value each."""
    asked, connection = json.loads(body), _connection()
    with _writing:
        connection.execute("BEGIN IMMEDIATE")
        data = json.loads(connection.execute(_ONE, (id,)).fetchone()[0])
        data.update({operation["path"]: operation["value"] for operation in asked["Operations"]})
        text = json.dumps(data)
        connection.execute(_CHANGE, (text, id))
        connection.execute("COMMIT")
    return text


def post(body: bytes) -> str:
    """One more."""
    data = json.loads(body)
    text, id = json.dumps(data), str(uuid.uuid4())
    with _writing:
        _connection().execute(_ADD, (id, data["userName"].lower(), text))
    return text


def _listed(rows: list[tuple[str]]) -> str:
    return '{"Resources":[' + ",".join([row[0] for row in rows]) + "]}"
