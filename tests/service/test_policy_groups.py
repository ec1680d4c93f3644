"""What a group is in the product: each choice set, seen to act over HTTP, and explained."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.policy import Create, GroupRole, Groups, GroupTeam, Roles
from scimcore.policy import effects as e
from scimcore.policy.triggers import Edited
from scimcore.schema import GROUP_URN
from scimcore.service import Limits
from scimcore.testing.trial import Trial
from tests.service.support import ADA, BEN, Stage, add_member, drop_member, members, policy, replace, start


class TestMode:
    """POL-110: five modes, their effects and their resource types."""

    @pytest.mark.parametrize(
        ("chosen", "teams"),
        [
            (Groups(), {"Sales"}),
            (Groups(mode="store"), set()),
            (Groups(mode="mapped", teams=(GroupTeam("Sales", "t-9"),)), {""}),
        ],
    )
    def test_is(self, chosen: Groups, teams: set[str]) -> None:
        stage = start(groups=chosen)
        user = stage.user()
        group = stage.trial.group("Sales", user)
        assert {team.name for team in stage.host.teams("acme")} == teams
        assert members(stage.trial.get(f"/Groups/{group}")) == [user]

    def test_roles_need_a_mapping(self) -> None:
        with pytest.raises(ValueError, match="POL-110"):
            policy(groups=Groups(mode="roles"))
        roles = Roles(sources=("groups",), mappings=(GroupRole("Sales", "seller"),))
        stage = start(groups=Groups(mode="roles"), roles=roles)
        stage.trial.group("Sales", stage.user())
        assert stage.account().roles == ("seller",)
        assert stage.host.teams("acme") == []

    def test_off_is_not_there_at_all(self) -> None:
        from scimcore.dialects import RFC

        stage = start(groups=Groups(mode="off"), dialect=RFC)
        assert stage.trial.post("/Groups", {"schemas": [GROUP_URN], "displayName": "Sales"}).status in (404, 501)
        types = stage.trial.get("/ResourceTypes")["Resources"]
        assert [type["name"] for type in types] == ["User"]

    def test_several_groups_of_one_team_keep_who_is_in_another(self) -> None:
        teams = (GroupTeam("Sales", "t-9"), GroupTeam("Field", "t-9"))
        stage = start(groups=Groups(mode="mapped", teams=teams))
        user = stage.user()
        sales, _ = stage.trial.group("Sales", user), stage.trial.group("Field", user)
        stage.regroup(sales, drop_member(user))
        assert stage.host.members("acme", "") == {ADA}

    def test_a_renamed_group_takes_its_people_to_another_team(self) -> None:
        teams = (GroupTeam("Sales", "t-1"), GroupTeam("Support", "t-2"))
        stage = start(groups=Groups(mode="mapped", teams=teams))
        group = stage.trial.group("Sales", stage.user(), stage.user(BEN))
        stage.regroup(group, replace("displayName", "Support"))
        assert {team.id: len(team.members) for team in stage.host.teams("acme")} == {"t-1": 0, "t-2": 2}


class TestCollision:
    """POL-111: a local team of that name."""

    @pytest.mark.parametrize(
        ("choice", "status", "names"),
        [
            ("beside", 201, ["Sales", "Sales"]),
            ("adopt", 201, ["Sales"]),
            ("conflict", 409, ["Sales"]),
            ("suffix", 201, ["Sales", "Sales (2)"]),
        ],
    )
    def test_is(self, choice: str, status: int, names: list[str]) -> None:
        stage = start(groups=Groups(collision=choice))  # type: ignore[arg-type]
        stage.host.add_team("acme", "Sales")
        answer = stage.trial.post("/Groups", {"schemas": [GROUP_URN], "displayName": "Sales"})
        assert answer.status == status
        assert sorted(team.name for team in stage.host.teams("acme")) == names
        assert "groups.collision" in stage.notes()

    def test_an_adopted_team_gets_the_groups_people_and_another_group_cannot_have_it(self) -> None:
        stage = start(groups=Groups(collision="adopt"))
        stage.host.add_team("acme", "Sales")
        stage.trial.group("Sales", stage.user())
        assert stage.host.members("acme", "Sales") == {ADA}
        answer = stage.trial.post("/Groups", {"schemas": [GROUP_URN], "displayName": "sales"})
        assert answer.status == 409


class TestRenameAndDelete:
    """POL-112, POL-113."""

    @pytest.mark.parametrize(("choice", "name"), [("rename", "Field"), ("keep", "Sales")])
    def test_rename(self, choice: str, name: str) -> None:
        stage = start(groups=Groups(rename=choice))  # type: ignore[arg-type]
        group = stage.trial.group("Sales")
        stage.regroup(group, replace("displayName", "Field"))
        assert [team.name for team in stage.host.teams("acme")] == [name]
        assert stage.trial.get(f"/Groups/{group}")["displayName"] == "Field"

    @pytest.mark.parametrize(("choice", "left"), [("delete", []), ("unlink", [False]), ("archive", [True])])
    def test_delete(self, choice: str, left: list[bool]) -> None:
        stage = start(groups=Groups(on_delete=choice))  # type: ignore[arg-type]
        group = stage.trial.group("Sales", stage.user())
        assert stage.trial.delete(f"/Groups/{group}").status == 204
        assert [team.archived for team in stage.host.teams("acme")] == left
        assert stage.account().state == "active"

    @pytest.mark.parametrize(("choice", "roles"), [("recompute", ("member",)), ("keep", ("seller",))])
    def test_roles_after_delete(self, choice: str, roles: tuple[str, ...]) -> None:
        mapped = Roles(sources=("groups",), mappings=(GroupRole("Sales", "seller"),))
        stage = start(groups=Groups(roles_after_delete=choice), roles=mapped)  # type: ignore[arg-type]
        group = stage.trial.group("Sales", stage.user())
        stage.trial.delete(f"/Groups/{group}")
        assert stage.account().roles == roles


class TestMembership:
    """POL-114: who says who is in a team."""

    @pytest.mark.parametrize(
        ("choice", "editable", "after"),
        [("locked", False, {ADA}), ("additive", True, {ADA, "local@acme.com"}), ("local", True, {"local@acme.com"})],
    )
    def test_is(self, choice: str, editable: bool, after: set[str]) -> None:
        stage = start(groups=Groups(membership=choice, whole_above=1))  # type: ignore[arg-type]
        ada, ben = stage.user(), stage.user(BEN)
        group = stage.trial.group("Sales")
        team = stage.host.teams("acme")[0]
        assert (stage.tell(Edited(("members",)), team.id).refusal is None) is editable
        local = stage.host.add("acme", "local@acme.com")
        stage.host.teams_of["acme"][team.id] = type(team)(id=team.id, name="Sales", members=frozenset({local}))
        stage.regroup(group, add_member(ada, ben))
        stage.regroup(group, {"op": "remove", "path": "members"}, add_member(ada))
        assert stage.host.members("acme", "Sales") == after

    def test_a_whole_list_replaces_the_team_unless_others_may_stay(self) -> None:
        """A change of more than `whole_above` members is handed over with everyone in it."""
        for choice, after in (("locked", {ADA, BEN}), ("additive", {ADA, BEN, "local@acme.com"})):
            stage = start(groups=Groups(membership=choice, whole_above=1))  # type: ignore[arg-type]
            ada, ben = stage.user(), stage.user(BEN)
            group = stage.trial.group("Sales")
            team = stage.host.teams("acme")[0]
            local = stage.host.add("acme", "local@acme.com")
            stage.host.teams_of["acme"][team.id] = type(team)(id=team.id, name="Sales", members=frozenset({local}))
            stage.regroup(group, add_member(ada, ben))
            assert stage.host.members("acme", "Sales") == after
            (sync,) = [x for x in stage.effects() if isinstance(x, e.SyncTeam)]
            assert sync.everyone and len(sync.join) == 2
            (kept,) = [x for x in stage.trial.service.admin.effects("acme") if x.type == "SyncTeam"]
            assert kept.effect == evolve(sync, join=())

    def test_a_whole_list_that_has_waited_is_as_it_is_when_it_is_handled(self) -> None:
        stage = start(groups=Groups(whole_above=1))
        stage.host.later = frozenset({"SyncTeam"})
        ada, ben = stage.user(), stage.user(BEN)
        stage.trial.group("Sales", ada, ben)
        stage.off(ben)
        stage.host.later = frozenset()
        stage.later(1)
        assert stage.host.members("acme", "Sales") == {ADA}

    def test_who_has_left_since_does_not_join_late(self) -> None:
        stage = start()
        stage.host.later = frozenset({"SyncTeam"})
        ben = stage.user(BEN)
        stage.trial.group("Sales", ben)
        stage.off(ben)
        stage.host.later = frozenset()
        stage.later(1)
        assert stage.host.members("acme", "Sales") == set()

    def test_reauthenticate_ends_the_sessions_of_exactly_those(self) -> None:
        """POL-119."""
        stage = start(groups=Groups(reauthenticate=True))
        ada, ben = stage.user(), stage.user(BEN)
        group = stage.trial.group("Sales", ada)
        stage.host.handled.clear()
        stage.regroup(group, add_member(ben))
        assert [x.account for x in stage.effects("RevokeCredentials")] == [stage.account(1).id]


class TestUnknownMember:
    """POL-115: reject 400 / ignore / keep pending until the user appears."""

    @pytest.mark.parametrize(("choice", "status"), [("reject", 400), ("ignore", 200), ("keep", 200)])
    def test_is(self, choice: str, status: int) -> None:
        stage = start(groups=Groups(unknown_member=choice))  # type: ignore[arg-type]
        group = stage.trial.group("Sales")
        answer = stage.regroup(group, add_member("x-1"), status=status)
        if status == 400:
            assert answer["scimType"] == "invalidValue"
        else:
            assert members(answer) == []
        user = stage.user(externalId="x-1")
        assert members(stage.trial.get(f"/Groups/{group}")) == ([user] if choice == "keep" else [])
        assert stage.host.members("acme", "Sales") == ({ADA} if choice == "keep" else set())

    def test_kept_joins_every_group_that_has_waited_once(self) -> None:
        stage = start(groups=Groups(unknown_member="keep"))
        first = stage.trial.group("Sales", "x-1")
        second = stage.trial.group("Field", ADA)
        user = stage.user(externalId="x-1")
        assert [members(stage.trial.get(f"/Groups/{group}")) for group in (first, second)] == [[user], [user]]
        assert {g["display"] for g in stage.trial.get(f"/Users/{user}")["groups"]} == {"Sales", "Field"}
        stage.regroup(first, drop_member(user))
        stage.delete(user)
        stage.user(externalId="x-1")
        assert members(stage.trial.get(f"/Groups/{first}")) == []

    def test_kept_is_forgotten_when_it_is_taken_out_or_replaced_or_the_group_goes(self) -> None:
        stage = start(groups=Groups(unknown_member="keep"))
        for number, undo in enumerate(
            (
                lambda group, name: stage.regroup(group, {"op": "remove", "path": f'members[value eq "{name}"]'}),
                lambda group, name: stage.trial.put(
                    f"/Groups/{group}", {"schemas": [GROUP_URN], "displayName": f"Team {group}"}
                ),
                lambda group, name: stage.trial.delete(f"/Groups/{group}"),
            )
        ):
            group = stage.trial.group(f"Team {number}", f"x-{number}")
            undo(group, f"x-{number}")
            user = stage.user(f"u{number}@acme.com", externalId=f"x-{number}")
            assert "groups" not in stage.trial.get(f"/Users/{user}").body

    def test_kept_waits_for_the_connections_own_users_only(self) -> None:
        stage = start(groups=Groups(unknown_member="keep"))
        group = stage.trial.group("Sales", "x-1")
        other = stage.trial.connect("acme", policy=stage.policy, id="other-idp")
        made = stage.trial.post("/Users", {"userName": ADA, "externalId": "x-1"}, token=other)
        assert made.status == 201
        assert members(stage.trial.get(f"/Groups/{group}")) == []
        user = stage.user(BEN, externalId="x-1")
        assert members(stage.trial.get(f"/Groups/{group}")) == [user]

    def test_kept_is_bounded_and_ends(self) -> None:
        chosen = policy(groups=Groups(unknown_member="keep"))
        stage = Stage(Trial.start(policy=chosen, limits=Limits(awaited_members=2)), chosen)
        group = stage.trial.group("Sales", "x-1", "x-2")
        stage.regroup(group, add_member("x-3"), status=400)
        stage.later(31 * 24 * 3_600_000_000)
        stage.regroup(group, add_member("x-3"))
        stage.user(externalId="x-1")
        assert members(stage.trial.get(f"/Groups/{group}")) == []


class TestNested:
    """POL-116: reject 400 / store / flatten; circles end."""

    @pytest.mark.parametrize(("choice", "status"), [("reject", 400), ("store", 200), ("flatten", 200)])
    def test_is(self, choice: str, status: int) -> None:
        stage = start(groups=Groups(nested=choice))  # type: ignore[arg-type]
        inner = stage.trial.group("Inner", stage.user())
        outer = stage.trial.group("Outer")
        stage.regroup(outer, add_member(inner), status=status)
        assert stage.host.members("acme", "Outer") == ({ADA} if choice == "flatten" else set())
        assert members(stage.trial.get(f"/Groups/{outer}")) == ([] if choice == "reject" else [inner])

    def test_flattened_reaches_through_and_back(self) -> None:
        roles = Roles(sources=("groups",), mappings=(GroupRole("Outer", "seller"),))
        stage = start(groups=Groups(nested="flatten"), roles=roles)
        ada, ben = stage.user(), stage.user(BEN)
        inner = stage.trial.group("Inner", ada)
        outer = stage.trial.group("Outer", inner, ben)
        assert stage.host.members("acme", "Outer") == {ADA, BEN}
        assert {a.roles for a in stage.accounts()} == {("seller",)}
        stage.regroup(inner, add_member(ben))
        stage.regroup(outer, drop_member(ben))
        assert stage.host.members("acme", "Outer") == {ADA, BEN}
        stage.regroup(inner, drop_member(ada))
        assert stage.host.members("acme", "Outer") == {BEN}
        assert stage.account().roles == ("member",)
        stage.off(ben)
        assert stage.host.members("acme", "Outer") == set()
        stage.on(ben)
        assert stage.host.members("acme", "Outer") == {BEN}
        stage.trial.delete(f"/Groups/{inner}")
        assert stage.host.members("acme", "Outer") == set()
        assert stage.account(1).roles == ("member",)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.booleans()), max_size=14))
    def test_flattened_is_what_can_be_reached(self, steps: list[tuple[int, int, bool]]) -> None:
        """Whatever is nested in whatever, in whatever order, circles too: teams and roles are a function of it."""
        names = ["A", "B", "C"]
        mapped = Roles(sources=("groups",), mappings=tuple(GroupRole(n, f"role-{n}") for n in names))
        stage = start(groups=Groups(nested="flatten"), roles=mapped)
        users = [stage.user(f"u{n}@acme.com") for n in range(3)]
        groups = [stage.trial.group(name) for name in names]
        inside: list[set[int]] = [set(), set(), set()]
        for holder, target, adds in steps:
            group, number = holder % 3, target % 6
            if number - 3 == group:
                continue
            id = users[number] if number < 3 else groups[number - 3]
            stage.regroup(groups[group], add_member(id) if adds else drop_member(id))
            (inside[group].add if adds else inside[group].discard)(number)
        for group, name in enumerate(names):
            reached = {n for n in _reach(group, inside) if n < 3}
            assert stage.host.members("acme", name) == {f"u{n}@acme.com" for n in reached}
        for number in range(3):
            wanted = sorted(f"role-{n}" for g, n in enumerate(names) if number in _reach(g, inside))
            assert sorted(stage.account(number).roles) == (wanted or ["member"])


def _reach(group: int, inside: list[set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [group]
    while waiting:
        for number in inside[waiting.pop()]:
            if number not in found:
                found.add(number)
                waiting += [number - 3] if number >= 3 else []
    return found


class TestLimits:
    """POL-117."""

    def test_max_members(self) -> None:
        stage = start(groups=Groups(max_members=2))
        users = [stage.user(f"u{n}@acme.com") for n in range(3)]
        group = stage.trial.group("Sales", *users[:2])
        assert stage.regroup(group, add_member(users[2]), status=400)["scimType"] == "invalidValue"
        assert "groups.max_members" in stage.notes()
        stage.regroup(group, drop_member(users[0]), add_member(users[2]))

    def test_max_groups(self) -> None:
        stage = start(groups=Groups(max_groups=1))
        group = stage.trial.group("Sales")
        assert stage.trial.post("/Groups", {"schemas": [GROUP_URN], "displayName": "Field"}).status == 400
        assert "groups.max_groups" in stage.notes()
        stage.trial.delete(f"/Groups/{group}")
        stage.trial.group("Field")

    def test_members_shown_up_to(self) -> None:
        stage = start(groups=Groups(members_shown_up_to=2))
        users = [stage.user(f"u{n}@acme.com") for n in range(3)]
        small, large = stage.trial.group("Small", *users[:2]), stage.trial.group("Large", *users)
        listed = {g["id"]: len(g.get("members", [])) for g in stage.trial.get("/Groups")["Resources"]}
        assert listed == {small: 2, large: 0}
        assert "members" not in stage.trial.get(f"/Groups/{large}").body
        asked = stage.trial.get(f"/Groups/{large}", query={"attributes": "members"})
        assert len(members(asked)) == 3
        found = stage.trial.get("/Groups", query={"filter": f'members.value eq "{users[2]}"'})
        assert [g["id"] for g in found["Resources"]] == [large]


class TestInactiveMembers:
    """POL-118: listed or hidden; the rows persist."""

    @pytest.mark.parametrize(("choice", "shown"), [("listed", 2), ("hidden", 1)])
    def test_are(self, choice: str, shown: int) -> None:
        stage = start(groups=Groups(inactive_members=choice))  # type: ignore[arg-type]
        ada, ben = stage.user(), stage.user(BEN)
        group = stage.trial.group("Sales", ada, ben)
        stage.off(ben)
        assert len(members(stage.trial.get(f"/Groups/{group}"))) == shown
        stage.on(ben)
        assert len(members(stage.trial.get(f"/Groups/{group}"))) == 2

    def test_invited_ones_too(self) -> None:
        stage = start(groups=Groups(inactive_members="hidden"), create=Create(initial="invited"))
        group = stage.trial.group("Sales", stage.user())
        assert members(stage.trial.get(f"/Groups/{group}")) == []
