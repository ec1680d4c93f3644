"""Groups and teams: what a group is, who counts in it, and which roles follow (POL-110 to POL-119)."""

from typing import Literal

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, NotFound, NotImplementedHere, Uniqueness
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
    """POST of a group."""
    _check(situation)
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
    "team": "the group is a team",
    "mapped": "the group is stored; an admin says which teams it means",
    "store": "the group is stored, and means nothing",
    "roles": "the group is stored, and gives roles",
    "off": "groups are not taken",
}


def _team(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """The team of a new group: its own, or one that is there (POL-111)."""
    own = situation.resource or OPENED
    choice = situation.policy.groups.collision
    there = None
    if choice != "beside":
        there = situation.team
    if there is None:
        return _opened(draft, CreateTeam(account="", team=own), "a team for the group")
    if choice == "adopt" and not there.managed:
        return _opened(draft, CreateTeam(account="", team=there.id, adopt=True), "the team of that name is the group's")
    if choice == "suffix":
        effect = CreateTeam(account="", team=own, suffix=f" ({there.namesakes + 1})")
        return _opened(draft, effect, "a team with a number behind the name")
    raise _team_taken(situation)


def _opened(draft: PlanDraft, effect: CreateTeam, text: str) -> PlanDraft:
    draft = evolve(draft, binding=evolve(draft.bound, account=effect.team))
    return draft.note("groups.collision", text, effect)


def update(situation: Situation) -> PlanDraft:
    """PUT or PATCH of a group."""
    if situation.facts.binding is None:
        raise gone(situation)
    _check(situation)
    draft = PlanDraft(outcome="updated", binding=situation.binding)
    draft = _renamed(situation, draft)
    others = tuple(c.path for c in situation.changes if c.path != "displayName")
    if others:
        draft = draft.note("mastery.default", "stored", about=others)
    return _members(situation, draft)


def _renamed(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """SCIM shows the name as sent; the team follows or not (POL-112)."""
    about = ("displayName",)
    if not any(c.path == "displayName" for c in situation.changes):
        return draft
    team = situation.binding.account
    if team is None or situation.policy.groups.mode != "team":
        return draft.note("groups.rename", "the name is stored", about=about)
    if situation.policy.groups.rename == "keep":
        return draft.note("groups.rename", "the team keeps its name", about=about)
    return draft.note("groups.rename", "the team is renamed", RenameTeam(account="", team=team), about=about)


def delete(situation: Situation) -> PlanDraft:
    """DELETE of a group: the users stay (POL-113)."""
    if situation.facts.binding is None:
        raise gone(situation)
    draft = PlanDraft(outcome="deleted", binding=situation.binding, drops_links=True, unbinds=True)
    if situation.policy.groups.mode == "mapped" and access.has_teams(situation.policy):
        draft = members.sync(situation, draft)
    elif access.has_teams(situation.policy):
        draft = members.sync_around(situation, draft)
    draft = _dissolve(situation, draft, situation.policy.groups.on_delete)
    keeps = situation.policy.groups.roles_after_delete == "keep"
    if keeps and "groups" in situation.policy.roles.sources:
        return draft.note("groups.roles_after_delete", "roles from the group stay")
    return members.follow_roles(situation, draft)


def _dissolve(situation: Situation, draft: PlanDraft, mode: str) -> PlanDraft:
    team = situation.binding.account
    if team is None or situation.policy.groups.mode != "team":
        return draft.note("groups.on_delete", "the group goes; it had no team of its own")
    texts = {"delete": "the team is deleted", "unlink": "the team is the product's own", "archive": "it is archived"}
    effect = DeleteTeam(account="", team=team, mode=_delete_mode(mode))
    return draft.note("groups.on_delete", f"the group goes: {texts[mode]}; its people stay", effect)


def _delete_mode(mode: str) -> Literal["delete", "unlink", "archive"]:
    return "delete" if mode == "delete" else "unlink" if mode == "unlink" else "archive"


def disconnect(situation: Situation) -> PlanDraft:
    """The connection ends: teams stay as the product's own, or go (POL-086)."""
    draft = PlanDraft(outcome="accepted", binding=situation.facts.binding, unbinds=True)
    mode = "delete" if situation.policy.linking.groups_on_disconnect == "delete" else "unlink"
    return draft if situation.facts.binding is None else _dissolve(situation, draft, mode)


def host_event(situation: Situation) -> PlanDraft:
    """Something happens in the product to a team that a group stands for."""
    if isinstance(situation.trigger, Disconnected):
        return disconnect(situation)
    return PlanDraft(outcome="accepted", binding=situation.facts.binding).note("groups.membership", "nothing changes")


def edit_members(situation: Situation) -> PlanDraft:
    """A local admin wants to change who is in a team (POL-114)."""
    if situation.policy.groups.membership == "locked":
        text = "Who is in this team is decided in the identity provider. Change the group there."
        raise Refusal("groups.membership", "the team is the identity provider's", Forbidden(text, code="SC-2023"))
    return PlanDraft(outcome="accepted", binding=situation.facts.binding).note(
        "groups.membership", "the product's own people"
    )


# checks


def _check(situation: Situation) -> None:
    """What a group must not be."""
    policy = situation.policy.groups
    if policy.mode == "off":
        text = "Groups are not provisioned here. Take the group mapping out of the identity provider's configuration."
        raise Refusal("groups.mode", "groups are not taken", NotImplementedHere(text, code="SC-2024"))
    nested = [link for link in members.added(situation) if link.type == "Group"]
    if nested and policy.nested == "reject":
        text = f"{len(nested)} of the new members of {who(situation.data)} are groups. Add their users instead."
        raise Refusal("groups.nested", "a group in a group", InvalidValue(text, code="SC-2025"))
    if policy.max_members and members.added(situation):
        _check_size(situation)


def _check_size(situation: Situation) -> None:
    count, limit = situation.member_count, situation.policy.groups.max_members
    if count > limit:
        text = f"{the_user(situation.data)} would have {count} members; {limit} is the limit. Split the group."
        raise Refusal("groups.max_members", "the group is full", InvalidValue(text, code="SC-2026"))


def _check_count(situation: Situation) -> None:
    limit = situation.policy.groups.max_groups
    if not limit:
        return
    count = situation.group_count
    if count >= limit:
        text = f"There are {count} groups; {limit} is the limit. Delete one before {who(situation.data)} is created."
        raise Refusal("groups.max_groups", "there are groups enough", InvalidValue(text, code="SC-2026"))


def _name_taken(situation: Situation) -> Refusal:
    text = f"{the_user(situation.after)} exists already. Match it by displayName, or choose another name."
    return Refusal("groups.collision", "a group of that name exists", Uniqueness(text, code="SC-2004"))


def _team_taken(situation: Situation) -> Refusal:
    text = f"A team named as {who(situation.after)} exists already. Rename one of them, and provision the group again."
    return Refusal("groups.collision", "a team of that name exists", Uniqueness(text, code="SC-2027"))


def gone(situation: Situation) -> Refusal:
    """A change of something that is not there."""
    text = f"{the_user(situation.data)} is not here any more. Unassign it in the identity provider, assign it again."
    return Refusal("lifecycle", "nothing is there", NotFound(text, code="SC-2029"))


def _members(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Who counts in the team now, and which roles follow."""
    renamed = members.means_another(situation)
    if not (members.added(situation) or members.removed(situation) or renamed):
        return draft if draft.notes else draft.note("groups.mode", "the group changes")
    if members.added(situation) or members.removed(situation):
        draft = draft.note("groups.membership", "the memberships are stored", about=("members",))
    if access.has_teams(situation.policy):
        draft = members.sync(situation, draft)
    return members.follow_roles(situation, draft)
