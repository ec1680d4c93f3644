"""What holds for any input."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.resources import Rules, checker, to_text
from tests.resources.made import GROUPS, JSON, STRICT, THINGS, USERS, near

TYPES = {"User": USERS, "Group": GROUPS, "Thing": THINGS}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("rules", [Rules(), STRICT], ids=["default", "strict"])
class TestGarbage:
    """Bad input never gives anything but a ScimError; what is taken is canonical, storable, and stays so."""

    def test_bodies(self, name, rules):
        type = TYPES[name]
        one = checker(type, rules)

        @given(near(type) | JSON, st.booleans())
        @settings(max_examples=60, deadline=None)
        def body(value, creating):
            try:
                checked = one.body(value, creating=creating)
            except ScimError as error:
                assert len(str(error)) < 2500
                assert str(error).encode()
                return
            to_text(checked.data).encode()
            if creating:
                again = one.body(checked.data, creating=True)
                assert again.data == checked.data
                assert list(again.data) == list(checked.data)
                assert one.finish(checked.data) == checked.data

        body()

    def test_values(self, name, rules):
        type = TYPES[name]
        one = checker(type, rules)
        names = st.sampled_from([a.name for a in type.attributes.values() if a.relation is None])

        @given(names, near(type) | JSON | st.lists(near(type), max_size=2))
        @settings(max_examples=60, deadline=None)
        def value(attribute, given_value):
            target = type.find(None, attribute)
            for check in (one.value, one.element):
                try:
                    found = check(target, given_value)
                except ScimError:
                    continue
                to_text({"found": found}).encode()

        value()


@given(JSON | st.lists(near(GROUPS), max_size=3))
@settings(max_examples=60, deadline=None)
def test_links_are_links_or_a_scim_error(value):
    try:
        found = checker(GROUPS, Rules()).links(GROUPS.find(None, "members"), value)
    except ScimError:
        return
    assert len({link.id for link in found}) == len(found)
