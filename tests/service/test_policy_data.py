"""Whose word counts for attributes, names, passwords, domains: each choice set, seen to act over HTTP, explained."""

import pytest

from scimcore.policy import Domains, Mastered, Mastery, Names
from scimcore.policy import effects as e
from scimcore.policy.triggers import Edited
from scimcore.schema import USER_URN
from tests.service.support import ADA, BEN, OFF, policy, replace, start

MASTERS = ("idp", "app", "idp_on_create", "idp_until_null")


class TestMastery:
    """POL-070: per attribute path, master x POST / PUT / PATCH / local edit."""

    @pytest.mark.parametrize(
        ("master", "created", "patched"),
        [
            ("idp", "Lead", "Head"),
            ("app", None, None),
            ("idp_on_create", "Lead", "Lead"),
            ("idp_until_null", "Lead", "Head"),
        ],
    )
    def test_by_post_patch_and_put(self, master: str, created: str | None, patched: str | None) -> None:
        stage = start(mastery=Mastery(rules=(Mastered("title", master),)))  # type: ignore[arg-type]
        user = stage.user(title="Lead")
        assert stage.trial.get(f"/Users/{user}").body.get("title") == created
        stage.patch(user, replace("title", "Head"))
        assert stage.trial.get(f"/Users/{user}").body.get("title") == patched
        answer = stage.trial.put(f"/Users/{user}", {"schemas": [USER_URN], "userName": ADA, "title": "Chief"})
        assert answer.body.get("title") == {"idp": "Chief", "idp_until_null": "Chief"}.get(master, created)
        omitted = stage.trial.put(f"/Users/{user}", {"schemas": [USER_URN], "userName": ADA})
        assert omitted.body.get("title") == (created if master in ("app", "idp_on_create") else None)

    @pytest.mark.parametrize("master", MASTERS)
    def test_by_default_for_everything(self, master: str) -> None:
        stage = start(mastery=Mastery(default=master))  # type: ignore[arg-type]
        user = stage.user(title="Lead")
        stage.patch(user, replace("title", "Head"))
        shown = stage.trial.get(f"/Users/{user}").body.get("title")
        assert shown == {"app": None, "idp_on_create": "Lead"}.get(master, "Head")
        stage.off(user)
        assert stage.account().state == "suspended"

    @pytest.mark.parametrize(("choice", "status"), [("ignore", 200), ("reject", 400)])
    def test_on_patch(self, choice: str, status: int) -> None:
        """POL-072: the answer shows the kept value, or 400 mutability; a PUT means no harm."""
        stage = start(mastery=Mastery(rules=(Mastered("title", "app"),), on_patch=choice))  # type: ignore[arg-type]
        user = stage.user()
        answer = stage.patch(user, replace("title", "Head"), status=status)
        assert answer.body.get("scimType") == ("mutability" if status == 400 else None)
        assert status == 200 or "mastery.on_patch" in stage.notes()
        put = stage.trial.put(f"/Users/{user}", {"schemas": [USER_URN], "userName": ADA, "title": "Head"})
        assert put.status == 200 and "title" not in put.body

    @pytest.mark.parametrize(
        ("choice", "allowed", "after"),
        [("blocked", False, "Head"), ("until_next_sync", True, "Head"), ("override", True, "Lead")],
    )
    def test_local_edits(self, choice: str, allowed: bool, after: str) -> None:
        """POL-071."""
        stage = start(mastery=Mastery(local_edits=choice))  # type: ignore[arg-type]
        user = stage.user(title="Lead")
        told = stage.tell(Edited(("title",)))
        assert (told.refusal is None) is allowed
        stage.patch(user, replace("title", "Head"))
        assert stage.trial.get(f"/Users/{user}")["title"] == after

    def test_what_is_the_services_own_has_no_other_master(self) -> None:
        with pytest.raises(ValueError, match="POL-070"):
            policy(mastery=Mastery(rules=(Mastered("active", "app"),)))


class TestNames:
    """POL-073 to POL-078."""

    def test_are_stored_as_sent_and_found_whatever_the_case(self) -> None:
        """POL-073."""
        stage = start()
        user = stage.user("Ada@ACME.com", phoneNumbers=[{"value": "+1 (555) 0100"}])
        shown = stage.trial.get("/Users", query={"filter": 'userName eq "ada@acme.COM"'})["Resources"][0]
        assert (shown["id"], shown["userName"]) == (user, "Ada@ACME.com")
        assert shown["phoneNumbers"][0]["value"] == "+1 (555) 0100"

    @pytest.mark.parametrize(
        ("choice", "address", "status"),
        [
            ("verified_domain", "ada@acme.com", 200),
            ("verified_domain", "ada@evil.example", 400),
            ("allow", "ada@evil.example", 200),
            ("forbid", "ada.b@acme.com", 400),
        ],
    )
    def test_email_change(self, choice: str, address: str, status: int) -> None:
        stage = start(names=Names(email_change=choice))  # type: ignore[arg-type]
        stage.settings(verified_domains=("acme.com",))
        user = stage.user("ada.l@acme.com")
        answer = stage.patch(user, replace("userName", address), status=status)
        assert (stage.account().email == address) is (status == 200)
        if status == 400:
            assert answer["scimType"] == ("mutability" if choice == "forbid" else "invalidValue")
            assert "names.email_change" in stage.notes()

    @pytest.mark.parametrize(
        ("check", "address", "told"),
        [
            ("unless_verified_domain", "ada.l@acme.com", False),
            ("unless_verified_domain", "ada@other.example", True),
            ("always", "ada.l@acme.com", True),
            ("never", "ada@other.example", False),
        ],
    )
    def test_email_check(self, check: str, address: str, told: bool) -> None:
        stage = start(names=Names(email_change="allow", email_check=check))  # type: ignore[arg-type]
        stage.settings(verified_domains=("acme.com",))
        user = stage.user()
        stage.patch(user, replace("userName", address))
        codes = [x.code for x in stage.effects() if isinstance(x, e.Notify)]
        assert codes == (["email.unverified"] if told else [])

    @pytest.mark.parametrize("ends", [True, False])
    def test_email_ends_sessions(self, ends: bool) -> None:
        stage = start(names=Names(email_ends_sessions=ends))
        user = stage.user()
        stage.patch(user, replace("userName", "ada.l@acme.com"))
        assert bool(stage.effects("RevokeCredentials")) is ends

    @pytest.mark.parametrize(("choice", "status"), [("allow", 200), ("forbid", 400)])
    def test_user_name_change(self, choice: str, status: int) -> None:
        """POL-075: PATCH, and PUT with the same userName still does."""
        from scimcore.dialects import AUTO, RFC

        dialect = AUTO if choice == "allow" else RFC
        stage = start(names=Names(user_name_change=choice), dialect=dialect)  # type: ignore[arg-type]
        user = stage.user()
        answer = stage.patch(user, replace("userName", BEN), status=status)
        assert status == 200 or answer["scimType"] == "mutability"
        name = BEN if status == 200 else ADA
        assert stage.trial.put(f"/Users/{user}", {"schemas": [USER_URN], "userName": name}).status == 200

    @pytest.mark.parametrize("choice", ["ignore", "hand_over"])
    def test_password(self, choice: str) -> None:
        """POL-076: passed over, or handed over; stored and recorded nowhere."""
        stage = start(names=Names(password=choice))  # type: ignore[arg-type]
        user = stage.user(password="hunter2-first")
        handed = choice == "hand_over"
        assert stage.account().password == ("hunter2-first" if handed else None)
        stage.patch(user, replace("password", "hunter2-second"))
        assert stage.account().password == ("hunter2-second" if handed else None)
        kept = [stage.trial.get(f"/Users/{user}").body, stage.trial.service.admin.audit("acme")]
        kept.append(stage.trial.service.admin.effects("acme"))
        assert "hunter2" not in repr(kept)
        config = stage.trial.get("/ServiceProviderConfig")
        assert config["changePassword"]["supported"] is handed

    def test_password_refused(self) -> None:
        from scimcore.dialects import RFC

        stage = start(names=Names(password="reject"), dialect=RFC)
        assert stage.post(ADA, 400, password="hunter2")["scimType"] == "invalidValue"
        assert "hunter2" not in repr(stage.trial.service.admin.audit("acme"))

    @pytest.mark.parametrize(("choice", "status"), [("as_dialect", 201), ("ignore", 201), ("reject", 400)])
    def test_unknown_attributes(self, choice: str, status: int) -> None:
        """POL-077."""
        from scimcore.dialects import AUTO, RFC

        dialect = RFC if choice == "reject" else AUTO
        stage = start(names=Names(unknown_attributes=choice), dialect=dialect)  # type: ignore[arg-type]
        answer = stage.post(ADA, status, foo=1)
        assert "foo" not in answer.body

    def test_external_id(self) -> None:
        """POL-078: required, unique in the tenant, not changeable."""
        stage = start(names=Names(external_id_required=True, external_id_unique=True, external_id_change="forbid"))
        assert stage.post(ADA, 400)["scimType"] == "invalidValue"
        user = stage.user(externalId="x-1")
        assert stage.post(BEN, 409, externalId="x-1")["scimType"] == "uniqueness"
        assert stage.patch(user, replace("externalId", "x-2"), status=400)["scimType"] == "mutability"
        token = stage.trial.connect("other", policy=stage.policy)
        body = {"schemas": [USER_URN], "userName": ADA, "externalId": "x-1"}
        assert stage.trial.post("/Users", body, token=token).status == 201

    def test_external_id_may_be_shared_missing_and_changed_by_default(self) -> None:
        stage = start()
        user = stage.user(externalId="x-1")
        stage.post(BEN, externalId="x-1")
        stage.patch(user, replace("externalId", "x-3"))
        stage.post("cleo@acme.com")


class TestDomains:
    """POL-090 to POL-093."""

    @pytest.mark.parametrize(
        ("require", "status", "roles"),
        [
            ("verified_on_create", 400, None),
            ("any", 201, ("member",)),
            ("verified_on_edit", 201, ("member",)),
            ("guest", 201, ("guest",)),
        ],
    )
    def test_require(self, require: str, status: int, roles: tuple[str, ...] | None) -> None:
        stage = start(domains=Domains(require=require, guest_role="guest"))  # type: ignore[arg-type]
        stage.settings(verified_domains=("acme.com",))
        answer = stage.post("eve@other.example", status)
        if roles is None:
            assert "other.example" in answer["detail"] and "acme.com" not in answer["detail"]
            assert "domains.require" in stage.notes()
            return
        assert stage.account().roles == roles
        edited = stage.trial.patch(f"/Users/{answer['id']}", replace("displayName", "Eve"))
        assert edited.status == (400 if require == "verified_on_edit" else 200)

    @pytest.mark.parametrize("error", [400, 403])
    def test_error(self, error: int) -> None:
        stage = start(domains=Domains(error=error))  # type: ignore[arg-type]
        stage.settings(verified_domains=("acme.com",))
        assert stage.post("eve@other.example", error).body.get("scimType") == ("invalidValue" if error == 400 else None)

    @pytest.mark.parametrize(("subdomains", "status"), [("separate", 400), ("inherited", 201)])
    def test_subdomains(self, subdomains: str, status: int) -> None:
        stage = start(domains=Domains(subdomains=subdomains))  # type: ignore[arg-type]
        stage.settings(verified_domains=("acme.com",))
        stage.post("eve@eng.acme.com", status)

    def test_unverified_later_leaves_who_is_there(self) -> None:
        """POL-093."""
        stage = start()
        stage.settings(verified_domains=("acme.com",))
        user = stage.user()
        stage.settings(verified_domains=("other.example",))
        stage.patch(user, replace("title", "Lead"))
        stage.patch(user, OFF)
        stage.post(BEN, 400)
