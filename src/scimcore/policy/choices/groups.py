"""What a group of the identity provider is in the product."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting


@frozen
class GroupTeam:
    """Members of the group (by its displayName, whatever the case, or its id) count in that team of the product."""

    group: str
    team: str


@frozen(kw_only=True)
class Groups:
    """Groups and teams."""

    mode: Literal["team", "mapped", "store", "roles", "off"] = choice(
        "team",
        "POL-110",
        {
            "team": "Every group is a team.",
            "mapped": "Groups are stored; an admin says which teams their members count in.",
            "store": "Groups are stored, and mean nothing.",
            "roles": "Groups are stored, and give roles.",
            "off": "Groups are not taken.",
        },
    )
    teams: tuple[GroupTeam, ...] = setting(
        (), "POL-110", "Groups are connected to teams: {value}.", empty="No group is connected to a team by hand."
    )
    collision: Literal["beside", "adopt", "conflict", "suffix"] = choice(
        "beside",
        "POL-111",
        {
            "beside": "A team of the same name that the product has already is left alone.",
            "adopt": "A team of the same name becomes the group's, unless another group has it: then it is refused.",
            "conflict": "A group whose name a team has already is refused.",
            "suffix": "A group whose name a team has already becomes a team with a number behind the name.",
        },
    )
    rename: Literal["rename", "keep"] = choice(
        "rename",
        "POL-112",
        {"rename": "A renamed group renames the team.", "keep": "A renamed group leaves the team's name alone."},
    )
    on_delete: Literal["delete", "unlink", "archive"] = choice(
        "delete",
        "POL-113",
        {
            "delete": "A deleted group deletes the team; its people stay.",
            "unlink": "A deleted group leaves the team to the product.",
            "archive": "A deleted group archives the team.",
        },
    )
    roles_after_delete: Literal["recompute", "keep"] = choice(
        "recompute",
        "POL-113",
        {
            "recompute": "Roles that came from a deleted group go with it.",
            "keep": "Roles that came from a deleted group stay.",
        },
    )
    membership: Literal["locked", "additive", "local"] = choice(
        "locked",
        "POL-114",
        {
            "locked": "Who is in a team is the identity provider's matter alone.",
            "additive": "The product may add people to a team besides; they stay.",
            "local": "Who is in a team is the product's matter; memberships are stored only.",
        },
    )
    unknown_member: Literal["reject", "ignore", "keep"] = choice(
        "reject",
        "POL-115",
        {
            "reject": "A member that does not exist is refused.",
            "ignore": "A member that does not exist is passed over.",
            "keep": "A member that does not exist yet is kept for later.",
        },
    )
    nested: Literal["store", "reject", "flatten"] = choice(
        "store",
        "POL-116",
        {
            "store": "A group in a group is stored, and gives its members nothing.",
            "reject": "A group in a group is refused.",
            "flatten": "Members of a group in a group count as members of both.",
        },
    )
    max_members: int = setting(0, "POL-117", "A group has up to {value} members.", empty="A group may be of any size.")
    max_groups: int = setting(0, "POL-117", "A tenant has up to {value} groups.", empty="There may be any number.")
    members_shown_up_to: int = setting(
        0,
        "POL-117",
        "The members of a group of more than {value} are not listed, unless asked for.",
        empty="The members of a group are listed, whatever their number.",
    )
    inactive_members: Literal["listed", "hidden"] = choice(
        "listed",
        "POL-118",
        {
            "listed": "Disabled and invited members are listed in the group.",
            "hidden": "Disabled and invited members are not listed in the group; they come back with the user.",
        },
    )
    reauthenticate: bool = choice(
        False,
        "POL-119",
        {
            True: "Who joins or leaves a group signs in again.",
            False: "Who joins or leaves a group stays signed in.",
        },
    )
    whole_above: int = setting(
        1000,
        "POL-110",
        "A change of more than {value} members is handed over as the whole list.",
        empty="Every change of members is handed over name by name.",
    )
