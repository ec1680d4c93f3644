"""POL-142: reconcile() compares desired state with host state, lists drift, repairs; the second run is empty."""

import pytest

from scimcore.policy import STANDARD, Groups, Linking, Roles
from scimcore.repository import MemoryRepository
from scimcore.service import Service
from scimcore.testing.host import HostTeam, TrialHost
from scimcore.testing.trial import Clock
from tests.service.support import Stage, start


def tampered(stage: Stage) -> dict[str, str]:
    """A product tampered with in five ways, and the account of each."""
    users = [stage.user(f"u{number}@acme.com") for number in range(5)]
    stage.trial.group("Sales", *users)
    accounts = [account.id for account in stage.accounts()]
    stage.off(users[1])
    stage.host.change("acme", accounts[0], state="deleted")
    stage.host.change("acme", accounts[1], state="active")
    stage.host.change("acme", accounts[2], roles=("admin",))
    team = stage.host.teams("acme")[0]
    stage.host.teams_of["acme"][team.id] = HostTeam(
        id=team.id, name="Sales", managed=True, members=frozenset({accounts[0], accounts[1], accounts[2], accounts[4]})
    )
    stray = stage.host.add("acme", "stray@acme.com", managed=True)
    stage.host.add("acme", "local@acme.com")
    return {"missing": accounts[0], "state": accounts[1], "roles": accounts[2], "teams": accounts[3], "unbound": stray}


class TestReconciling:
    def test_lists_exactly_what_was_tampered_with(self) -> None:
        stage = start()
        accounts = tampered(stage)
        found = stage.trial.service.admin.reconcile("acme", policy=stage.policy)
        by_kind = {kind: [d.account for d in found if d.kind == kind] for kind in accounts}
        # The leaver who was let in again was put back into the team as well.
        assert by_kind == {**{k: [a] for k, a in accounts.items()}, "teams": [accounts["state"], accounts["teams"]]}
        assert [(d.expected, d.found) for d in found if d.kind == "roles"] == [(("member",), ("admin",))]
        assert len(stage.host.teams("acme")[0].members) == 4, "listing repairs nothing"

    def test_repairs_and_the_second_run_is_empty(self) -> None:
        stage = start()
        accounts = tampered(stage)
        stage.trial.service.admin.reconcile("acme", policy=stage.policy, repair=True)
        assert stage.trial.service.admin.reconcile("acme", policy=stage.policy) == []
        now = {account.id: account for account in stage.accounts()}
        assert now[accounts["state"]].state == "suspended"
        assert now[accounts["roles"]].roles == ("member",)
        assert now[accounts["unbound"]].state == "suspended"
        assert accounts["teams"] in stage.host.teams("acme")[0].members
        assert stage.trial.get("/Users")["totalResults"] == 4, "who is gone is 404, so that they are made anew"
        assert "service.reconcile" in str(stage.trial.service.admin.audit("acme")[-1].notes)

    def test_tells_of_an_account_that_is_gone_although_the_product_may_not_delete_it(self) -> None:
        stage = start(linking=Linking(local_delete="refuse"))
        user = stage.user()
        stage.host.change("acme", stage.account().id, state="deleted")
        stage.trial.service.admin.reconcile("acme", policy=stage.policy, repair=True)
        assert stage.trial.get(f"/Users/{user}").status == 404

    def test_leaves_to_the_product_what_is_the_products(self) -> None:
        stage = start(groups=Groups(membership="additive"), roles=Roles(master="app"))
        stage.user()
        stage.trial.group("Sales")
        team = stage.host.teams("acme")[0]
        stage.host.add_team("acme", "Own", stage.account().id)
        stage.host.teams_of["acme"][team.id] = HostTeam(
            id=team.id, name="Sales", members=frozenset({stage.account().id})
        )
        stage.host.change("acme", stage.account().id, roles=("admin",))
        assert stage.trial.service.admin.reconcile("acme", policy=stage.policy) == []

    def test_says_so_when_the_host_cannot_list_its_accounts(self) -> None:
        repository, secrets = MemoryRepository(), (b"trial" * 8,)
        service = Service(repository, TrialHost(), clock=Clock(), new_id=lambda: "id", secrets=secrets)
        with pytest.raises(TypeError, match=r"inventory=host"):
            service.admin.reconcile("acme", policy=STANDARD)
