"""The account's address stays inside the rules, however it is reached (POL-074, POL-085, POL-090)."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scimcore.policy import STANDARD, Domains, Names, Policy, Reactivate
from scimcore.policy.values import email
from scimcore.schema import USER_URN
from tests.service.support import Stage, policy, replace, start

OURS, THEIRS = "wim@corp.test", "wim@gmail.test"
WORK = 'emails[type eq "work"].value'
HOME = {"value": THEIRS, "type": "home"}


def work(value: str, **more: object) -> dict[str, object]:
    return {"value": value, "type": "work", **more}


def verified(chosen: Policy = STANDARD) -> Stage:
    stage = start(chosen)
    stage.settings(verified_domains=("corp.test",))
    return stage


def remove(path: str) -> Mapping[str, object]:
    return {"op": "remove", "path": path}


def add(path: str, value: object) -> Mapping[str, object]:
    return {"op": "add", "path": path, "value": value}


GAINING: dict[str, tuple[Mapping[str, object], ...]] = {
    "add": (add(WORK, THEIRS),),
    "replace": (replace(WORK, THEIRS),),
    "an element": (add("emails", [work(THEIRS)]),),
    "without a path": ({"op": "add", "value": {"emails": [work(THEIRS)]}},),
    "a dotted key": ({"op": "replace", "value": {WORK: THEIRS}},),
    "no type": (replace("emails", [{"value": THEIRS}]),),
    "made primary": (add("emails", [HOME]), replace('emails[type eq "home"].primary', True)),
    "a userName": (replace("userName", THEIRS),),
    "a userName without a path": ({"op": "replace", "value": {"userName": THEIRS}},),
    "a type that turns into work": (add("emails", [HOME]), replace('emails[type eq "home"].type', "work")),
}


class TestGainingAnAddress:
    @pytest.mark.parametrize("way", GAINING)
    @pytest.mark.parametrize("together", [True, False])
    def test_is_like_changing_one(self, way: str, together: bool) -> None:
        stage = verified()
        id = stage.user("wim", emails=[work(OURS)])
        first = remove("emails")
        if together:
            answers = [stage.trial.patch(f"/Users/{id}", first, *GAINING[way])]
        else:
            answers = [stage.trial.patch(f"/Users/{id}", operation) for operation in (first, *GAINING[way])]
        assert answers[-1].status == 400 and "SC-2007" in answers[-1]["detail"]
        assert stage.account().email in (None, OURS)

    @pytest.mark.parametrize("way", GAINING)
    def test_of_a_user_who_never_had_one(self, way: str) -> None:
        stage = verified()
        id = stage.user("wim")
        assert [stage.trial.patch(f"/Users/{id}", o).status for o in GAINING[way]][-1] == 400
        assert stage.account().email is None

    def test_by_put(self) -> None:
        stage = verified()
        id = stage.user("wim")
        for body in ({"userName": THEIRS}, {"userName": "wim", "emails": [work(THEIRS)]}):
            assert stage.trial.put(f"/Users/{id}", {"schemas": [USER_URN], **body}).status == 400
        assert stage.trial.put(f"/Users/{id}", {"schemas": [USER_URN], "userName": OURS}).status == 200
        assert stage.account().email == OURS

    def test_through_a_userName_that_was_an_address(self) -> None:
        stage = verified()
        id = stage.user(OURS)
        stage.patch(id, replace("userName", "wim"))
        stage.patch(id, replace("userName", THEIRS), status=400)
        stage.patch(id, replace("userName", OURS))

    def test_tells_the_product_to_verify_it(self) -> None:
        stage = verified(policy(names=Names(email_change="allow")))
        id = stage.user("wim")
        stage.patch(id, add("emails", [work(THEIRS)]))
        assert len(stage.effects("Notify")) == 1

    def test_is_refused_where_the_address_does_not_change(self) -> None:
        stage = verified(policy(names=Names(email_change="forbid")))
        id = stage.user("wim", emails=[work(OURS)])
        stage.patch(id, remove("emails"), status=400)
        stage.patch(id, replace(WORK, "other@corp.test"), status=400)
        assert stage.account().email == OURS
        other = stage.user("eva")
        stage.patch(other, add("emails", [work("eva@corp.test")]), status=400)

    def test_by_a_create_that_restores(self) -> None:
        stage = verified(policy(reactivate=Reactivate(on_post="restore", post_needs="user_name")))
        id = stage.user("wim", emails=[work(OURS)])
        stage.off(id)
        stage.post("wim", 400, emails=[work(THEIRS)])
        assert (stage.account().state, stage.account().email) == ("suspended", OURS)


class TestASecondAddress:
    def test_that_is_private_harms_nobody(self) -> None:
        stage = verified()
        id = stage.post("wim", emails=[work(OURS), HOME])["id"]
        stage.patch(id, replace('emails[type eq "home"].value', "w@private.test"))
        stage.patch(id, remove('emails[type eq "home"]'))
        stage.patch(id, add("emails", [HOME]))
        assert stage.account().email == OURS
        stage.patch(id, remove('emails[type eq "work"]'))
        assert stage.account().email is None

    def test_beside_a_userName_harms_nobody(self) -> None:
        stage = verified()
        id = stage.post(OURS, emails=[work(THEIRS, primary=True)])["id"]
        stage.patch(id, replace(WORK, "w@private.test"))
        assert stage.account().email == OURS

    def test_links_nobody_whose_own_address_is_elsewhere(self) -> None:
        stage = verified()
        stage.host.add("acme", OURS)
        stage.post(THEIRS, 409, emails=[work(OURS)])
        assert stage.trial.get("/Users")["totalResults"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "a@x.test,b@corp.test",
        "a@x.test;b@corp.test",
        "a@x.test b@corp.test",
        "<a@corp.test>",
        "@corp.test",
        "a@",
        "a@b@c",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert email({"userName": text}) is None
    assert email({"userName": text, "emails": [work(text), work(OURS)]}) == OURS
    stage = verified()
    stage.host.add("acme", "b@corp.test", owner=True)
    answer = stage.trial.post("/Users", {"schemas": [USER_URN], "userName": text})
    assert answer.status == 201
    assert stage.account(1).email is None


ADDRESSES = st.sampled_from([OURS, THEIRS, "two@corp.test", "x@gmail.test,y@corp.test", "wim"])
ELEMENTS = st.fixed_dictionaries(
    {"value": ADDRESSES}, optional={"type": st.sampled_from(["work", "home", "other"]), "primary": st.booleans()}
)
OPERATIONS = st.one_of(
    st.builds(lambda v: replace("userName", v), ADDRESSES),
    st.builds(lambda v: add("emails", v), st.lists(ELEMENTS, max_size=2)),
    st.builds(lambda v: replace("emails", v), st.lists(ELEMENTS, max_size=3)),
    st.builds(lambda k, v: replace(f'emails[type eq "{k}"].value', v), st.sampled_from(["work", "home"]), ADDRESSES),
    st.builds(lambda k: replace(f'emails[type eq "{k}"].primary', True), st.sampled_from(["work", "home"])),
    st.builds(lambda k: remove(f'emails[type eq "{k}"]'), st.sampled_from(["work", "home"])),
    st.builds(lambda v: {"op": "replace", "value": {"userName": v}}, ADDRESSES),
    st.just(remove("emails")),
)


@pytest.mark.parametrize(
    "chosen",
    [STANDARD, policy(domains=Domains(require="verified_on_edit")), policy(names=Names(email_change="forbid"))],
    ids=["standard", "on edit", "forbid"],
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(OPERATIONS, st.lists(OPERATIONS, max_size=3)), max_size=6))
def test_the_address_is_in_a_verified_domain_whatever_is_sent(chosen: Policy, steps: list[Any]) -> None:
    stage = verified(chosen)
    id = stage.user("wim", emails=[work(OURS)])
    for step in steps:
        stage.trial.patch(f"/Users/{id}", *(step if isinstance(step, list) else [step]))
        address = stage.account().email
        assert address is None or address.endswith("@corp.test")
        assert address == email(stage.trial.get(f"/Users/{id}").body)
