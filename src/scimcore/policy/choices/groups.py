"""Groups of the identity provider, and what they are in the product."""

from typing import Literal

from attrs import field, frozen

from scimcore._arguments import each, instance_of, text, whole_number
from scimcore.policy.choices.sentences import choice, setting

_BILLION = 10**9


@frozen
class GroupTeam:
    """Members of the group count as members of the team.

    `group` is the group's displayName (compared without case) or its id, `team` the product's id of the team. POL-110.
    """

    group: str = field(validator=text(empty=False))
    team: str = field(validator=text(empty=False))


@frozen(kw_only=True)
class Groups:
    """The meaning of groups and their members in the product."""

    # One to one is what customers expect (Linear, dbt, Dastra). GitHub lets an admin connect a group with any number of
    # teams.
    mode: Literal["team", "mapped", "store", "roles", "off"] = choice(
        "team",
        "POL-110",
        {
            "team": "Every group is a team.",
            "mapped": "Groups are stored. An admin maps groups to teams.",
            "store": "Groups are stored and have no effect in the product.",
            "roles": "Groups are stored and give roles.",
            "off": "Groups are not offered.",
        },
    )
    teams: tuple[GroupTeam, ...] = setting(
        (),
        "POL-110",
        "These groups are mapped to teams: {value}.",
        empty="No group is mapped to a team.",
        check=each(instance_of(GroupTeam, "members that are a GroupTeam"), "a tuple of GroupTeam"),
        record=GroupTeam,
    )
    # A team that the product's people made is theirs: a group that only has its name must not take it over.
    collision: Literal["beside", "adopt", "conflict", "suffix"] = choice(
        "beside",
        "POL-111",
        {
            "beside": "A new group gets a team of its own, even if the product has a team of that name.",
            "adopt": "A new group takes over the team of its name. If another group has that team, it is refused.",
            "conflict": "A new group is refused if the product has a team of its name.",
            "suffix": "A new group gets a team with a number after its name, if the product has a team of that name.",
        },
    )
    # A team whose name stays behind is taken for another group's: everybody expects the names to agree.
    rename: Literal["rename", "keep"] = choice(
        "rename",
        "POL-112",
        {"rename": "Renaming a group renames its team.", "keep": "Renaming a group does not rename its team."},
    )
    # Dastra: the team goes, the user accounts stay. Nobody loses an account because a group was renamed in the wrong
    # way.
    on_delete: Literal["delete", "unlink", "archive"] = choice(
        "delete",
        "POL-113",
        {
            "delete": "Deleting a group deletes its team. The users stay.",
            "unlink": "Deleting a group leaves its team to the product.",
            "archive": "Deleting a group archives its team.",
        },
    )
    # Recomputing is the same rule as everywhere (POL-067): a role whose source is gone is gone.
    roles_after_delete: Literal["recompute", "keep"] = choice(
        "recompute",
        "POL-113",
        {
            "recompute": "Users lose the roles that a deleted group gave them.",
            "keep": "Users keep the roles that a deleted group gave them.",
        },
    )
    # GitHub, Sentry and Slack lock. Two sides that both change members undo each other without end.
    membership: Literal["locked", "additive", "local"] = choice(
        "locked",
        "POL-114",
        {
            "locked": "Only the identity provider decides who is in a team.",
            "additive": "The identity provider decides who is in a team. The product can add more users.",
            "local": "Only the product decides who is in a team. Memberships are stored and have no effect.",
        },
    )
    # RFC 7643 section 4.2: a member is the id of a SCIM resource. Who sends a group before its users needs `keep`; for
    # all others a stranger is a mistake.
    unknown_member: Literal["reject", "ignore", "keep"] = choice(
        "reject",
        "POL-115",
        {
            "reject": "A request with a member that does not exist is refused.",
            "ignore": "A member that does not exist is ignored.",
            "keep": "A member that does not exist yet joins the group when it is created.",
        },
    )
    # Entra ID sends the members of the first level only, so a nested group that counted would surprise its admins.
    nested: Literal["store", "reject", "flatten"] = choice(
        "store",
        "POL-116",
        {
            "store": "A group in a group is stored. Its members get nothing from the outer group.",
            "reject": "A group in a group is refused.",
            "flatten": "Members of a group in a group count as members of both.",
        },
    )
    # Off: a product that has a limit knows it. A PUT above it would otherwise be cut short, and the group would be
    # wrong.
    max_members: int = setting(
        0,
        "POL-117",
        "A group can have {value}.",
        empty="A group can have any number of members.",
        unit="member",
        check=whole_number(0, _BILLION),
    )
    max_groups: int = setting(
        0,
        "POL-117",
        "A tenant can have {value}.",
        empty="A tenant can have any number of groups.",
        unit="group",
        check=whole_number(0, _BILLION),
    )
    # Entra ID reads a group with excludedAttributes=members; other clients read all of it, and a group of 50,000 takes
    # seconds to write.
    members_shown_up_to: int = setting(
        0,
        "POL-117",
        "SCIM does not list the members of a group with more than {value}, unless the request asks for them.",
        empty="SCIM lists the members of every group.",
        unit="member",
        check=whole_number(0, _BILLION),
    )
    # GitHub hides them and needs `hidden`. An identity provider that misses a member which it has added adds it again.
    inactive_members: Literal["listed", "hidden"] = choice(
        "listed",
        "POL-118",
        {
            "listed": "A group lists disabled and invited members.",
            "hidden": "A group does not list disabled and invited members. It lists them again when they are active.",
        },
    )
    # Products that put groups into a session token need it; others would sign people out for nothing.
    reauthenticate: bool = choice(
        False,
        "POL-119",
        {
            True: "A user who joins or leaves a group must sign in again.",
            False: "A user who joins or leaves a group stays signed in.",
        },
    )
    # An effect per member would flood the outbox when a group of ten thousand is filled by one PUT.
    whole_above: int = setting(
        1000,
        "POL-110",
        "If more than {value} of a group change at once, the product gets the whole list.",
        empty="The product always gets the members of a group who change, one by one.",
        unit="member",
        check=whole_number(0, _BILLION),
    )
