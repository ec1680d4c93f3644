"""The last owner stays, whatever the request looks like: over HTTP, with a product that looks at its own accounts."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from attrs import evolve

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore._driver import run
from scimcore.policy import (
    ANONYMISE_LEAVERS,
    INVITE_MEMBERS,
    STANDARD,
    SUSPEND,
    Deactivate,
    GroupRole,
    Linking,
    Policy,
    Protection,
    Reactivate,
    Roles,
)
from scimcore.policy.facts import Facts
from scimcore.policy.plans import Ask
from scimcore.policy.triggers import Approved, RolesSet, SettingsChanged
from scimcore.schema import USER_URN
from scimcore.service.deciding import _GATHER
from scimcore.testing.trial import Answer
from tests.service.support import HOUR, OFF, Stage, drop_member, policy, replace, start

BOSS = "boss@acme.com"
EVA = "eva@acme.com"
PRESETS = (STANDARD, SUSPEND, ANONYMISE_LEAVERS, INVITE_MEMBERS, DASTRA, SECODA)
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def owned(chosen: Policy, **boss: Any) -> Stage:
    stage = start(chosen)
    stage.settings(verified_domains=("acme.com",))
    stage.host.add("acme", BOSS, owner=True, roles=("owner",), **boss)
    return stage


def body(**more: object) -> dict[str, object]:
    return {"schemas": [USER_URN], "userName": BOSS, **more}


def bulk(stage: Stage, *operations: dict[str, object]) -> list[int]:
    answer = stage.trial.post("/Bulk", {"schemas": [BULK], "Operations": list(operations)})
    assert answer.status == 200, answer.body
    return [int(operation["status"]) for operation in answer["Operations"]]


def patched(*operations: dict[str, object]) -> Callable[[Stage, str], int]:
    return lambda stage, user: stage.trial.patch(f"/Users/{user}", *operations).status


def put(**more: object) -> Callable[[Stage, str], int]:
    return lambda stage, user: stage.trial.put(f"/Users/{user}", body(**more)).status


def linked(stage: Stage, **more: object) -> str:
    answer = stage.trial.post("/Users", body(**more))
    assert answer.status == 201, answer.body
    return str(answer["id"])


def assert_owner_works(stage: Stage) -> None:
    boss = stage.account()
    assert (boss.owner, boss.state, boss.email) == (True, "active", BOSS)
    assert boss.roles == ("owner",)


CREATES: dict[str, Callable[[Stage], int]] = {
    "disabled": lambda s: s.trial.post("/Users", body(active=False)).status,
    "disabled, as text": lambda s: s.trial.post("/Users", body(active="False")).status,
    "disabled, in other letters": lambda s: s.trial.post("/Users", body(userName="Boss@ACME.com", active=False)).status,
    "disabled, by e-mail": lambda s: (
        s.trial.post(
            "/Users", body(userName="boss", active=False, emails=[{"value": BOSS, "type": "work", "primary": True}])
        ).status
    ),
    "disabled, in bulk": lambda s: bulk(
        s, {"method": "POST", "path": "/Users", "bulkId": "b", "data": body(active=False)}
    )[0],
    "disabled, with an externalId": lambda s: s.trial.post("/Users", body(active=False, externalId="1")).status,
}

LEAVING: dict[str, Callable[[Stage, str], int]] = {
    "PATCH": patched(dict(OFF)),
    "PATCH without a path": patched({"op": "replace", "value": {"active": False}}),
    "PATCH with capitals": patched({"op": "Replace", "path": "Active", "value": "False"}),
    "PATCH with add": patched({"op": "add", "path": "active", "value": False}),
    "PATCH by URN": patched({"op": "replace", "path": f"{USER_URN}:active", "value": False}),
    "PATCH with a URN key": patched({"op": "replace", "value": {f"{USER_URN}:active": False}}),
    "PATCH in a list": patched({"op": "replace", "path": "title", "value": "x"}, dict(OFF)),
    "PATCH off, on, off": patched(dict(OFF), {"op": "replace", "path": "active", "value": True}, dict(OFF)),
    "PUT": put(active=False),
    "PUT as text": put(active="False"),
    "PUT with more": put(active=False, title="Boss", displayName="The boss"),
    "DELETE": lambda s, user: s.trial.delete(f"/Users/{user}").status,
    "bulk PATCH": lambda s, user: bulk(
        s,
        {"method": "PATCH", "path": f"/Users/{user}", "data": {"schemas": [PATCH_OP], "Operations": [dict(OFF)]}},
    )[0],
    "bulk PUT": lambda s, user: bulk(s, {"method": "PUT", "path": f"/Users/{user}", "data": body(active=False)})[0],
    "bulk DELETE": lambda s, user: bulk(s, {"method": "DELETE", "path": f"/Users/{user}"})[0],
}


@pytest.mark.parametrize("chosen", PRESETS, ids=lambda p: p.name)
class TestTheLastOwner:
    @pytest.mark.parametrize("shape", CREATES)
    def test_is_not_disabled_by_the_create_that_links(self, chosen: Policy, shape: str) -> None:
        stage = owned(chosen)
        assert CREATES[shape](stage) == 403
        assert_owner_works(stage)
        assert stage.trial.get("/Users")["totalResults"] == 0

    @pytest.mark.parametrize("shape", LEAVING)
    def test_is_not_taken_away_after_linking(self, chosen: Policy, shape: str) -> None:
        stage = owned(chosen)
        id = linked(stage)
        assert LEAVING[shape](stage, id) == 403
        assert_owner_works(stage)
        assert stage.trial.get(f"/Users/{id}")["active"] is True

    @pytest.mark.parametrize("shape", CREATES)
    def test_may_go_when_another_stays(self, chosen: Policy, shape: str) -> None:
        stage = owned(chosen)
        stage.host.add("acme", EVA, owner=True, roles=("owner",))
        assert CREATES[shape](stage) == 201
        assert stage.account().state in ("suspended", "anonymised")
        assert stage.account(1).state == "active"

    def test_one_of_two_stays_when_both_are_created_disabled(self, chosen: Policy) -> None:
        stage = owned(chosen)
        stage.host.add("acme", EVA, owner=True, roles=("owner",))
        boss = {"method": "POST", "path": "/Users", "bulkId": "b", "data": body(active=False)}
        eva = {"method": "POST", "path": "/Users", "bulkId": "e", "data": body(userName=EVA, active=False)}
        assert bulk(stage, boss, eva) == [201, 403]
        assert stage.account(1).state == "active"

    @pytest.mark.parametrize("passing", ["ignore", "retain"])
    def test_stays_when_the_request_is_passed_over(self, chosen: Policy, passing: Any) -> None:
        stage = owned(evolve(chosen, protection=Protection(last_owner=passing)))
        answer = stage.trial.post("/Users", body(active=False))
        assert (answer.status, answer.body.get("active")) in ((201, True), (403, None))
        assert_owner_works(stage)

    def test_stays_when_the_connection_ends(self, chosen: Policy) -> None:
        ending = evolve(chosen, linking=evolve(chosen.linking, on_disconnect="suspend"))
        stage = owned(ending)
        linked(stage)
        stage.trial.service.admin.disconnect("acme", "idp-1", policy=ending)
        assert_owner_works(stage)


class TestRoles:
    GROUPS = Roles(sources=("groups",), not_grantable=(), mappings=(GroupRole("Bosses", "owner"),))

    def owner_by_group(self) -> tuple[Stage, str, str]:
        stage = start(policy(roles=self.GROUPS))
        user = stage.user(BOSS)
        group = stage.trial.group("Bosses", user)
        stage.host.change("acme", stage.account().id, owner=True)
        assert stage.account().roles == ("owner",)
        return stage, user, group

    @pytest.mark.parametrize(
        "act",
        [
            lambda s, u, g: s.trial.patch(f"/Groups/{g}", drop_member(u)),
            lambda s, u, g: s.trial.patch(f"/Groups/{g}", {"op": "replace", "path": "members", "value": []}),
            lambda s, u, g: s.trial.patch(f"/Groups/{g}", replace("displayName", "Nobody")),
            lambda s, u, g: s.trial.put(f"/Groups/{g}", {"displayName": "Bosses"}),
            lambda s, u, g: s.trial.delete(f"/Groups/{g}"),
        ],
        ids=["removed", "emptied", "renamed", "put", "deleted"],
    )
    def test_are_not_lost_through_a_group(self, act: Callable[[Stage, str, str], Answer]) -> None:
        stage, user, group = self.owner_by_group()
        assert act(stage, user, group).status == 403
        assert stage.account().roles == ("owner",)

    def test_are_not_lost_through_an_attribute(self) -> None:
        stage = start(policy(roles=Roles(sources=("userType",), not_grantable=())))
        id = stage.user(BOSS, userType="owner")
        stage.host.change("acme", stage.account().id, owner=True)
        for operation in (replace("userType", "viewer"), {"op": "remove", "path": "userType"}):
            assert stage.trial.patch(f"/Users/{id}", operation).status == 403
        assert stage.trial.put(f"/Users/{id}", body(userType="viewer")).status == 403
        assert stage.account().roles == ("owner",)

    def test_are_not_lost_when_a_create_restores_the_owner(self) -> None:
        stage = start(
            policy(
                roles=Roles(sources=("userType",), not_grantable=()),
                reactivate=Reactivate(on_post="restore", post_needs="user_name"),
            )
        )
        id = stage.user(BOSS, userType="owner")
        stage.host.change("acme", stage.account().id, owner=True)
        stage.host.add("acme", EVA, owner=True)
        stage.off(id)
        stage.host.change("acme", stage.account(1).id, owner=False)
        assert stage.trial.post("/Users", body(userType="viewer")).status == 403

    def test_are_not_lost_by_an_admin_of_the_product(self) -> None:
        stage = owned(STANDARD)
        linked(stage)
        assert stage.tell(RolesSet(("viewer",))).refusal is not None
        assert_owner_works(stage)


class TestAnOwnerWhoLeavesLater:
    """In a grace period, or until an approval, the account works; but the tenant is not left to it."""

    LATER = (Deactivate(timing="grace", grace_hours=24), Deactivate(timing="approval"))

    def two(self, later: Deactivate) -> tuple[Stage, str, str]:
        stage = owned(policy(deactivate=later))
        stage.host.add("acme", EVA, owner=True, roles=("owner",))
        return stage, linked(stage), linked(stage, userName=EVA)

    @pytest.mark.parametrize("later", LATER, ids=lambda d: d.timing)
    def test_is_not_the_one_who_stays(self, later: Deactivate) -> None:
        stage, boss, eva = self.two(later)
        stage.off(boss)
        stage.off(eva, status=403)
        stage.delete(eva, status=403)
        stage.later(25 * HOUR)
        assert stage.account(1).state == "active"

    @pytest.mark.parametrize("later", LATER, ids=lambda d: d.timing)
    def test_counts_again_when_enabled_in_time(self, later: Deactivate) -> None:
        stage, boss, eva = self.two(later)
        stage.off(boss)
        stage.on(boss)
        stage.off(eva)

    @pytest.mark.parametrize("later", LATER, ids=lambda d: d.timing)
    def test_is_not_deleted_when_the_other_has_gone(self, later: Deactivate) -> None:
        stage, boss, _ = self.two(later)
        stage.off(boss)
        stage.host.change("acme", stage.account(1).id, owner=False)
        stage.delete(boss, status=403)
        assert stage.account().state == "active"

    def test_is_not_approved_when_the_other_has_gone(self) -> None:
        stage, boss, _ = self.two(Deactivate(timing="approval"))
        stage.off(boss)
        stage.host.change("acme", stage.account(1).id, owner=False)
        assert stage.tell(Approved(granted=True)).refusal is not None
        assert stage.account().state == "active"
        assert stage.tell(Approved(granted=False)).refusal is None
        assert stage.trial.get(f"/Users/{boss}")["active"] is True

    def test_is_not_approved_through_a_link_that_waited(self) -> None:
        stage = owned(policy(linking=Linking(steps=("confirm",))))
        id = linked(stage)
        stage.off(id)
        assert stage.tell(Approved(granted=True)).refusal is not None
        assert_owner_works(stage)


async def _ask(needs: Ask) -> None:
    await _GATHER["other_owner"](cast(Any, None), Facts(now=0), SettingsChanged(), needs)


def test_a_question_for_another_owner_names_somebody() -> None:
    with pytest.raises(ValueError, match="names no account"):
        run(_ask(Ask(("other_owner",))))
