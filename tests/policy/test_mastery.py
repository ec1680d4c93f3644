"""Attribute mastery and names (POL-070 to POL-079)."""

import pytest

from scimcore.policy import STANDARD, Mastered, Mastery, Names, Plan, Policy
from scimcore.policy.effects import Notify, RevokeCredentials, UpdateProfile
from scimcore.policy.facts import Account, Tenant
from scimcore.policy.rules.mastery import is_editable, keep_on_put
from scimcore.policy.triggers import Edited
from scimcore.schema import ENTERPRISE_URN
from scimcore.schema.json import Json, JsonObject
from tests.policy.support import ANN, bound, created, facts, names, one, plan_for, refused, updated


def with_(**values: Json) -> JsonObject:
    return {**ANN, **values}


def mastered(master: str, path: str = "title", **choices: object) -> Policy:
    return Policy(mastery=Mastery(rules=(Mastered(path, master),), **choices))  # type: ignore[arg-type]


def named(**choices: object) -> Policy:
    return Policy(names=Names(**choices))  # type: ignore[arg-type]


TITLED = with_(title="Dr")


class TestMaster:
    """POL-070: per attribute path: master = idp (default) / app / idp_on_create / idp_until_null."""

    @pytest.mark.parametrize(
        ("master", "at_create", "by_patch"),
        [("idp", "Dr", "Prof"), ("app", None, "Dr"), ("idp_on_create", "Dr", "Dr"), ("idp_until_null", "Dr", "Prof")],
    )
    def test_who_is_heard(self, master: str, at_create: str | None, by_patch: str) -> None:
        chosen = mastered(master)
        plan = plan_for(chosen, facts(), created(TITLED))
        assert plan.opens is not None and plan.opens.data.get("title") == at_create
        changed = plan_for(chosen, facts(bound()), updated(TITLED, with_(title="Prof")))
        stored = with_(title="Prof") if changed.data is None else changed.data
        assert stored.get("title") == by_patch
        assert ("UpdateProfile" in names(changed)) is (by_patch == "Prof")

    def test_an_attribute_that_the_idp_clears_becomes_the_products(self) -> None:
        plan = plan_for(mastered("idp_until_null"), facts(bound()), updated(TITLED, ANN))
        assert plan.effects == () and plan.outcome == "updated"

    def test_a_path_covers_what_is_below_it(self) -> None:
        after = with_(name={"givenName": "Anna", "familyName": "Lee"})
        for path in ("name", "name.givenName"):
            assert plan_for(mastered("app", path), facts(bound()), updated(ANN, after)).outcome == "unchanged"
        urn = {ENTERPRISE_URN: {"department": "Law"}}
        assert (
            plan_for(mastered("app", ENTERPRISE_URN), facts(bound()), updated(ANN, {**ANN, **urn})).outcome
            == "unchanged"
        )

    def test_the_longest_path_decides(self) -> None:
        chosen = Policy(
            mastery=Mastery(default="app", rules=(Mastered("name", "app"), Mastered("name.givenName", "idp")))
        )
        assert is_editable(chosen, "name.familyName") and not is_editable(chosen, "name.givenName")

    def test_names_and_active_are_always_the_idps(self) -> None:
        with pytest.raises(ValueError, match="always the identity provider"):
            mastered("app", "userName")
        chosen = Policy(mastery=Mastery(default="app"))
        assert "SuspendAccount" in names(plan_for(chosen, facts(bound()), updated(ANN, with_(active=False))))


class TestLocalEdits:
    """POL-071: local_edit of idp-mastered = blocked / allowed until next sync / allowed with override."""

    def edit(self, choice: str, path: str = "title") -> tuple[Policy, Plan]:
        chosen = Policy(mastery=Mastery(local_edits=choice, rules=(Mastered("nickName", "app"),)))  # type: ignore[arg-type]
        return chosen, plan_for(chosen, facts(bound(), data=ANN), Edited((path,)))

    def test_blocked(self) -> None:
        chosen, plan = self.edit("blocked")
        assert "identity provider" in refused(plan, 400, "SC-2023", "mutability")
        assert not is_editable(chosen, "title") and is_editable(chosen, "nickName")

    def test_the_products_own_are_free(self) -> None:
        assert self.edit("blocked", "nickName")[1].outcome == "accepted"

    def test_until_the_next_sync(self) -> None:
        chosen, plan = self.edit("until_next_sync")
        after = plan_for(chosen, facts(plan.binding), updated(ANN, TITLED))
        assert "UpdateProfile" in names(after)

    def test_for_good_with_an_override(self) -> None:
        chosen, plan = self.edit("override")
        after = plan_for(chosen, facts(plan.binding), updated(ANN, TITLED))
        assert after.outcome == "unchanged" and after.notes[0].rule == "mastery.local_edits"

    def test_idp_until_null_is_free_once_it_is_null(self) -> None:
        chosen = mastered("idp_until_null")
        assert not is_editable(chosen, "title") and is_editable(chosen, "title", set_by_idp=False)
        assert plan_for(chosen, facts(bound(), data=TITLED), Edited(("title",))).outcome == "refused"
        assert plan_for(chosen, facts(bound(), data=ANN), Edited(("title",))).outcome == "accepted"


class TestAppMastered:
    """POL-072: idp write to app-mastered = ignore with 200 (PUT sends the whole object) / 400 mutability on PATCH."""

    change = updated(TITLED, with_(title="Prof"))

    def test_ignored_and_the_answer_shows_the_kept_value(self) -> None:
        plan = plan_for(mastered("app"), facts(bound()), self.change)
        assert plan.data == TITLED and plan.outcome == "unchanged"

    def test_refused_on_patch_but_not_on_put(self) -> None:
        chosen = mastered("app", on_patch="reject")
        assert "title" in refused(plan_for(chosen, facts(bound()), self.change), 400, "SC-2017", "mutability")
        put = updated(TITLED, with_(title="Prof"), method="PUT")
        assert plan_for(chosen, facts(bound()), put).data == TITLED


class TestPut:
    """RFC 7644 section 3.5.1 and 2.4: clear what the IdP masters, keep what the product masters; active unchanged."""

    before = with_(title="Dr", nickName="An", **{ENTERPRISE_URN: {"department": "Law", "division": "EU"}})

    def test_what_is_omitted(self) -> None:
        chosen = Policy(
            mastery=Mastery(rules=(Mastered("nickName", "app"), Mastered(f"{ENTERPRISE_URN}:division", "app")))
        )
        body: JsonObject = {"schemas": ANN["schemas"], "userName": "ann@acme.com"}
        assert keep_on_put(chosen, self.before, body, frozenset(body)) == {
            **body,
            "active": True,
            "nickName": "An",
            ENTERPRISE_URN: {"division": "EU"},
        }

    def test_active_false_stays_false(self) -> None:
        assert keep_on_put(STANDARD, with_(active=False), {"userName": "x"}, {"userName"})["active"] is False

    def test_what_is_mentioned_with_null_is_cleared(self) -> None:
        chosen = mastered("idp_on_create", "nickName")
        assert "nickName" not in keep_on_put(chosen, self.before, {"userName": "x"}, {"userName", "nickName"})
        assert keep_on_put(chosen, self.before, {"userName": "x"}, {"userName"})["nickName"] == "An"

    def test_part_of_a_complex_attribute(self) -> None:
        chosen = mastered("app", "name.familyName")
        body: JsonObject = {"userName": "x", "name": {"givenName": "Anna"}}
        assert keep_on_put(chosen, ANN, body, {"userName", "name"})["name"] == {
            "givenName": "Anna",
            "familyName": "Lee",
        }


def to(address: str) -> JsonObject:
    return with_(userName=address, emails=[{"value": address, "type": "work", "primary": True}])


class TestEmail:
    """POL-074: email_change = allow / only into a verified domain / forbid; effects: end sessions, re-verify."""

    tenant = Tenant(verified_domains=("acme.com",))

    def change(self, chosen: Policy, address: str, tenant: Tenant = Tenant()) -> Plan:  # noqa: B008 - frozen
        return plan_for(chosen, facts(bound(), tenant=tenant), updated(ANN, to(address)))

    def test_into_a_verified_domain(self) -> None:
        assert self.change(STANDARD, "lee@ACME.com", self.tenant).outcome == "updated"

    def test_not_into_another_once_there_is_a_verified_one(self) -> None:
        detail = refused(self.change(STANDARD, "ann@evil.example", self.tenant), 400, "SC-2007", "invalidValue")
        assert "evil.example" in detail and "acme.com, " not in detail

    def test_into_any_where_none_is_verified_or_the_policy_allows(self) -> None:
        assert self.change(STANDARD, "ann@new.example").outcome == "updated"
        assert self.change(named(email_change="allow"), "ann@new.example", self.tenant).outcome == "updated"

    def test_forbidden(self) -> None:
        refused(self.change(named(email_change="forbid"), "lee@acme.com"), 400, "SC-2018", "mutability")

    @pytest.mark.parametrize(
        ("check", "address", "unverified"),
        [
            ("unless_verified_domain", "lee@acme.com", False),
            ("always", "lee@acme.com", True),
            ("never", "lee@acme.com", False),
        ],
    )
    def test_what_counts_as_verified(self, check: str, address: str, unverified: bool) -> None:
        plan = self.change(named(email_check=check), address, self.tenant)
        assert ("Notify" in names(plan)) is unverified

    def test_unverified_by_default_where_no_domain_is(self) -> None:
        """POL-085: an e-mail change over SCIM is not treated as verified by default."""
        assert one(self.change(STANDARD, "ann@new.example"), Notify) == Notify(account="a-1", code="email.unverified")

    def test_ends_the_sessions(self) -> None:
        effect = one(self.change(named(email_ends_sessions=True), "lee@acme.com"), RevokeCredentials)
        assert effect == RevokeCredentials(account="a-1", kinds=("sessions", "refresh_tokens"))

    def test_effects_name_paths_and_never_values(self) -> None:
        effect = one(self.change(STANDARD, "lee@acme.com"), UpdateProfile)
        assert effect == UpdateProfile(account="a-1", paths=("userName", "emails"))


class TestUserName:
    """POL-075: userName_change = allow / forbid; a PUT with the same userName is fine."""

    def test_allowed_and_the_binding_stays(self) -> None:
        plan = plan_for(STANDARD, facts(bound()), updated(ANN, with_(userName="lee@acme.com")))
        assert plan.outcome == "updated" and plan.binding == bound()

    def test_forbidden(self) -> None:
        chosen = named(user_name_change="forbid")
        refused(plan_for(chosen, facts(bound()), updated(ANN, with_(userName="lee"))), 400, "SC-2018", "mutability")
        assert plan_for(chosen, facts(bound()), updated(ANN, TITLED, method="PUT")).outcome == "updated"


class TestPassword:
    """POL-076: password = ignore (default) / hand over / reject."""

    def test_ignored(self) -> None:
        plan = plan_for(STANDARD, facts(), created(secret="hunter2"))
        assert plan.opens is not None and plan.opens.secret is None and "hunter2" not in repr(plan)

    def test_handed_over_and_kept_nowhere(self) -> None:
        plan = plan_for(named(password="hand_over"), facts(), created(secret="hunter2"))
        assert plan.opens is not None and plan.opens.secret == "hunter2" and "hunter2" not in repr(plan)
        changed = plan_for(named(password="hand_over"), facts(bound()), updated(ANN, TITLED, secret="hunter2"))
        assert changed.secret == "hunter2" and "hunter2" not in repr(changed)

    def test_rejected(self) -> None:
        detail = refused(
            plan_for(named(password="reject"), facts(), created(secret="hunter2")), 400, "SC-2019", "invalidValue"
        )
        assert "hunter2" not in detail


def test_unknown_attributes_are_the_dialects_matter_unless_the_policy_says_otherwise() -> None:
    """POL-077: the service merges it into the rules that bodies are checked by."""
    assert STANDARD.names.unknown_attributes == "as_dialect"
    assert named(unknown_attributes="reject").names.unknown_attributes == "reject"


class TestExternalId:
    """POL-078: externalId required, unique, changeable."""

    without = {key: value for key, value in ANN.items() if key != "externalId"}

    def test_required(self) -> None:
        chosen = named(external_id_required=True)
        refused(plan_for(chosen, facts(), created(self.without)), 400, "SC-2020", "invalidValue")
        assert plan_for(STANDARD, facts(), created(self.without)).outcome == "created"

    def test_unique(self) -> None:
        chosen = named(external_id_unique=True)
        refused(plan_for(chosen, facts(), created(), external_id_taken=True), 409, "SC-2021", "uniqueness")
        assert plan_for(chosen, facts(), created()).outcome == "created"
        assert plan_for(chosen, facts(bound()), updated(ANN, TITLED)).outcome == "updated"

    def test_unchanging(self) -> None:
        chosen = named(external_id_change="forbid")
        refused(plan_for(chosen, facts(bound()), updated(ANN, with_(externalId="x-2"))), 400, "SC-2018", "mutability")
        assert plan_for(chosen, facts(bound()), updated(self.without, ANN)).outcome == "updated"


def test_values_are_stored_as_sent() -> None:
    """POL-073, POL-079: nothing is reformatted; a plan changes data only where a rule says so."""
    plan = plan_for(
        STANDARD, facts(), created(with_(phoneNumbers=[{"value": "+1 (555) 0100"}])), account=Account(id="a")
    )
    assert plan.data is None
