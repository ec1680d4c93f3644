"""PATCH on group members: steps that cost what they name, and what the links are like afterwards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.filters.condition import element_condition
from scimcore.filters.parsing import parse_path
from scimcore.patch import LinkRequest, Readings
from scimcore.patch.links import (
    AddLinks,
    ClearLinks,
    LinkChange,
    RemoveLinks,
    RemoveMatching,
    links_after,
    links_for_put,
    net_change,
)
from scimcore.resources import Link, Linked
from scimcore.schema import MEMBERSHIP
from tests.patch.support import GROUPS, LENIENT, RFC, op, patch_group

ANN, BOB = Link("", "ann"), Link("User", "bob")


def steps(*operations, readings=RFC):
    result = patch_group(*operations, readings=readings)
    assert "members" not in result.data
    assert result.named == {"members"}
    if not result.requests:
        return ()
    (request,) = result.requests
    assert request.relation == MEMBERSHIP
    return request.steps


def refused(*operations, readings=RFC):
    with pytest.raises(ScimError) as caught:
        patch_group(*operations, readings=readings)
    return caught.value.scim_type


class TestAdd:
    """ "If the user was already a member of this group, no changes should be made" """

    def test_links_one_or_a_list(self):
        # PATCH-022
        assert steps(op("add", "members", {"value": "ann", "display": "Ann"})) == (AddLinks((ANN,)),)
        values = [{"value": "ann", "$ref": None}, {"value": "bob", "type": "user"}, {"value": "ann"}]
        assert steps(op("add", "members", values)) == (AddLinks((ANN, BOB)),)
        assert steps(op("add", None, {"members": [{"value": "ann"}]})) == (AddLinks((ANN,)),)

    @pytest.mark.parametrize("value", [None, []])
    def test_nothing_asks_for_nothing(self, value):
        # PATCH-020
        assert steps(op("add", "members", value)) == ()

    @pytest.mark.parametrize(
        "value", [7, "ann", ["ann"], [{"value": 7}], [{"value": ""}], [{"display": "x"}], [None], {}]
    )
    def test_what_names_no_id_is_refused(self, value):
        # PATCH-009
        assert refused(op("add", "members", value)) == "invalidValue"

    def test_with_a_filter_is_refused(self):
        assert refused(op("add", 'members[value eq "ann"]', {"value": "ann"}), readings=LENIENT) == "invalidPath"


class TestRemove:
    """ "Remove a single member from a group"; "Remove all members of a group" """

    def test_by_id_drops_those(self):
        # PATCH-034, PATCH-050: nobody looks whether they are there.
        assert steps(op("remove", 'members[value eq "ann"]')) == (RemoveLinks(("ann",)),)
        both = op("remove", 'members[value eq "ann" or Value eq "bob"]')
        assert steps(both) == (RemoveLinks(("ann", "bob")),)

    def test_by_another_filter_drops_where_it_holds(self):
        (step,) = steps(op("remove", 'members[type eq "User" and value ne "ann"]'))
        assert isinstance(step, RemoveMatching)
        assert step.condition.holds({"value": "bob", "type": "user"})
        assert not step.condition.holds({"value": "ann", "type": "User"})

    def test_without_either_clears(self):
        # PATCH-031
        assert steps(op("remove", "members")) == (ClearLinks(),)
        assert steps(op("remove", "members", None), readings=LENIENT) == (ClearLinks(),)

    def test_of_a_list_drops_those_by_the_reading(self):
        # PATCH-035: the letter of the RFC would empty the group.
        values = [{"value": "ann", "$ref": None}, {"value": "bob", "display": "B"}]
        assert steps(op("remove", "members", values), readings=LENIENT) == (RemoveLinks(("ann", "bob")),)
        assert steps(op("remove", "members", values)) == (ClearLinks(),)
        for value in ({"value": "ann"}, "ann", ["ann"], {"members": [{"value": "ann"}]}):
            assert steps(op("remove", "members", value), readings=LENIENT) == (RemoveLinks(("ann",)),)

    def test_of_an_empty_list_is_no_change_by_the_reading(self):
        # PATCH-035
        assert steps(op("remove", "members", []), readings=LENIENT) == ()

    @pytest.mark.parametrize("value", [7, [7], [{"display": "x"}], [[]], {"value": True}, [{}]])
    def test_of_a_list_that_names_no_ids_is_refused(self, value):
        assert refused(op("remove", "members", value), readings=LENIENT) == "invalidValue"


class TestReplace:
    """ "replace all of the members of a group with a different members list in a single replace operation" """

    def test_clears_and_links(self):
        # PATCH-041
        value = [{"value": "ann"}]
        assert steps(op("replace", "members", value)) == (ClearLinks(), AddLinks((ANN,)))
        assert steps(op("replace", None, {"members": value})) == (ClearLinks(), AddLinks((ANN,)))

    @pytest.mark.parametrize("value", [None, []])
    def test_by_nothing_clears(self, value):
        assert steps(op("replace", "members", value)) == (ClearLinks(),)

    def test_makes_what_was_asked_before_moot(self):
        assert steps(op("add", "members", {"value": "x"}), op("replace", "members", [])) == (ClearLinks(),)

    @pytest.mark.parametrize("path", ['members[value eq "a"].value', 'members[value eq "a"].type', "members.value"])
    @pytest.mark.parametrize("verb", ["add", "remove", "replace"])
    def test_what_is_in_a_member_never_changes(self, verb, path):
        # PATCH-048, CORE-067
        assert refused(op(verb, path, "b"), readings=LENIENT) == "mutability"

    def test_of_a_member_by_another_is_refused(self):
        # PATCH-048
        assert refused(op("replace", 'members[value eq "a"]', {"value": "b"})) == "mutability"


class TestManyOperations:
    """At least 50 member operations in one request, many members in each."""

    def test_cost_what_they_name(self):
        # PATCH-049
        values = [{"value": f"u{n}"} for n in range(1000)]
        asked = steps(*[op("add", "members", values[n * 20 : n * 20 + 20]) for n in range(50)])
        assert sum(len(step.links) for step in asked) == 1000


ids = st.sampled_from(["a", "b", "c", "d", "e"])
kinds = st.sampled_from(["", "User", "Group"])
simple_steps = st.one_of(
    st.lists(st.builds(Link, kinds, ids), min_size=1, max_size=3).map(lambda links: AddLinks(tuple(links))),
    st.lists(ids, min_size=1, max_size=3).map(lambda names: RemoveLinks(tuple(names))),
    st.just(ClearLinks()),
)
MEMBERS = GROUPS.find(None, "members")
GROUP_MEMBERS = element_condition(parse_path('members[type eq "Group"]'), MEMBERS, GROUPS)
any_steps = st.one_of(simple_steps, st.just(RemoveMatching(GROUP_MEMBERS)))
stored = st.lists(st.builds(Linked, st.sampled_from(["User", "Group"]), ids), unique_by=lambda linked: linked.id)


def naive(request, current):
    """Which ids are linked afterwards, by sets."""
    types = {linked.id: linked.type for linked in current}
    linked = set(types)
    for step in request.steps:
        match step:
            case AddLinks(links):
                linked |= {link.id for link in links}
                types |= {link.id: link.type for link in links if link.type}
            case RemoveLinks(names):
                linked -= set(names)
            case ClearLinks():
                linked = set()
            case RemoveMatching():
                linked -= {id for id in linked if types.get(id) == "Group"}
    return linked


def consistent(request, current):
    """A resource has one type, whoever names it; a request that contradicts itself is refused later."""
    said = [(linked.id, linked.type) for linked in current]
    said += [(link.id, link.type) for step in request.steps if isinstance(step, AddLinks) for link in step.links]
    types = {}
    return all(types.setdefault(id, kind) == kind for id, kind in said if kind)


class TestAfterwards:
    """Operations are applied sequentially in the order they appear in the array."""

    @settings(max_examples=150, deadline=None)
    @given(st.lists(any_steps, max_size=6), stored)
    def test_run_is_the_sets_step_by_step(self, some, current):
        request = LinkRequest(MEMBERSHIP, tuple(some))
        if consistent(request, current):
            assert set(links_after(request, current)) == naive(request, current)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(simple_steps, max_size=6), stored)
    def test_fold_agrees_with_run(self, some, current):
        request = LinkRequest(MEMBERSHIP, tuple(some))
        wanted = net_change(request)
        before = {linked.id: linked.type for linked in current}
        kept = {} if wanted.cleared else {id: kind for id, kind in before.items() if id not in wanted.absent}
        added = {id: kind or before.get(id, "") for id, kind in wanted.present.items()}
        assert kept | added == links_after(request, current)
        assert not wanted.absent & wanted.present.keys()

    def test_fold_needs_the_stored_links_for_other_filters(self):
        request = LinkRequest(MEMBERSHIP, (RemoveMatching(GROUP_MEMBERS),))
        assert net_change(request) is None
        current = [Linked("User", "u"), Linked("Group", "g")]
        assert links_after(request, current) == {"u": "User"}

    def test_the_example_of_the_rfc(self):
        request = LinkRequest(MEMBERSHIP, (RemoveLinks(("ann",)), AddLinks((BOB,))))
        assert net_change(request) == LinkChange(False, {"bob": "User"}, frozenset({"ann"}))
        assert links_after(request, [Linked("User", "ann")]) == {"bob": "User"}

    def test_a_put_asks_for_exactly_its_links(self):
        assert links_for_put(None) is None
        assert links_for_put(()) == LinkRequest(MEMBERSHIP, (ClearLinks(),))
        assert links_for_put((BOB,)) == LinkRequest(MEMBERSHIP, (ClearLinks(), AddLinks((BOB,))))
        assert links_for_put((BOB,), relation="owners").relation == "owners"

    def test_readings_default_to_the_letter(self):
        assert Readings() == RFC
