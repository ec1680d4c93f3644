"""Groups and their teams (POL-110 to POL-119). What follows for the members is in `members`."""

from typing import Literal

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, NotImplementedHere, Uniqueness
from scimcore.policy import refusals
from scimcore.policy.choices.sentences import counted
from scimcore.policy.effects import (
    OPENED,
    CreateTeam,
    DeleteTeam,
    RenameTeam,
)
from scimcore.policy.facts import Binding
from scimcore.policy.refusals import the_user, who
from scimcore.policy.rules import access, members
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Disconnected


def create(situation: Situation) -> PlanDraft:
    """Create a group (POST)."""
    _check(situation)
    # `displayName` is unique among groups here: Entra ID and Okta match groups by their name.
    if situation.facts.namesake is not None:
        raise _name_taken(situation)
    _check_count(situation)
    binding = Binding(
        resource=situation.resource,
        type="Group",
        account=None,
        state="active",
        connection=situation.facts.connection,
        since=situation.facts.now,
    )
    paths = tuple(c.path for c in situation.changes)
    draft = PlanDraft(outcome="created", binding=binding).note(
        "groups.mode", _MODES[situation.policy.groups.mode], about=paths
    )
    if situation.policy.groups.mode == "team":
        draft = _team(situation, draft)
    return _members(situation, draft)


_MODES = {
    "team": "The group is a team.",
    "mapped": "The group is stored. An admin maps groups to teams.",
    "store": "The group is stored and has no effect.",
    "roles": "The group is stored and gives roles.",
    "off": "Groups are not offered.",
}


def _team(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Give a new group a team of its own, or the one of its name (POL-111)."""
    own = situation.resource or OPENED
    choice = situation.policy.groups.collision
    there = None
    # The product is asked for a team of that name only if the answer matters: it is a query per group.
    if choice != "beside":
        there = situation.team
    if there is None:
        return _opened(draft, CreateTeam(account="", team=own), "The group gets a team.")
    # A team that another group stands for already cannot be shared: the two would undo each other's members.
    if choice == "adopt" and not there.managed:
        return _opened(
            draft, CreateTeam(account="", team=there.id, adopt=True), "The group takes over the team of its name."
        )
    if choice == "suffix":
        effect = CreateTeam(account="", team=own, suffix=f" ({there.namesakes + 1})")
        return _opened(draft, effect, "The group gets a team with a number after its name.")
    raise _team_taken(situation)


def _opened(draft: PlanDraft, effect: CreateTeam, text: str) -> PlanDraft:
    # For a group the binding's account is its team.
    draft = evolve(draft, binding=evolve(draft.bound, account=effect.team))
    return draft.note("groups.collision", text, effect)


def update(situation: Situation) -> PlanDraft:
    """Change a group (PUT or PATCH)."""
    # Groups have no lifecycle table, so each rule asks for itself.
    if situation.facts.binding is None:
        raise gone(situation)
    _check(situation)
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    draft = _renamed(situation, draft)
    others = tuple(c.path for c in situation.changes if c.path != "displayName")
    if others:
        draft = draft.note("mastery.default", "The attributes are stored.", about=others)
    return _members(situation, draft)


def _renamed(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Rename the team with the group, or not (POL-112). SCIM shows the name as it was sent."""
    about = ("displayName",)
    if not any(c.path == "displayName" for c in situation.changes):
        return draft
    team = situation.binding.account
    # SCIM shows the new name in any case (RFC 7644 section 3.5: the answer is the resource as stored).
    if team is None or situation.policy.groups.mode != "team":
        return draft.note("groups.rename", "The name is stored.", about=about)
    if situation.policy.groups.rename == "keep":
        return draft.note("groups.rename", "The team keeps its name.", about=about)
    return draft.note("groups.rename", "The team is renamed.", RenameTeam(account="", team=team), about=about)


def delete(situation: Situation) -> PlanDraft:
    """Delete a group (DELETE). Its users stay (POL-113)."""
    if situation.facts.binding is None:
        raise gone(situation)
    draft = PlanDraft(outcome="deleted", binding=situation.binding, drops_links=True, unbinds=True)
    # The members leave mapped teams one by one: those teams belong to the product and stay.
    if situation.policy.groups.mode == "mapped" and access.has_teams(situation.policy):
        draft = members.sync(situation, draft)
    elif access.has_teams(situation.policy):
        draft = members.sync_around(situation, draft)
    draft = _dissolve(situation, draft, situation.policy.groups.on_delete)
    # Kept roles are those that were given last. The next change of the user computes them anew (POL-067).
    keeps = situation.policy.groups.roles_after_delete == "keep"
    if keeps and "groups" in situation.policy.roles.sources:
        return draft.note("groups.roles_after_delete", "Users keep the roles that the group gave them.")
    return members.follow_roles(situation, draft)


def _dissolve(situation: Situation, draft: PlanDraft, mode: str) -> PlanDraft:
    team = situation.binding.account
    if team is None or situation.policy.groups.mode != "team":
        return draft.note("groups.on_delete", "The group is deleted. It had no team of its own.")
    texts = {"delete": "is deleted", "unlink": "belongs to the product now", "archive": "is archived"}
    effect = DeleteTeam(account="", team=team, mode=_delete_mode(mode))
    return draft.note("groups.on_delete", f"The group is deleted. Its team {texts[mode]}, and its users stay.", effect)


def _delete_mode(mode: str) -> Literal["delete", "unlink", "archive"]:
    return "delete" if mode == "delete" else "unlink" if mode == "unlink" else "archive"


def disconnect(situation: Situation) -> PlanDraft:
    """End the connection of a group: its team stays with the product or is deleted (POL-086)."""
    draft = PlanDraft(outcome="accepted", binding=situation.facts.binding, unbinds=True)
    mode = "delete" if situation.policy.linking.groups_on_disconnect == "delete" else "unlink"
    return draft if situation.facts.binding is None else _dissolve(situation, draft, mode)


def host_event(situation: Situation) -> PlanDraft:
    """React to something that happens in the product to the team of a group."""
    if isinstance(situation.trigger, Disconnected):
        return disconnect(situation)
    return PlanDraft(outcome="accepted", binding=situation.facts.binding).note(
        "groups.membership", "Nothing changes for the group."
    )


def edit_members(situation: Situation) -> PlanDraft:
    """Allow or refuse that an admin of the product changes the members of a team (POL-114)."""
    if situation.policy.groups.membership == "locked":
        text = "The identity provider manages the members of this team. Change the group there."
        raise Refusal("groups.membership", "The identity provider manages the team.", Forbidden(text, code="SC-2023"))
    return PlanDraft(outcome="accepted", binding=situation.facts.binding).note(
        "groups.membership", "The product changes the members of the team."
    )


# checks


def _check(situation: Situation) -> None:
    """Refuse a group that the policy does not allow. Raises Refusal."""
    policy = situation.policy.groups
    # RFC 7644 section 3.12: 501 says that the service does not support the request, 404 that the group is missing.
    if policy.mode == "off":
        text = "Groups cannot be provisioned here. Remove the groups from the configuration of the identity provider."
        raise Refusal("groups.mode", "Groups are not offered.", NotImplementedHere(text, code="SC-2024"))
    nested = [link for link in members.added(situation) if link.type == "Group"]
    if nested and policy.nested == "reject":
        text = (
            f"{the_user(situation.data)} cannot have other groups as members: {counted(len(nested), 'group')} "
            "in this request. Add the users of those groups instead."
        )
        raise Refusal("groups.nested", "A group cannot be in a group.", InvalidValue(text, code="SC-2025"))
    # Counting costs a query, so a change that adds nobody is not counted.
    if policy.max_members and members.added(situation):
        _check_size(situation)


def _check_size(situation: Situation) -> None:
    count, limit = situation.member_count, situation.policy.groups.max_members
    if count > limit:
        size = counted(count, "member")
        text = f"{the_user(situation.data)} would have {size}, and the limit is {limit}. Split the group."
        raise Refusal("groups.max_members", "The group has too many members.", InvalidValue(text, code="SC-2026"))


def _check_count(situation: Situation) -> None:
    limit = situation.policy.groups.max_groups
    if not limit:
        return
    count = situation.group_count
    if count >= limit:
        most = counted(limit, "group")
        text = f"{the_user(situation.data)} is one too many: the limit is {most}. Delete another group first."
        raise Refusal("groups.max_groups", "The tenant has too many groups.", InvalidValue(text, code="SC-2026"))


def _name_taken(situation: Situation) -> Refusal:
    text = f"{the_user(situation.after)} exists already. Match it by displayName, or choose another name."
    return Refusal("groups.collision", "A group with that name exists.", Uniqueness(text, code="SC-2004"))


def _team_taken(situation: Situation) -> Refusal:
    text = f"A team with the name of {who(situation.after)} exists already. Rename one of them and try again."
    return Refusal("groups.collision", "A team with that name exists.", Uniqueness(text, code="SC-2027"))


def gone(situation: Situation) -> Refusal:
    """The refusal of a change of a group that does not exist."""
    return Refusal("lifecycle", "The group does not exist.", refusals.gone(situation.data))


def _members(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Update the team's members and their roles."""
    renamed = members.has_new_meaning(situation)
    if not (members.added(situation) or members.removed(situation) or renamed):
        return draft if draft.notes else draft.note("groups.mode", "The group is changed.")
    if members.added(situation) or members.removed(situation):
        draft = draft.note("groups.membership", "The memberships are stored.", about=("members",))
    if access.has_teams(situation.policy):
        draft = members.sync(situation, draft)
    return members.follow_roles(situation, draft)
