"""The ghost never comes back: who was anonymised stays so, whatever identity providers say to the old id (POL-030)."""

from collections.abc import Callable

import pytest
from attrs import evolve

from policies.dastra import DASTRA
from scimcore.policy.triggers import AccountDeleted, Approved, Held, RolesSet, SettingsChanged, SignedIn, TimePassed
from scimcore.testing.host import HostAccount
from scimcore.testing.personas import Persona
from tests.stories.support import ADA, BEN, CAST, IDS, USER, Player

pytestmark = pytest.mark.parametrize("persona", CAST, ids=IDS)


def haunted(persona: Persona) -> tuple[Player, HostAccount]:
    """Ada in a team with Ben, worked and disabled; the account that she had."""
    player = Player.start(persona, DASTRA)
    player.assigns(ADA)
    player.assigns(BEN)
    player.pushes("Privacy", ADA, BEN)
    ghost = player.account_of(ADA).id
    player.signs_in(ghost)
    player.disables(ADA)
    return player, player.account(ghost)


def test_disabled_and_enabled_again_and_again_it_is_somebody_new_each_time(persona: Persona) -> None:
    player, ghost = haunted(persona)
    seen = {ghost.id}
    for _ in range(4):
        player.enables(ADA)
        fresh = player.account_of(ADA)
        assert fresh.id not in seen and fresh.state == "active"
        assert player.team("Privacy").members == {fresh.id, player.account_of(BEN).id}
        seen.add(fresh.id)
        player.disables(ADA)
        assert player.account(ghost.id) == ghost
    gone = [account for account in player.accounts if account.id in seen]
    assert {(a.state, a.email, a.name, a.live) for a in gone} == {("anonymised", None, None, False)}
    assert player.seats_used == 1 and player.team("Privacy").members == {player.account_of(BEN).id}


def test_a_put_on_the_old_id_that_does_not_enable_gives_nothing_back(persona: Persona) -> None:
    player, ghost = haunted(persona)
    id = player.ids[ADA.user_name]
    whole = {"schemas": [USER], "userName": ADA.user_name, "displayName": "Ada Marlow", "externalId": "p-1"}
    for body in (whole, {**whole, "active": False}):
        answer = player.sends("PUT", f"/Users/{id}", body)
        assert answer.status == 200 and answer["active"] is False and "displayName" not in answer.body
    assert player.account(ghost.id) == ghost and len(player.accounts) == 2


def test_a_profile_update_of_a_disabled_user_is_not_kept(persona: Persona) -> None:
    player, ghost = haunted(persona)
    id = player.ids[ADA.user_name]
    answer = player.trial.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": "Admiral"})
    assert answer.status == 200 and "title" not in answer.body
    assert player.trial.get("/Users", query={"filter": 'title eq "Admiral"'})["totalResults"] == 0
    assert player.account(ghost.id) == ghost


def test_a_group_pushed_while_disabled_waits_for_the_new_account(persona: Persona) -> None:
    player, ghost = haunted(persona)
    player.pushes("Security", ADA)
    player.pushes("Privacy", BEN)
    assert player.team("Security").members == frozenset()
    player.enables(ADA)
    assert player.team("Security").members == {player.account_of(ADA).id}
    assert player.team("Privacy").members == {player.account_of(BEN).id}
    assert player.account(ghost.id) == ghost


def test_a_group_removed_while_disabled_is_not_joined_afterwards(persona: Persona) -> None:
    player, _ = haunted(persona)
    player.removes_group("Privacy")
    player.enables(ADA)
    assert player.trial.host.teams("acme") == [] and player.account_of(ADA).state == "active"


def test_deleted_after_disabled_the_name_is_free_and_the_ghost_untouched(persona: Persona) -> None:
    player, ghost = haunted(persona)
    old = player.ids[ADA.user_name]
    player.deletes(ADA)
    assert player.account(ghost.id) == ghost
    assert player.assigns(ADA) != old
    assert player.account_of(ADA).id != ghost.id
    assert player.team("Privacy").members == {player.account_of(BEN).id}


def test_renamed_while_disabled_the_new_account_has_the_new_name(persona: Persona) -> None:
    player, ghost = haunted(persona)
    id = player.ids.pop(ADA.user_name)
    rename = {"op": "replace", "path": "userName", "value": "ada.reed@harbor.example"}
    assert player.trial.patch(f"/Users/{id}", rename).status == 200
    renamed = evolve(ADA, user_name="ada.reed@harbor.example")
    player.ids[renamed.user_name] = id
    assert player.account(ghost.id) == ghost
    player.enables(renamed)
    assert player.account_of(renamed).email == "ada.reed@harbor.example"
    assert player.account(ghost.id) == ghost


def test_enabled_in_a_full_house_it_is_refused_and_nothing_changed(persona: Persona) -> None:
    """POL-031."""
    player, ghost = haunted(persona)
    player.settings(seat_limit=1)
    before, handled = player.reads(ADA).body, len(player.trial.host.handled)
    for _ in range(2):
        answer = player.tries_to_enable(ADA)
        assert answer.status == 403 and "1 of 1" in answer["detail"]
    assert player.reads(ADA).body == before and before["active"] is False
    assert len(player.accounts) == 2 and len(player.trial.host.handled) == handled
    assert player.account(ghost.id) == ghost
    player.settings(seat_limit=2)
    player.enables(ADA)
    assert player.account_of(ADA).state == "active"


@pytest.mark.parametrize(
    "event",
    [
        lambda: SignedIn(),
        lambda: RolesSet(("owner",)),
        lambda: Held(True),
        lambda: Held(False),
        lambda: Approved(),
        lambda: SettingsChanged(),
        lambda: TimePassed(),
        lambda: AccountDeleted(),
    ],
    ids=["sign-in", "roles", "hold", "release", "approve", "settings", "time", "delete"],
)
def test_nothing_that_happens_in_the_product_reaches_the_successor_through_the_ghost(
    persona: Persona, event: Callable[[], SignedIn]
) -> None:
    player, ghost = haunted(persona)
    player.enables(ADA)
    fresh = player.account_of(ADA)
    told = player.happens(event(), ghost.id)
    assert told.managed is False
    assert player.account_of(ADA) == fresh and player.account(ghost.id) == ghost


def test_a_late_effect_of_the_ghost_finds_the_ghost(persona: Persona) -> None:
    """The host handles nothing at once: what is drained after the new account is there still hits the old one."""
    player = Player.start(persona, DASTRA)
    player.assigns(ADA)
    ghost = player.account_of(ADA).id
    player.signs_in(ghost)
    player.trial.host.later = frozenset({"Anonymise", "RevokeCredentials", "SyncMemberships"})
    player.disables(ADA)
    player.enables(ADA)
    fresh = player.account_of(ADA)
    assert player.account(ghost).live and fresh.id != ghost
    player.trial.host.later = frozenset()
    while player.trial.service.worker.drain("acme", policy=DASTRA):
        pass
    assert (player.account(ghost).state, player.account(ghost).live) == ("anonymised", False)
    assert player.account_of(ADA) == fresh


def test_created_again_by_a_provider_that_forgot_the_id_it_is_told_to_enable(persona: Persona) -> None:
    """POL-033: GET and POST agree about who exists."""
    player, ghost = haunted(persona)
    answer = player.trial.post("/Users", {"schemas": [USER], "userName": ADA.user_name})
    assert answer.status == 409 and "enable" in answer["detail"]
    player.assigns(ADA)
    assert player.account_of(ADA).id != ghost.id
