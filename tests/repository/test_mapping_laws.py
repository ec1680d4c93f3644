"""The mapping is a lens: nothing is lost between a resource and the host's row, in either direction."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from own_tables.mapping import USERS
from own_tables.tables import users
from scimcore.repository.sql.mapped import Field, Mapping
from scimcore.resources.document import to_text
from scimcore.schema import ENTERPRISE_URN, USER, USER_URN, Registry

texts = st.sampled_from(["", "x", "Zoë", "é" * 60, "y" * 61, "z" * 300, "null", "İ"]) | st.text(max_size=8)
emails = st.lists(
    st.fixed_dictionaries(
        {}, optional={"value": texts, "type": st.sampled_from(["work", "Work", "home"]), "primary": st.booleans()}
    ).filter(bool),
    min_size=1,
    max_size=3,
)
names = st.fixed_dictionaries({}, optional={"givenName": texts, "familyName": texts, "formatted": texts}).filter(bool)
works = st.fixed_dictionaries({}, optional={"department": texts, "employeeNumber": texts}).filter(bool)


@st.composite
def resources(draw: st.DrawFn) -> str:
    """Canonical texts of users: schemas first and as they are used, no nulls, nothing empty; in any order else."""
    more: dict[str, Any] = {"userName": draw(texts)}
    options = {"name": names, "title": texts, "active": st.booleans(), "emails": emails, "nickName": texts}
    for name in draw(st.permutations([*options, ENTERPRISE_URN])):
        if draw(st.booleans()):
            more[name] = draw(works if name == ENTERPRISE_URN else options[name])
    return to_text({"schemas": [USER_URN, *([ENTERPRISE_URN] if ENTERPRISE_URN in more else [])], **more})


#: What the product may write into its row, as read from the database.
rows = st.tuples(
    st.text(min_size=1, max_size=9),
    st.none() | st.text(min_size=1, max_size=9),
    st.none() | st.text(min_size=1, max_size=9),
    st.text(max_size=9),
    st.booleans(),
    st.none() | st.text(min_size=1, max_size=9),
    st.none() | st.text(min_size=1, max_size=9),
)


class TestTheLaws:
    @given(text=resources())
    def test_what_was_put_is_what_one_gets(self, text: str) -> None:
        assert USERS.get(*USERS.put(text)) == text

    @given(text=resources())
    def test_what_one_gets_puts_back_to_the_same(self, text: str) -> None:
        row, overflow = USERS.put(text)

        assert USERS.put(USERS.get(row, overflow)) == (row, overflow)

    @given(first=resources(), text=resources())
    def test_the_last_put_counts(self, first: str, text: str) -> None:
        USERS.put(first)
        assert USERS.get(*USERS.put(USERS.get(*USERS.put(text)))) == text

    @given(text=resources(), row=rows)
    def test_what_the_product_wrote_counts(self, text: str, row: Any) -> None:
        """Put-get from the other side: the product's row, written under an overflow, comes back to the letter."""
        _, overflow = USERS.put(text)
        seen = USERS.get(row, overflow)
        written, _ = USERS.put(seen)

        assert [a or None for a in written[:4]] == [a or None for a in _said(row, overflow)[:4]]
        assert USERS.get(*USERS.put(seen)) == seen

    @given(text=resources(), row=rows)
    def test_and_leaves_a_proper_resource(self, text: str, row: Any) -> None:
        _, overflow = USERS.put(text)
        data = json.loads(USERS.get(row, overflow))

        assert "null" not in to_text({k: v for k, v in data.items() if v is None})
        assert all(item not in ({}, []) and item is not None for item in _parts(data))
        assert (ENTERPRISE_URN in data) is (ENTERPRISE_URN in data["schemas"])
        assert data["schemas"][0] == USER_URN

    def test_columns_hold_what_they_can_and_the_overflow_the_rest(self) -> None:
        long = "x" * 61
        text = to_text({"schemas": [USER_URN], "userName": "ann", "name": {"givenName": "Ann"}, "title": long, "x": 1})
        row, overflow = USERS.put(text)

        assert row == ["ann", "Ann", None, "", True, None, None]
        assert json.loads(overflow) == {
            "schemas": [USER_URN], "userName": None, "name": {"givenName": None}, "title": long, "x": 1
        }  # fmt: skip
        assert list(USERS.unsaid(overflow)) == ["title"]


def _said(row: Any, overflow: str) -> list[Any]:
    """The row, but for columns at their default under which the overflow itself speaks."""
    seen = json.loads(USERS.get(row, overflow))
    name = seen.get("name", {})
    fit = [seen.get("userName"), name.get("givenName"), name.get("familyName"), seen.get("title")]
    return [found if (found is not None and len(found) <= 60) or n == 0 else None for n, found in enumerate(fit)]


def _parts(data: Any) -> Any:
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield item
        yield from _parts(item)


class TestTheSchema:
    """/Schemas says what has a column or is kept in the overflow by name, and nothing else."""

    def test_it_is_derived(self) -> None:
        registry = Registry(USERS.resource_type)
        user, enterprise = registry.schemas().values()

        assert {a.name for a in user.attributes} == {
            "externalId", "userName", "name", "title", "active", "emails", "displayName", "phoneNumbers", "groups"
        }  # fmt: skip
        assert {s.name for a in user.attributes if a.name == "name" for s in a.sub_attributes} == {
            "givenName", "familyName"
        }  # fmt: skip
        assert {a.name for a in enterprise.attributes} == {"department", "employeeNumber"}

    def test_a_column_that_must_be_filled_makes_its_attribute_required(self) -> None:
        mapping = Mapping(
            USER,
            users,
            link=users.c.scim_id,
            tenant=users.c.theme,
            fields=(Field("nickName", users.c.login),),
            overflow=("userName",),
        )
        required = {a.name for a in mapping.resource_type.schema.attributes if a.required}
        assert required == {"userName", "nickName"}
        assert mapping.resource_type.extensions == ()

    @pytest.mark.parametrize(
        "path", ["nope", "name", "emails", "emails.value", 'emails[type eq "work"]', "addresses[x pr].y"]
    )
    def test_what_cannot_stand_in_a_column_is_refused(self, path: str) -> None:
        with pytest.raises(ValueError, match=r"attribute|chosen"):
            Mapping(USER, users, link=users.c.scim_id, tenant=users.c.theme, fields=(Field(path, users.c.login),))
