"""The seam, for a product whose accounts are the very rows that the mapping writes: little is left to be done."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import sqlalchemy as sa

from own_tables.tables import organisations, users
from scimcore.policy import effects as e
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Account, SeatCount, Tenant
from scimcore.policy.plans import MatchKey, Order
from scimcore.schema.json import JsonObject


class OwnTablesHost:
    """A `scimcore.Host`. An account's id is the key of its row."""

    def tenant(self, tx: sa.Connection, tenant: str) -> Tenant:
        """Every organisation may provision; whoever has an address of its own domain belongs to it."""
        return Tenant(default_role="member", verified_domains=(f"{tenant}.example",))

    def accounts(self, tx: sa.Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        """Those that are there."""
        rows = tx.execute(_mine(tenant).where(users.c.id.in_([int(id) for id in ids if id.isdecimal()])))
        return {str(row.id): _fact(row) for row in rows}

    def match(self, tx: sa.Connection, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        """Users from before SCIM, by their login; the policy says whether they may be linked."""
        names = [key.value.lower() for key in keys if key.by in ("email", "userName")]
        rows = tx.execute(_mine(tenant).where(users.c.scim_id.is_(None), sa.func.lower(users.c.login).in_(names)))
        return [_fact(row) for row in rows]

    def seats(self, tx: sa.Connection, tenant: str) -> SeatCount | None:
        """Not limited."""
        return None

    def other_owner(self, tx: sa.Connection, tenant: str, accounts: Sequence[str]) -> bool:
        """This product has no owners."""
        return True

    def open(self, tx: sa.Connection, tenant: str, order: Order) -> str:
        """The mapping has written the row already; this is its key."""
        login = str(order.data.get("userName"))
        return str(tx.execute(_mine(tenant).where(users.c.login == login)).one().id)

    def handle(
        self, tx: sa.Connection, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None
    ) -> None:
        """Names, titles and `enabled` stand in the row already; the rest this small product does not have."""
        match effect:
            case e.ActivateAccount() | e.AwaitSignIn() | e.SuspendAccount() | e.UpdateProfile():
                pass  # The mapping has written the row.
            case e.DeleteAccount() | e.Anonymise():
                pass  # The mapping has removed the row, or blanked it.
            case e.RevokeCredentials() | e.SendInvitation() | e.CancelInvitation() | e.Notify():
                pass  # Nobody signs in to this product, and it sends no mail. Yours ends sessions here.
            case e.SetRoles() | e.ReserveSeat() | e.ReleaseSeat() | e.TransferOwnership():
                pass  # It has no roles, seats or owners.
            case e.CreateTeam() | e.RenameTeam() | e.SyncTeam() | e.DeleteTeam() | e.SyncMemberships():
                pass  # It has no teams: groups are stored for the identity provider alone.
            case _:
                assert_never(effect)


def _mine(tenant: str) -> "sa.Select[tuple[int, str, str | None]]":
    rows = sa.select(users.c.id, users.c.login, users.c.scim_id).join(organisations)
    return rows.where(organisations.c.slug == tenant)


def _fact(row: "sa.Row[tuple[int, str, str | None]]") -> Account:
    return Account(id=str(row.id), email=row.login, managed=row.scim_id is not None)
