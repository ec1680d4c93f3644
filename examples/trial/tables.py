"""The product's own tables. They live in the database that scimcore's live in, and change in the same transaction."""

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


ACCOUNTS: Final = sa.Table(
    "accounts",
    metadata,
    _key("tenant"),
    _key("id"),
    sa.Column("email", sa.Text),
    # As `email`, folded: what an account is looked for by.
    sa.Column("email_key", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    # A JSON list; `owner` says whether "owner" is among them.
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("owner", sa.Boolean, nullable=False),
    # Somebody has signed in with it.
    sa.Column("ready", sa.Boolean, nullable=False),
    sa.Column("opened", sa.BigInteger, nullable=False),
    sa.Index("accounts_by_email", "tenant", "email_key"),
    sa.Index("accounts_by_state", "tenant", "state"),
    sa.Index("accounts_by_owner", "tenant", "owner", "state"),
)

TEAMS: Final = sa.Table(
    "teams",
    metadata,
    _key("tenant"),
    _key("id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("opened", sa.BigInteger, nullable=False),
)

TEAM_MEMBERS: Final = sa.Table(
    "team_members",
    metadata,
    _key("tenant"),
    _key("team"),
    _key("account"),
    sa.Index("teams_of_account", "tenant", "account"),
)

SESSIONS: Final = sa.Table(
    "sessions",
    metadata,
    _key("tenant"),
    _key("id"),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("opened", sa.BigInteger, nullable=False),
    sa.Index("sessions_of_account", "tenant", "account"),
)

SETTINGS: Final = sa.Table(
    "settings",
    metadata,
    _key("tenant"),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("seat_limit", sa.Integer),
    sa.Column("default_role", sa.Text, nullable=False),
    sa.Column("sso_enforced", sa.Boolean, nullable=False),
    # A JSON list.
    sa.Column("verified_domains", sa.Text, nullable=False),
)

KEYS: Final = sa.Table(
    "keys",
    metadata,
    _key("name"),
    sa.Column("value", sa.Text, nullable=False),
)
