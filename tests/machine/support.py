"""The product of the machine's trial: who has the role `owner` is one."""

from typing import Any

from attrs import define, evolve

from scimcore.policy.plans import Order
from scimcore.repository.memory.journal import Journal
from scimcore.testing.host import TrialHost


@define
class MachineHost(TrialHost):
    """A `TrialHost` whose owners follow from roles."""

    def open(self, tx: Journal, tenant: str, order: Order) -> str:
        """A new account."""
        id = TrialHost.open(self, tx, tenant, order)
        self._change(tx, tenant, id, roles=order.roles)
        return id

    def _change(self, tx: Journal, tenant: str, account: str, **changes: Any) -> None:
        if "roles" in changes:
            changes["owner"] = "owner" in changes["roles"]
        TrialHost._change(self, tx, tenant, account, **changes)

    def edit(self, tenant: str, account: str, **changes: Any) -> None:
        """What the product does by itself."""
        if "roles" in changes:
            changes["owner"] = "owner" in changes["roles"]
        accounts = self.accounts_of[tenant]
        accounts[account] = evolve(accounts[account], **changes)
