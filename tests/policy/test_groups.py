"""Groups and teams (POL-110 to POL-119)."""

import pytest
from attrs import evolve

from scimcore.policy import STANDARD, GroupRole, Groups, GroupTeam, Linking, Plan, Policy, Roles, SeatPool, Seats
from scimcore.policy.effects import (
    CreateTeam,
    DeleteTeam,
    RenameTeam,
    ReserveSeat,
    RevokeCredentials,
    SetRoles,
    SyncTeam,
)
from scimcore.policy.exports import listed, offers, serves
from scimcore.policy.facts import Account, GroupFact, MemberFact, SeatCount, Team
from scimcore.policy.triggers import Disconnected, Edited
from tests.policy.support import (
    ANN,
    GROUP,
    TEAM,
    bound,
    disable,
    facts,
    group,
    members,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    regroup,
    ungroup,
)


def policy(**choices: object) -> Policy:
    return Policy(groups=Groups(**choices))  # type: ignore[arg-type]


def mapped(*teams: GroupTeam) -> Policy:
    return policy(mode="mapped", teams=teams)


BY_GROUPS = Policy(roles=Roles(sources=("groups",), mappings=(GroupRole("sales", "seller"),)))


class TestMode:
    """POL-110: create team / admin mapping / store only / role mapping only / groups off."""

    def test_a_team_of_its_own_named_by_the_groups_id(self) -> None:
        plan = plan_for(STANDARD, facts(), group("u1", "u2"), members=members(u1="active", u2="active"))
        assert plan.outcome == "created"
        assert one(plan, CreateTeam) == CreateTeam(account="", team="g-1")
        assert one(plan, SyncTeam) == SyncTeam(account="", team="g-1", join=("a-u1", "a-u2"))
        assert plan.binding == evolve(GROUP, account="g-1", connection="c-1", since=plan.binding.since)  # type: ignore[union-attr]

    def test_an_empty_group_asks_for_nobody(self) -> None:
        plan, asked = plan_and_needs(STANDARD, facts(), group())
        assert asked == () and names(plan) == ["CreateTeam"]

    def test_the_teams_that_an_admin_connected(self) -> None:
        chosen = mapped(GroupTeam("SALES", "t-1"), GroupTeam("g-1", "t-2"), GroupTeam("Law", "t-3"))
        plan = plan_for(chosen, facts(), group("u1"), members=members(u1="active"))
        assert [e.team for e in plan.effects if isinstance(e, SyncTeam)] == ["t-1", "t-2"]
        assert "CreateTeam" not in names(plan)
        gone = disable(chosen, groups=(GroupFact(id="g-1", name="Sales"),))
        assert "SyncMemberships" in names(gone)

    @pytest.mark.parametrize("mode", ["store", "roles"])
    def test_stored_and_no_team(self, mode: str) -> None:
        chosen = Policy(groups=Groups(mode=mode), roles=BY_GROUPS.roles if mode == "roles" else Roles())  # type: ignore[arg-type]
        plan = plan_for(chosen, facts(), group("u1"), members=members(u1="active"))
        assert not {"CreateTeam", "SyncTeam"} & set(names(plan))
        assert "SyncMemberships" not in names(disable(chosen))

    def test_off(self) -> None:
        chosen = policy(mode="off")
        refused(plan_for(chosen, facts(), group()), 501, "SC-2024")
        assert not serves(chosen, "Group") and serves(chosen, "User") and serves(STANDARD, "Group")
        assert "groups" in offers(STANDARD) - offers(chosen)


class TestCollision:
    """POL-111: name_collision with a local team = beside / adopt / 409 / suffix."""

    there = Team(id="t-7")

    def test_left_alone_by_default_and_not_looked_for(self) -> None:
        assert "team" not in plan_and_needs(STANDARD, facts(), group())[1]

    def test_adopted_unless_another_group_has_it(self) -> None:
        chosen = policy(collision="adopt")
        plan = plan_for(chosen, facts(), group(), team=self.there)
        assert one(plan, CreateTeam) == CreateTeam(account="", team="t-7", adopt=True)
        assert plan.binding is not None and plan.binding.account == "t-7"
        refused(plan_for(chosen, facts(), group(), team=Team(id="t-7", managed=True)), 409, "SC-2027", "uniqueness")
        assert one(plan_for(chosen, facts(), group()), CreateTeam) == CreateTeam(account="", team="g-1")

    def test_refused(self) -> None:
        refused(plan_for(policy(collision="conflict"), facts(), group(), team=self.there), 409, "SC-2027", "uniqueness")

    def test_a_number_behind_the_name(self) -> None:
        plan = plan_for(policy(collision="suffix"), facts(), group(), team=self.there)
        assert one(plan, CreateTeam) == CreateTeam(account="", team="g-1", suffix=" (2)")

    def test_a_group_of_that_name_is_a_clash(self) -> None:
        detail = refused(
            plan_for(STANDARD, facts(namesake=GROUP), group(name="Sales EU")), 409, "SC-2004", "uniqueness"
        )
        assert "Group 'Sales EU' exists already" in detail


class TestRename:
    """POL-112: rename team / keep team name."""

    change = regroup(before="Sales", after="Revenue")

    def test_renamed_or_kept(self) -> None:
        assert one(plan_for(STANDARD, facts(GROUP), self.change), RenameTeam) == RenameTeam(account="", team="team-1")
        assert plan_for(policy(rename="keep"), facts(GROUP), self.change).effects == ()


class TestAnotherMeaning:
    """POL-062, POL-067: a new name can mean other roles and other teams; then every member is looked at."""

    change = regroup(before="Law", after="Sales")

    def test_roles_follow_the_new_name(self) -> None:
        member = MemberFact(binding=bound(), data=ANN, groups=(TEAM,), account=Account(id="a-1"))
        plan = plan_for(BY_GROUPS, facts(GROUP), self.change, members={"u-1": member})
        assert SetRoles(account="a-1", roles=("seller",)) in plan.effects

    def test_everybody_is_asked_for_only_where_it_matters(self) -> None:
        from scimcore.policy.deciding import decide
        from scimcore.policy.plans import Ask

        ask = decide(BY_GROUPS, facts(GROUP), self.change)
        assert isinstance(ask, Ask) and ask.everyone and ask.details
        assert plan_and_needs(BY_GROUPS, facts(GROUP), regroup(before="Law", after="Tax"))[1] == ()
        assert plan_and_needs(STANDARD, facts(GROUP), self.change)[1] == ()

    def test_teams_follow_the_new_name(self) -> None:
        chosen = mapped(GroupTeam("Law", "t-law"), GroupTeam("Sales", "t-sales"))
        plan = plan_for(chosen, facts(GROUP), self.change, members=members(u1="active", u2="suspended"))
        syncs = [e for e in plan.effects if isinstance(e, SyncTeam)]
        assert syncs == [
            SyncTeam(account="", team="t-sales", everyone=True, keep_others=True),
            SyncTeam(account="", team="t-law", leave=("a-u1",)),
        ]


class TestDelete:
    """POL-113: delete the team, users stay / unlink / archive; access only through it is lost or kept."""

    @pytest.mark.parametrize("mode", ["delete", "unlink", "archive"])
    def test_the_team(self, mode: str) -> None:
        plan = plan_for(policy(on_delete=mode), facts(GROUP), ungroup("u1"), members=members(u1="active"))
        assert plan.outcome == "deleted" and names(plan) == ["DeleteTeam"]
        assert one(plan, DeleteTeam) == DeleteTeam(account="", team="team-1", mode=mode)  # type: ignore[arg-type]

    def test_users_are_not_looked_at_where_roles_do_not_follow(self) -> None:
        assert plan_and_needs(STANDARD, facts(GROUP), ungroup("u1"))[1] == ()

    @pytest.mark.parametrize(("choice", "kept"), [("recompute", ()), ("keep", None)])
    def test_roles_that_came_from_it(self, choice: str, kept: tuple[str, ...] | None) -> None:
        chosen = Policy(groups=Groups(roles_after_delete=choice), roles=BY_GROUPS.roles)  # type: ignore[arg-type]
        seller = MemberFact(binding=bound(roles=("seller",)), data=ANN, groups=(), account=Account(id="a-1"))
        plan = plan_for(chosen, facts(GROUP), ungroup("u-1"), members={"u-1": seller})
        given_ = [e for e in plan.effects if isinstance(e, SetRoles)]
        assert given_ == ([] if kept is None else [SetRoles(account="a-1", roles=("member",))])


class TestMembership:
    """POL-114: idp locked / additive / local."""

    def test_deltas_touch_nobody_else(self) -> None:
        change = regroup("u1", removed=("u2",))
        plan = plan_for(STANDARD, facts(GROUP), change, members=members(u1="active", u2="active"))
        assert one(plan, SyncTeam) == SyncTeam(account="", team="team-1", join=("a-u1",), leave=("a-u2",))

    @pytest.mark.parametrize("choice", ["locked", "additive"])
    def test_a_whole_list_says_whether_others_stay(self, choice: str) -> None:
        chosen = policy(membership=choice, whole_above=1)
        effect = one(plan_for(chosen, facts(GROUP), regroup("u1", "u2")), SyncTeam)
        assert effect == SyncTeam(account="", team="team-1", everyone=True, keep_others=choice == "additive")

    def test_local_means_stored_only(self) -> None:
        plan = plan_for(policy(membership="local"), facts(GROUP), regroup("u1"), members=members(u1="active"))
        assert plan.effects == () and plan.outcome == "updated"

    def test_local_edits(self) -> None:
        refused(plan_for(STANDARD, facts(GROUP), Edited(("members",))), 403, "SC-2023")
        assert plan_for(policy(membership="additive"), facts(GROUP), Edited(("members",))).outcome == "accepted"


def test_unknown_members_are_a_choice() -> None:
    """POL-115: the service looks them up; the choice is the policy's."""
    assert STANDARD.groups.unknown_member == "reject"
    assert {policy(unknown_member=c).groups.unknown_member for c in ("ignore", "keep")} == {"ignore", "keep"}


class TestNested:
    """POL-116: nested_groups = reject 400 / store / flatten."""

    def test_stored_and_worth_nothing(self) -> None:
        plan = plan_for(STANDARD, facts(GROUP), regroup(nested=("g-2",)))
        assert plan.outcome == "updated" and plan.effects == ()

    def test_rejected(self) -> None:
        refused(
            plan_for(policy(nested="reject"), facts(GROUP), regroup(nested=("g-2",))), 400, "SC-2025", "invalidValue"
        )

    def test_flattened_as_a_whole(self) -> None:
        effect = one(plan_for(policy(nested="flatten"), facts(GROUP), regroup(nested=("g-2",))), SyncTeam)
        assert effect == SyncTeam(account="", team="team-1", everyone=True)


class TestLimits:
    """POL-117: max_members, max_groups."""

    def test_members(self) -> None:
        chosen = policy(max_members=2)
        answers = {"members": members(u1="active")}
        assert plan_for(chosen, facts(GROUP), regroup("u1"), member_count=2, **answers).outcome == "updated"
        plan = plan_for(chosen, facts(GROUP), regroup("u1"), member_count=3, **answers)
        assert "the limit is 2" in refused(plan, 400, "SC-2026", "invalidValue")
        assert plan_for(chosen, facts(GROUP), regroup(removed=("u1",)), member_count=9, **answers).outcome == "updated"

    def test_groups(self) -> None:
        chosen = policy(max_groups=1)
        assert plan_for(chosen, facts(), group(), group_count=0).outcome == "created"
        refused(plan_for(chosen, facts(), group(), group_count=1), 400, "SC-2026", "invalidValue")


class TestInactiveMembers:
    """POL-118: inactive or invited members: listed or hidden; the rows stay. They count only once they are active."""

    def test_listed_or_hidden(self) -> None:
        assert listed(STANDARD, bound("invited")) and listed(STANDARD, bound("suspended"))
        chosen = policy(inactive_members="hidden")
        assert not listed(chosen, bound("invited")) and not listed(chosen, bound("suspended"))
        assert listed(chosen, bound()) and listed(chosen, None)

    def test_only_those_who_can_work_join(self) -> None:
        states = members(u1="active", u2="invited", u3="suspended", u4="anonymised", u5="pending")
        plan = plan_for(STANDARD, facts(GROUP), regroup(*states), members=states)
        assert one(plan, SyncTeam) == SyncTeam(account="", team="team-1", join=("a-u1",))

    def test_a_held_member_does_not_count(self) -> None:
        held = {"u1": MemberFact(binding=bound(resource="u1", held=True))}
        assert plan_for(STANDARD, facts(GROUP), regroup("u1"), members=held).effects == ()


class TestReauthentication:
    """POL-119: a membership change may revoke sessions, for exactly the affected users."""

    def test_on_and_off(self) -> None:
        states = members(u1="active", u2="active", u3="suspended")
        change = regroup("u1", "u3", removed=("u2",))
        plan = plan_for(policy(reauthenticate=True), facts(GROUP), change, members=states)
        revoked = [e for e in plan.effects if isinstance(e, RevokeCredentials)]
        assert {e.account for e in revoked} == {"a-u1", "a-u2"}
        assert {e.kinds for e in revoked} == {("sessions", "refresh_tokens")}
        assert "RevokeCredentials" not in names(plan_for(STANDARD, facts(GROUP), change, members=states))


class TestRoles:
    """POL-062, POL-067: roles by groups, recomputed for each member that a change touches."""

    def member(self, *of: str, **values: object) -> MemberFact:
        mine = tuple(GroupFact(id=f"id-{name}", name=name) for name in of)
        return MemberFact(binding=bound(**values), data=ANN, groups=mine, account=Account(id="a-1"))  # type: ignore[arg-type]

    def push(self, member: MemberFact, chosen: Policy = BY_GROUPS, **answers: object) -> Plan:
        return plan_for(chosen, facts(GROUP), regroup("u-1"), members={"u-1": member}, **answers)

    def test_given_and_remembered(self) -> None:
        plan = self.push(self.member("Sales"))
        assert SetRoles(account="a-1", roles=("seller",)) in plan.effects
        assert [b.roles for b in plan.bindings] == [("seller",)]

    def test_unchanged_ones_are_left_alone(self) -> None:
        plan = self.push(self.member("Sales", roles=("seller",)))
        assert plan.bindings == () and "SetRoles" not in names(plan)

    def test_what_an_admin_set_stays(self) -> None:
        plan = self.push(self.member("Sales", roles=("admin",), override=("admin",)))
        assert plan.bindings == ()

    def test_the_disabled_follow_unless_they_come_back_as_before(self) -> None:
        assert self.push(self.member("Sales", state="suspended")).bindings != ()

    def test_everyone_is_asked_for_in_full(self) -> None:
        from scimcore.policy.deciding import decide
        from scimcore.policy.plans import Ask

        for chosen, details in ((BY_GROUPS, True), (STANDARD, False)):
            ask = decide(chosen, facts(GROUP), regroup("u-1"))
            assert isinstance(ask, Ask) and ask.needs == ("members",) and ask.details is details

    def test_a_role_of_another_pool_needs_a_seat_there(self) -> None:
        """POL-044."""
        chosen = Policy(roles=BY_GROUPS.roles, seats=Seats(pools=(SeatPool("sellers", ("seller",)),)))
        free, full = SeatCount(9, 9, {"sellers": SeatCount(1, 0)}), SeatCount(9, 0, {"sellers": SeatCount(1, 1)})
        assert ReserveSeat(account="a-1", pool="sellers") in self.push(self.member("Sales"), chosen, seats=free).effects
        refused(self.push(self.member("Sales"), chosen, seats=full), 403, "SC-2003")


def test_the_teams_stay_when_the_connection_ends() -> None:
    """POL-086: groups become local, or go."""
    assert one(plan_for(STANDARD, facts(GROUP), Disconnected()), DeleteTeam) == DeleteTeam(
        account="", team="team-1", mode="unlink"
    )
    chosen = Policy(linking=Linking(groups_on_disconnect="delete"))
    assert one(plan_for(chosen, facts(GROUP), Disconnected()), DeleteTeam) == DeleteTeam(account="", team="team-1")
