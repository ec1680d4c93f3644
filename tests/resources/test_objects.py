"""Typed views for host code."""

import subprocess
import sys

from attrs import field, frozen

from scimcore.resources import to_text
from scimcore.resources.objects import (
    Email,
    EnterpriseUser,
    Group,
    Manager,
    Name,
    Reference,
    User,
    from_object,
    to_object,
)
from tests.resources.generated import ENTERPRISE_URN, FULL_USER, GROUP_URN, USER_URN, document


class TestViews:
    def test_a_user_reads_as_an_object(self):
        user = to_object(User, document(to_text(FULL_USER)))
        assert user.user_name == "bjensen@example.com"
        assert user.name is not None
        assert user.name.given_name == "Barbara"
        assert user.emails[0] == Email(value="bjensen@example.com", type="work", primary=True)
        assert user.enterprise is not None
        assert user.enterprise.manager == Manager(value="26118915", ref="../Users/26118915")
        assert user.x509_certificates[0].value == "MAMCAQE="
        assert user.groups == ()

    def test_a_user_can_be_written_back(self):
        assert from_object(to_object(User, FULL_USER)) == FULL_USER

    def test_what_is_made_by_hand_is_a_body(self):
        user = User(user_name="a", active=False, name=Name(given_name="g"), enterprise=EnterpriseUser(cost_center="7"))
        assert from_object(user) == {
            "schemas": [USER_URN],
            "userName": "a",
            "active": False,
            "name": {"givenName": "g"},
            ENTERPRISE_URN: {"costCenter": "7"},
        }

    def test_a_group_has_members(self):
        data = {"schemas": [GROUP_URN], "displayName": "g", "members": [{"value": "1", "$ref": "r", "type": "User"}]}
        group = to_object(Group, data)
        assert group.members == (Reference(value="1", ref="r", type="User"),)
        assert from_object(group) == data

    def test_unknown_attributes_are_passed_over(self):
        assert to_object(User, {"userName": "a", "shoe": 43}).user_name == "a"

    def test_a_hosts_own_class_will_do(self):
        @frozen
        class Badge:
            badge_colour: str = ""

        @frozen
        class Guest:
            user_name: str
            role: str = field(default="member", metadata={"scim": "secodaRole"})
            badge: Badge | None = field(default=None, metadata={"scim": "urn:x:Badge"})

        data = {"userName": "a", "secodaRole": "admin", "urn:x:Badge": {"badgeColour": "red"}, "title": "x"}
        guest = to_object(Guest, data)
        assert guest == Guest("a", "admin", Badge("red"))
        assert from_object(guest) == {k: v for k, v in data.items() if k != "title"}

    def test_nobody_pays_for_it_who_does_not_use_it(self):
        code = "import scimcore.resources, sys; sys.exit('cattrs' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
