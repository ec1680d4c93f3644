"""What the trial signs with: kept beside its data, so that a cursor outlives a restart and every worker knows it."""

import secrets

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from trial.tables import KEYS

_CURSORS = "cursors"


def cursor_key(engine: Engine) -> str:
    """Made by whoever starts first. A product that has a place for secrets keeps it there instead."""
    try:
        with engine.begin() as tx:
            return _kept(tx) or _make(tx)
    except IntegrityError:
        with engine.begin() as tx:
            return _kept(tx) or _make(tx)


def _kept(tx: sa.Connection) -> str | None:
    return tx.execute(sa.select(KEYS.c.value).where(KEYS.c.name == _CURSORS)).scalar_one_or_none()


def _make(tx: sa.Connection) -> str:
    made = secrets.token_urlsafe(32)
    tx.execute(KEYS.insert().values(name=_CURSORS, value=made))
    return made
