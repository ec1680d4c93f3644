"""Roles (POL-060 to POL-067)."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.policy import STANDARD, GroupRole, Plan, Policy, Roles
from scimcore.policy.effects import SetRoles
from scimcore.policy.exports import attributes
from scimcore.policy.facts import Account, GroupFact, Memory, Tenant
from scimcore.policy.rules.roles import effective_roles
from scimcore.policy.triggers import RolesSet, SettingsChanged
from scimcore.schema import USER_URN
from scimcore.schema.json import Json, JsonObject
from tests.policy.support import (
    ANN,
    TENANT,
    bound,
    created,
    facts,
    names,
    one,
    plan_and_needs,
    plan_for,
    refused,
    updated,
)

EXTENSION = "urn:acme:params:scim:User"
MAPPED = (GroupRole("Admins", "admin"), GroupRole("Sales", "editor"), GroupRole("g-9", "viewer"))


def policy(**choices: object) -> Policy:
    return Policy(roles=Roles(**{"not_grantable": (), **choices}))  # type: ignore[arg-type]


def groups(*names_: str) -> tuple[GroupFact, ...]:
    return tuple(GroupFact(id=f"id-{name}", name=name, team=None) for name in names_)


def with_(**values: Json) -> JsonObject:
    return {**ANN, **values}


BY_ATTRIBUTE = policy(sources=("userType",))


class TestDefault:
    """POL-060: default_role on create; the default is a fallback, held while no other source gives one."""

    @pytest.mark.parametrize(
        ("roles", "expected"),
        [
            (Roles(), ("member",)),
            (Roles(default="named", default_name="guest"), ("guest",)),
            (Roles(default="none"), ()),
        ],
    )
    def test_without_a_role(self, roles: Roles, expected: tuple[str, ...]) -> None:
        plan = plan_for(Policy(roles=roles), facts(), created())
        assert plan.opens is not None and plan.opens.roles == expected
        assert plan.binding is not None and plan.binding.roles == expected

    def test_with_a_role(self) -> None:
        plan = plan_for(BY_ATTRIBUTE, facts(), created(with_(userType="editor")))
        assert plan.opens is not None and plan.opens.roles == ("editor",)

    def test_a_tenant_without_a_default(self) -> None:
        plan = plan_for(STANDARD, facts(tenant=Tenant()), created())
        assert plan.opens is not None and plan.opens.roles == ()

    def test_a_new_default_is_for_new_users_or_everyone(self) -> None:
        binding = bound(memory=Memory(default_role="member"))
        known = facts(binding, data=ANN, tenant=Tenant(default_role="viewer"))
        assert plan_for(STANDARD, known, SettingsChanged()).effects == ()
        everyone = plan_for(policy(default_change="everyone"), known, SettingsChanged())
        assert one(everyone, SetRoles) == SetRoles(account="a-1", roles=("viewer",))

    def test_a_named_default_needs_its_name(self) -> None:
        with pytest.raises(ValueError, match="default_name"):
            policy(default="named")


class TestSources:
    """POL-061: role_source = none / groups / roles / entitlements / an attribute of the core URN / extension."""

    @pytest.mark.parametrize(
        ("source", "data", "member"),
        [
            ("roles", with_(roles=[{"value": "editor", "primary": True}]), ()),
            ("entitlements", with_(entitlements=[{"value": "editor"}]), ()),
            (f"{USER_URN}:secodaRole", with_(secodaRole="editor"), ()),
            ("userType", with_(userType="editor"), ()),
            (f"{EXTENSION}:role", with_(**{EXTENSION: {"role": "editor"}}), ()),
            ("groups", ANN, groups("sales")),
        ],
    )
    def test_the_same_role_by_every_source(self, source: str, data: JsonObject, member: tuple[GroupFact, ...]) -> None:
        chosen = policy(sources=(source,), mappings=MAPPED if source == "groups" else ())
        assert effective_roles(chosen, data, member, tenant=TENANT) == ("editor",)

    def test_none_by_default(self) -> None:
        data = with_(roles=[{"value": "admin"}])
        assert effective_roles(STANDARD, data, groups("Admins"), tenant=TENANT) == ("member",)

    def test_two_sources_follow_their_order(self) -> None:
        data, mine = with_(userType="viewer"), groups("Admins")
        for sources, expected in ((("groups", "userType"), "admin"), (("userType", "groups"), "viewer")):
            assert effective_roles(policy(sources=sources, mappings=MAPPED), data, mine) == (expected,)
        both = policy(sources=("userType", "groups"), mappings=MAPPED, across="all_sources")
        assert effective_roles(both, data, mine) == ("admin", "viewer")

    def test_the_declared_attribute_belongs_to_the_core_schema(self) -> None:
        ((urn, attribute),) = attributes(SECODA)
        assert (urn, attribute.name, attribute.type) == (USER_URN, "secodaRole", "string")
        assert attributes(STANDARD) == () == attributes(policy(sources=("roles", "groups"), mappings=MAPPED))

    def test_a_changed_role_is_given(self) -> None:
        plan = plan_for(SECODA, facts(bound("invited")), updated(ANN, with_(secodaRole="Custom Role")))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("Custom Role",))
        assert "UpdateProfile" not in names(plan)

    def test_other_changes_ask_for_no_group(self) -> None:
        chosen = policy(sources=("userType", "groups"), mappings=MAPPED)
        assert plan_and_needs(chosen, facts(bound()), updated(ANN, with_(title="Dr")))[1] == ()


class TestSeveral:
    """POL-062: multi-match precedence = highest rank / first / explicit priority / union."""

    ranking = ("admin", "editor", "viewer")
    mine = (*groups("Sales", "Admins"), GroupFact(id="g-9", name="Whatever"))

    @pytest.mark.parametrize(
        ("several", "expected"),
        [
            ("all", ("admin", "editor", "viewer")),
            ("highest", ("admin",)),
            ("priority", ("admin",)),
            ("first", ("admin",)),
        ],
    )
    def test_groups_in_any_order(self, several: str, expected: tuple[str, ...]) -> None:
        chosen = policy(sources=("groups",), mappings=MAPPED, several=several, ranking=self.ranking)
        for order in permutations(self.mine):
            assert effective_roles(chosen, ANN, order) == expected

    def test_priority_is_the_order_of_the_mappings(self) -> None:
        chosen = policy(sources=("groups",), mappings=(MAPPED[1], MAPPED[0]), several="priority")
        assert effective_roles(chosen, ANN, self.mine) == ("editor",)

    def test_first_is_the_order_of_the_attribute(self) -> None:
        data = with_(roles=[{"value": "viewer"}, {"value": "admin"}])
        assert effective_roles(policy(sources=("roles",), several="first"), data) == ("viewer",)

    def test_highest_needs_a_ranking(self) -> None:
        with pytest.raises(ValueError, match="ranking"):
            policy(sources=("roles",), several="highest")


class TestUnknown:
    """POL-063: unknown_role = reject 400 invalidValue / default role / ignore."""

    bogus = created(with_(userType="bogus"))

    def known(self, unknown: str) -> Policy:
        return policy(sources=("userType",), known=("editor", "member"), unknown=unknown)

    def test_rejected(self) -> None:
        detail = refused(plan_for(self.known("reject"), facts(), self.bogus), 400, "SC-2010", "invalidValue")
        assert "'bogus'" in detail and "editor" in detail

    def test_rejected_by_patch_too(self) -> None:
        plan = plan_for(self.known("reject"), facts(bound()), updated(ANN, with_(userType="bogus")))
        refused(plan, 400, "SC-2010", "invalidValue")

    @pytest.mark.parametrize("unknown", ["default", "ignore"])
    def test_the_default_or_nothing(self, unknown: str) -> None:
        plan = plan_for(self.known(unknown), facts(), self.bogus)
        assert plan.opens is not None and plan.opens.roles == ("member",)

    def test_only_where_a_source_is_configured(self) -> None:
        plan = plan_for(Policy(roles=Roles(known=("member",))), facts(), created(with_(roles=[{"value": "bogus"}])))
        assert plan.outcome == "created"


class TestGrantable:
    """POL-064: owner is not grantable by SCIM; on attempt reject 400 / 403 / ignore. Nor may it be taken away."""

    def chosen(self, attempt: str) -> Policy:
        return Policy(roles=Roles(sources=("userType",), on_not_grantable=attempt))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("attempt", "status", "scim_type"), [("reject", 400, "invalidValue"), ("forbid", 403, None)]
    )
    def test_refused_by_create_and_patch(self, attempt: str, status: int, scim_type: str | None) -> None:
        data = with_(userType="owner")
        for plan in (
            plan_for(self.chosen(attempt), facts(), created(data)),
            plan_for(self.chosen(attempt), facts(bound()), updated(ANN, data)),
        ):
            refused(plan, status, "SC-2011", scim_type)

    def test_passed_over(self) -> None:
        plan = plan_for(self.chosen("ignore"), facts(), created(with_(userType="owner")))
        assert plan.opens is not None and plan.opens.roles == ("member",)

    def test_no_group_may_map_to_it(self) -> None:
        with pytest.raises(ValueError, match="not_grantable forbids"):
            Policy(roles=Roles(sources=("groups",), mappings=(GroupRole("Admins", "owner"),)))

    def test_a_push_cannot_take_it_away(self) -> None:
        plan = plan_for(
            self.chosen("reject"),
            facts(bound(roles=("owner", "member"))),
            updated(with_(userType="member"), with_(userType="editor")),
            account=Account(id="a-1", owner=True),
        )
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("editor", "owner"))


class TestMaster:
    """POL-065: role_master = override / idp / app after create / idp while non-null."""

    def by_hand(self, chosen: Policy, data: JsonObject = ANN) -> Plan:
        return plan_for(chosen, facts(bound(), data=data), RolesSet(("admin",)))

    def test_an_admins_hand_stays(self) -> None:
        plan = self.by_hand(BY_ATTRIBUTE)
        assert plan.binding is not None and plan.binding.override == ("admin",)
        pushed = plan_for(BY_ATTRIBUTE, facts(plan.binding), updated(ANN, with_(userType="editor")))
        assert "SetRoles" not in names(pushed)

    def test_lifting_the_hand_gives_the_sources_their_word_again(self) -> None:
        binding = bound(roles=("admin",), override=("admin",))
        plan = plan_for(BY_ATTRIBUTE, facts(binding, data=with_(userType="editor")), RolesSet(()))
        assert plan.binding is not None and plan.binding.override is None
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("editor",))

    def test_the_sources_alone(self) -> None:
        refused(self.by_hand(policy(sources=("userType",), master="idp")), 403, "SC-2023")

    def test_the_products_after_create(self) -> None:
        chosen = policy(sources=("userType",), master="app")
        plan = plan_for(chosen, facts(), created(with_(userType="editor")))
        assert plan.opens is not None and plan.opens.roles == ("editor",)
        assert "SetRoles" not in names(plan_for(chosen, facts(bound()), updated(ANN, with_(userType="viewer"))))
        assert one(self.by_hand(DASTRA), SetRoles) == SetRoles(account="a-1", roles=("admin",))

    def test_the_hand_counts_while_the_sources_are_silent(self) -> None:
        chosen = policy(sources=("userType",), master="idp_until_null")
        refused(self.by_hand(chosen, with_(userType="editor")), 403, "SC-2023")
        plan = self.by_hand(chosen)
        pushed = plan_for(chosen, facts(plan.binding), updated(ANN, with_(userType="editor")))
        assert one(pushed, SetRoles) == SetRoles(account="a-1", roles=("editor",))
        nulled = plan_for(chosen, facts(pushed.binding), updated(with_(userType="editor"), ANN))
        assert one(nulled, SetRoles) == SetRoles(account="a-1", roles=("admin",))

    def test_without_a_source_the_idp_cannot_be_the_master(self) -> None:
        with pytest.raises(ValueError, match="nobody could set a role"):
            policy(master="idp")


class TestCleared:
    """POL-066: role_cleared (attribute emptied or last group left) = default role / none / keep."""

    @pytest.mark.parametrize(("cleared", "expected"), [("default", ("member",)), ("none", ()), ("keep", ("editor",))])
    def test_by_an_emptied_attribute(self, cleared: str, expected: tuple[str, ...]) -> None:
        chosen = policy(sources=("userType",), cleared=cleared)
        plan = plan_for(chosen, facts(bound(roles=("editor",))), updated(with_(userType="editor"), ANN))
        assert plan.binding is not None and plan.binding.roles == expected
        assert ("SetRoles" in names(plan)) is (expected != ("editor",))

    def test_the_default_of_now(self) -> None:
        known = facts(bound(roles=("Editor",)), tenant=Tenant(default_role="viewer"))
        plan = plan_for(SECODA, known, updated(with_(secodaRole="Editor"), ANN))
        assert one(plan, SetRoles) == SetRoles(account="a-1", roles=("viewer",))


class TestPure:
    """POL-067: effective access is a pure function of (user, groups, mappings): any order gives the same."""

    @given(
        st.lists(st.sampled_from(("Admins", "Sales", "Other", "g-9")), unique=True).flatmap(
            lambda mine: st.tuples(st.just(mine), st.permutations(mine))
        ),
        st.sampled_from(("all", "highest", "priority", "first")),
        st.sampled_from((None, "viewer", "editor")),
    )
    def test_the_order_of_groups_says_nothing(
        self, orders: tuple[list[str], list[str]], several: str, given_: str | None
    ) -> None:
        chosen = policy(
            sources=("groups", "userType"), mappings=MAPPED, several=several, ranking=("admin", "editor", "viewer")
        )
        data = ANN if given_ is None else with_(userType=given_)
        one_way, other_way = (effective_roles(chosen, data, groups(*order), tenant=TENANT) for order in orders)
        assert one_way == other_way

    def test_sources_are_separate_grants(self) -> None:
        """Taking one away leaves the others."""
        chosen = policy(sources=("groups", "userType"), mappings=MAPPED, across="all_sources")
        assert effective_roles(chosen, with_(userType="viewer"), groups("Sales")) == ("editor", "viewer")
        assert effective_roles(chosen, with_(userType="viewer"), ()) == ("viewer",)
        assert effective_roles(chosen, ANN, groups("Sales")) == ("editor",)

    def test_what_is_retained_is_added(self) -> None:
        assert effective_roles(STANDARD, ANN, retained=("owner",), tenant=TENANT) == ("member", "owner")
        assert effective_roles(STANDARD, ANN, override=("admin",), retained=("owner",)) == ("admin", "owner")
