"""Seats, roles and protected accounts: each choice set, seen to act over HTTP, and explained."""

import pytest

from scimcore.policy import GroupRole, Protection, Roles, SeatPool, Seats
from scimcore.policy import effects as e
from scimcore.policy.triggers import RolesSet, SettingsChanged, SignedIn
from scimcore.testing.host import TrialHost
from tests.service.support import ADA, BEN, Stage, add_member, drop_member, policy, replace, start

ROLES = "roles"


def sent(*roles: str) -> list[dict[str, str]]:
    return [{"value": role} for role in roles]


class TestSeats:
    """POL-040 to POL-046."""

    @pytest.mark.parametrize(
        ("full", "status", "state", "roles"),
        [
            ("reject", 403, None, None),
            ("degrade", 201, "active", ("guest",)),
            ("create_inactive", 201, "suspended", ("member",)),
            ("create_pending", 201, "suspended", ("member",)),
            ("overage", 201, "active", ("member",)),
        ],
    )
    def test_full(self, full: str, status: int, state: str | None, roles: tuple[str, ...] | None) -> None:
        stage = start(seats=Seats(full=full, degraded_role="guest"))  # type: ignore[arg-type]
        stage.settings(seat_limit=1)
        stage.user()
        answer = stage.post(BEN, status)
        assert "seats.full" in stage.notes()
        if state is None:
            assert len(stage.accounts()) == 1
            assert "Seat limit reached (1 of 1)" in answer["detail"]
            assert "scimType" not in answer.body
            return
        assert (stage.account(1).state, stage.account(1).roles) == (state, roles)
        assert answer["active"] is (full != "create_inactive")

    def test_waiting_for_a_seat_ends_when_there_is_one(self) -> None:
        stage = start(seats=Seats(full="create_pending"))
        stage.settings(seat_limit=1)
        stage.user()
        stage.user(BEN)
        stage.settings(seat_limit=2)
        assert stage.tell(SettingsChanged(), stage.account(1).id).refusal is None
        assert stage.account(1).state == "active"

    def test_a_degraded_user_gets_the_proper_role_when_there_is_a_seat(self) -> None:
        stage = start(seats=Seats(full="degrade", degraded_role="guest"))
        stage.settings(seat_limit=1)
        stage.user()
        stage.user(BEN)
        stage.settings(seat_limit=3)
        stage.tell(SettingsChanged(), stage.account(1).id)
        assert stage.account(1).roles == ("member",)

    @pytest.mark.parametrize(("error", "status", "scim_type"), [(403, 403, None), (400, 400, "invalidValue")])
    def test_error(self, error: int, status: int, scim_type: str | None) -> None:
        """POL-041: 403 without scimType, or 400."""
        stage = start(seats=Seats(error=error))  # type: ignore[arg-type]
        stage.settings(seat_limit=0)
        assert stage.post(ADA, status).body.get("scimType") == scim_type

    @pytest.mark.parametrize(("error", "status"), [(409, 409), (429, 429)])
    def test_errors_that_mislead_identity_providers_must_be_meant(self, error: int, status: int) -> None:
        with pytest.raises(ValueError, match="POL-041"):
            policy(seats=Seats(error=error))  # type: ignore[arg-type]
        stage = start(policy(seats=Seats(error=error), nonconformant=True))  # type: ignore[arg-type]
        stage.settings(seat_limit=0)
        answer = stage.post(ADA, status)
        assert status != 429 or int(answer.headers["Retry-After"]) > 0

    @pytest.mark.parametrize(
        ("counts", "at_create", "at_sign_in"),
        [("active_and_invited", 1, 1), ("active", 0, 1), ("provisioned", 1, 1), ("signed_in", 0, 1)],
    )
    def test_counts(self, counts: str, at_create: int, at_sign_in: int) -> None:
        """POL-042: from when on a seat is used, for somebody who is invited."""
        from scimcore.policy import Create

        stage = start(create=Create(initial="invited"), seats=Seats(counts=counts))  # type: ignore[arg-type]
        stage.user()
        assert len(stage.effects("ReserveSeat")) == at_create
        stage.tell(SignedIn())
        assert len(stage.effects("ReserveSeat")) == at_sign_in

    def test_pools(self) -> None:
        """POL-044: another role may need a seat of another pool, and none may be free."""
        stage = start(
            roles=Roles(sources=(ROLES,), several="first"),
            seats=Seats(pools=(SeatPool("editor", ("editor",)),)),
        )
        stage.settings(pools={"editor": 1}, seat_limit=10)
        first = stage.user(ADA, roles=sent("editor"))
        second = stage.user(BEN, roles=sent("viewer"))
        assert [x.pool for x in stage.effects() if isinstance(x, e.ReserveSeat)] == ["editor", ""]
        refused = stage.patch(second, replace("roles", sent("editor")), status=403)
        assert "of kind 'editor'" in refused["detail"]
        assert stage.account(1).roles == ("viewer",)
        stage.delete(first)
        stage.patch(second, replace("roles", sent("editor")))
        assert isinstance(stage.effects("ReserveSeat")[-1], e.ReserveSeat)

    def test_warnings_once_per_crossing(self) -> None:
        """POL-045."""
        stage = start(seats=Seats(warn_at=(50, 100)))
        stage.settings(seat_limit=4)
        for number in range(4):
            stage.user(f"u{number}@acme.com")
        codes = [x.code for x in stage.effects() if isinstance(x, e.Notify)]
        assert codes == ["seats.50", "seats.100"]

    def test_leaving_always_works_beyond_the_limit(self) -> None:
        """POL-046."""
        stage = start()
        user, other = stage.user(), stage.user(BEN)
        stage.settings(seat_limit=1, plan="lapsed")
        stage.off(user)
        stage.delete(other)
        stage.post("cleo@acme.com", 403)


class TestRoles:
    """POL-060 to POL-067."""

    @pytest.mark.parametrize(
        ("default", "named", "roles"),
        [("settings", None, ("member",)), ("named", "reader", ("reader",)), ("none", None, ())],
    )
    def test_default(self, default: str, named: str | None, roles: tuple[str, ...]) -> None:
        stage = start(roles=Roles(default=default, default_name=named))  # type: ignore[arg-type]
        stage.user()
        assert stage.account().roles == roles

    @pytest.mark.parametrize(("change", "roles"), [("new_users", ("member",)), ("everyone", ("viewer",))])
    def test_default_change(self, change: str, roles: tuple[str, ...]) -> None:
        stage = start(roles=Roles(default_change=change))  # type: ignore[arg-type]
        stage.user()
        stage.settings(default_role="viewer")
        stage.tell(SettingsChanged())
        assert stage.account().roles == roles

    @pytest.mark.parametrize(
        ("source", "attributes"),
        [
            ("roles", {"roles": sent("editor")}),
            ("entitlements", {"entitlements": sent("editor")}),
            ("userType", {"userType": "editor"}),
            ("urn:ietf:params:scim:schemas:core:2.0:User:acmeRole", {"acmeRole": "editor"}),
        ],
    )
    def test_sources_end_in_the_same_role(self, source: str, attributes: dict[str, object]) -> None:
        """POL-061."""
        stage = start(roles=Roles(sources=(source,)))
        stage.user(**attributes)
        assert stage.account().roles == ("editor",)
        assert "roles.sources" in stage.notes()

    def test_groups_are_a_source(self) -> None:
        stage = start(roles=Roles(sources=("groups",), mappings=(GroupRole("Editors", "editor"),)))
        user = stage.user()
        group = stage.trial.group("editors", user)
        assert stage.account().roles == ("editor",)
        stage.regroup(group, drop_member(user))
        assert stage.account().roles == ("member",)

    def test_a_renamed_group_gives_and_takes_for_everybody_in_it(self) -> None:
        """POL-067: access is a function of what is, not of how it came about."""
        stage = start(roles=Roles(sources=("groups",), mappings=(GroupRole("Editors", "editor"),)))
        users = [stage.user(f"u{n}@acme.com") for n in range(3)]
        group = stage.trial.group("Writers", *users)
        stage.regroup(group, replace("displayName", "Editors"))
        assert {account.roles for account in stage.accounts()} == {("editor",)}
        stage.regroup(group, replace("displayName", "Writers"))
        assert {account.roles for account in stage.accounts()} == {("member",)}

    @pytest.mark.parametrize(
        ("across", "roles"), [("first_source", ("editor",)), ("all_sources", ("editor", "viewer"))]
    )
    def test_across(self, across: str, roles: tuple[str, ...]) -> None:
        mappings = (GroupRole("Viewers", "viewer"),)
        stage = start(roles=Roles(sources=("roles", "groups"), across=across, mappings=mappings))  # type: ignore[arg-type]
        user = stage.user(roles=sent("editor"))
        stage.trial.group("Viewers", user)
        assert tuple(sorted(stage.account().roles)) == roles

    @pytest.mark.parametrize(
        ("several", "roles"),
        [
            ("all", ("admin", "editor", "viewer")),
            ("highest", ("admin",)),
            ("priority", ("viewer",)),
            ("first", ("viewer",)),
        ],
    )
    def test_several(self, several: str, roles: tuple[str, ...]) -> None:
        """POL-062, whatever the order in which the groups come."""
        names = {"Viewers": "viewer", "Editors": "editor", "Admins": "admin"}
        mappings = tuple(GroupRole(group, role) for group, role in names.items())
        for order in (list(names), list(names)[::-1]):
            stage = start(
                roles=Roles(
                    sources=("groups",),
                    mappings=mappings,
                    several=several,  # type: ignore[arg-type]
                    ranking=("admin", "editor", "viewer"),
                )
            )
            user = stage.user()
            for group in order:
                stage.trial.group(group, user)
            assert tuple(sorted(stage.account().roles)) == roles

    @pytest.mark.parametrize(
        ("unknown", "status", "roles"),
        [("reject", 400, None), ("default", 201, ("member",)), ("ignore", 201, ("member",))],
    )
    def test_unknown(self, unknown: str, status: int, roles: tuple[str, ...] | None) -> None:
        """POL-063: 400 invalidValue, the default role, or passed over."""
        stage = start(roles=Roles(sources=("roles",), known=("editor", "member"), unknown=unknown))  # type: ignore[arg-type]
        answer = stage.post(ADA, status, roles=sent("bogus"))
        if roles is None:
            assert answer["scimType"] == "invalidValue"
            assert "roles.unknown" in stage.notes()
        else:
            assert stage.account().roles == roles

    @pytest.mark.parametrize(("choice", "status"), [("reject", 400), ("forbid", 403), ("ignore", 201)])
    def test_not_grantable(self, choice: str, status: int) -> None:
        """POL-064: create and patch."""
        stage = start(roles=Roles(sources=("roles",), on_not_grantable=choice))  # type: ignore[arg-type]
        stage.post(ADA, status, roles=sent("owner"))
        assert all("owner" not in account.roles for account in stage.accounts())
        user = stage.user(BEN)
        stage.patch(user, replace("roles", sent("owner")), status=200 if status == 201 else status)
        assert all("owner" not in account.roles for account in stage.accounts())

    def test_a_group_that_grants_what_cannot_be_granted_is_refused_when_it_is_set(self) -> None:
        with pytest.raises(ValueError, match="POL-064"):
            policy(roles=Roles(sources=("groups",), mappings=(GroupRole("Owners", "owner"),)))

    @pytest.mark.parametrize(
        ("master", "by_hand", "after"),
        [
            ("override", True, ("admin",)),
            ("idp", False, ("viewer",)),
            ("app", True, ("admin",)),
            ("idp_until_null", False, ("viewer",)),
        ],
    )
    def test_master(self, master: str, by_hand: bool, after: tuple[str, ...]) -> None:
        """POL-065: a local change, then the identity provider's."""
        stage = start(roles=Roles(sources=("roles",), master=master))  # type: ignore[arg-type]
        user = stage.user(roles=sent("editor"))
        told = stage.tell(RolesSet(("admin",)))
        assert (told.refusal is None) is by_hand
        stage.patch(user, replace("roles", sent("viewer")))
        if master == "app":
            # The host sets what it was told it may; scimcore only keeps out of it.
            assert stage.account().roles in (("admin",), ("editor",))
        else:
            assert stage.account().roles == after

    def test_until_null_leaves_the_roles_to_admins_then(self) -> None:
        stage = start(roles=Roles(sources=("roles",), master="idp_until_null"))
        user = stage.user(roles=sent("editor"))
        stage.patch(user, {"op": "remove", "path": "roles"})
        assert stage.tell(RolesSet(("admin",))).refusal is None
        assert stage.account().roles == ("admin",)

    @pytest.mark.parametrize(("cleared", "roles"), [("default", ("member",)), ("none", ()), ("keep", ("editor",))])
    def test_cleared(self, cleared: str, roles: tuple[str, ...]) -> None:
        """POL-066: by the attribute and by the last group."""
        stage = start(roles=Roles(sources=("roles",), cleared=cleared))  # type: ignore[arg-type]
        user = stage.user(roles=sent("editor"))
        stage.patch(user, {"op": "remove", "path": "roles"})
        assert stage.account().roles == roles
        mappings = (GroupRole("Editors", "editor"),)
        stage = start(roles=Roles(sources=("groups",), mappings=mappings, cleared=cleared))  # type: ignore[arg-type]
        user = stage.user()
        group = stage.trial.group("Editors", user)
        stage.regroup(group, drop_member(user))
        assert stage.account().roles == roles

    @pytest.mark.parametrize(
        ("choice", "roles"), [("recompute", ("viewer",)), ("previous", ("editor",)), ("default", ("member",))]
    )
    def test_on_enabling(self, choice: str, roles: tuple[str, ...]) -> None:
        """POL-032: what changed while the user was disabled counts, or not."""
        from scimcore.policy import Reactivate

        mappings = (GroupRole("Editors", "editor"), GroupRole("Viewers", "viewer"))
        stage = start(
            roles=Roles(sources=("groups",), mappings=mappings),
            reactivate=Reactivate(roles=choice),  # type: ignore[arg-type]
        )
        user = stage.user()
        editors, viewers = stage.trial.group("Editors", user), stage.trial.group("Viewers")
        stage.off(user)
        stage.regroup(editors, drop_member(user))
        stage.regroup(viewers, add_member(user))
        stage.on(user)
        assert stage.account().roles == roles


def _owner(stage: Stage, number: int = 0) -> None:
    stage.host.change("acme", stage.account(number).id, owner=True, roles=("owner",))


class TestProtection:
    """POL-100, POL-101: the last owner, and other accounts that a push cannot take away."""

    @pytest.mark.parametrize(("choice", "status"), [("reject", 403), ("ignore", 200), ("retain", 403)])
    def test_last_owner_is_not_disabled(self, choice: str, status: int) -> None:
        stage = start(protection=Protection(last_owner=choice))  # type: ignore[arg-type]
        user = stage.user()
        _owner(stage)
        answer = stage.off(user, status)
        assert stage.account().state == "active"
        assert stage.trial.get(f"/Users/{user}")["active"] is True
        assert "protection.last_owner" in stage.notes()
        assert status != 200 or answer["active"] is True

    def test_another_owner_frees_the_first(self) -> None:
        stage = start()
        user = stage.user()
        _owner(stage)
        stage.host.add("acme", "boss@acme.com", owner=True)
        stage.off(user)
        assert stage.account().state == "suspended"

    @pytest.mark.parametrize(("choice", "kept"), [("retain", True), ("ignore", True), ("reject", True)])
    def test_the_last_owner_keeps_the_role_that_a_group_takes(self, choice: str, kept: bool) -> None:
        mappings = (GroupRole("Owners", "owner"),)
        stage = start(
            roles=Roles(sources=("groups",), mappings=mappings, not_grantable=()),
            protection=Protection(last_owner=choice),  # type: ignore[arg-type]
        )
        user = stage.user()
        group = stage.trial.group("Owners", user)
        stage.host.change("acme", stage.account().id, owner=True)
        stage.regroup(group, drop_member(user), status=403 if choice == "reject" else 200)
        assert ("owner" in stage.account().roles) is kept

    @pytest.mark.parametrize(("error", "status", "scim_type"), [(403, 403, None), (400, 400, "mutability")])
    def test_error(self, error: int, status: int, scim_type: str | None) -> None:
        stage = start(protection=Protection(error=error))  # type: ignore[arg-type]
        user = stage.user()
        _owner(stage)
        assert stage.off(user, status).body.get("scimType") == scim_type

    @pytest.mark.parametrize(
        ("listed", "status", "roles"),
        [("reject", 403, ("admin",)), ("ignore", 200, ("admin",)), ("demote", 200, ("member",))],
    )
    def test_listed(self, listed: str, status: int, roles: tuple[str, ...]) -> None:
        stage = start(protection=Protection(listed=listed))  # type: ignore[arg-type]
        user = stage.user()
        stage.host.change("acme", stage.account().id, protected="break_glass", roles=("admin",))
        stage.off(user, status)
        assert (stage.account().state, stage.account().roles) == ("active", roles)
        assert "protection.listed" in stage.notes()

    def test_kinds(self) -> None:
        stage = start(protection=Protection(kinds=("robot",)), host=TrialHost())
        one, two = stage.user(), stage.user(BEN)
        stage.host.change("acme", stage.account(0).id, protected="break_glass")
        stage.host.change("acme", stage.account(1).id, protected="robot")
        stage.off(one)
        stage.off(two, 403)

    def test_owner_roles(self) -> None:
        mappings = (GroupRole("Chiefs", "chief"),)
        stage = start(
            roles=Roles(sources=("groups",), mappings=mappings),
            protection=Protection(owner_roles=("chief",)),
        )
        user = stage.user()
        group = stage.trial.group("Chiefs", user)
        stage.host.change("acme", stage.account().id, owner=True)
        stage.regroup(group, drop_member(user), status=403)
