"""What an account takes over from a user: its name, and its e-mail."""

import pytest

from scimcore.schema.json import JsonObject
from trial.profile import EMAIL_FROM, NAME_FROM, email_of, name_of, touches

WORK = {"value": "w@y.z", "type": "work"}


class TestTheName:
    @pytest.mark.parametrize(
        ("user", "name"),
        [
            ({"displayName": "Ada L", "name": {"formatted": "Ada F"}}, "Ada L"),
            ({"name": {"formatted": "Ada F", "givenName": "Ada"}}, "Ada F"),
            ({"name": {"givenName": "Ada", "familyName": "Byron"}}, "Ada Byron"),
            ({"name": {"familyName": "Byron"}}, "Byron"),
            ({"userName": "ada"}, "ada"),
            ({"userName": "ada", "displayName": "", "name": {"givenName": ""}}, "ada"),
            ({}, None),
        ],
    )
    def test_is_the_first_that_is_there(self, user: JsonObject, name: str | None) -> None:
        assert name_of(user) == name


class TestTheEmail:
    @pytest.mark.parametrize(
        ("user", "email"),
        [
            ({"userName": "a@b.c", "emails": [{"value": "x@y.z"}]}, "a@b.c"),
            (
                {"userName": "a", "emails": [{"value": "w@y.z", "type": "work"}, {"value": "p@y.z", "primary": True}]},
                "p@y.z",
            ),
            (
                {"userName": "a", "emails": [{"value": "h@y.z", "type": "home"}, {"value": "w@y.z", "type": "work"}]},
                "w@y.z",
            ),
            ({"userName": "a"}, None),
            ({"userName": "a@"}, None),
        ],
    )
    def test_is_the_user_name_when_it_is_an_address(self, user: JsonObject, email: str | None) -> None:
        assert email_of(user) == email


class TestWhatAPathTouches:
    def test_sub_attributes_count_as_theirs(self) -> None:
        assert touches(("name.givenName",), NAME_FROM)
        assert touches(('emails[type eq "work"].value',), EMAIL_FROM)

    def test_others_do_not(self) -> None:
        assert not touches(("nickName", "urn:x:User:name"), NAME_FROM)
