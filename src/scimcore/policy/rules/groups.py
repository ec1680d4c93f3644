"""Groups and teams: what a group is, who counts in it, and which roles follow (POL-110 to POL-119)."""

from typing import Literal

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, NotFound, NotImplementedHere, Uniqueness
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import (
    OPENED,
    CreateTeam,
    DeleteTeam,
    RenameTeam,
)
from scimcore.policy.facts import Binding
from scimcore.policy.refusals import the_user, who
from scimcore.policy.rules import access, group_roles, members
from scimcore.policy.triggers import Disconnected


def create(case: Case) -> Draft:
    """POST of a group."""
    _check(case)
    if case.facts.namesake is not None:
        raise _name_taken(case)
    _check_count(case)
    binding = Binding(
        resource=case.resource,
        type="Group",
        account=None,
        state="active",
        connection=case.facts.connection,
        since=case.facts.now,
    )
    paths = tuple(c.path for c in case.changes)
    draft = Draft(outcome="created", binding=binding).say("groups.mode", _MODES[case.policy.groups.mode], about=paths)
    if case.policy.groups.mode == "team":
        draft = _team(case, draft)
    return _members(case, draft)


_MODES = {
    "team": "the group is a team",
    "mapped": "the group is stored; an admin says which teams it means",
    "store": "the group is stored, and means nothing",
    "roles": "the group is stored, and gives roles",
    "off": "groups are not taken",
}


def _team(case: Case, draft: Draft) -> Draft:
    """The team of a new group: its own, or one that is there (POL-111)."""
    own = case.resource or OPENED
    choice = case.policy.groups.collision
    there = None
    if choice != "beside":
        there = case.team
    if there is None:
        return _opened(draft, CreateTeam(account="", team=own), "a team for the group")
    if choice == "adopt" and not there.managed:
        return _opened(draft, CreateTeam(account="", team=there.id, adopt=True), "the team of that name is the group's")
    if choice == "suffix":
        effect = CreateTeam(account="", team=own, suffix=f" ({there.namesakes + 1})")
        return _opened(draft, effect, "a team with a number behind the name")
    raise _team_taken(case)


def _opened(draft: Draft, effect: CreateTeam, text: str) -> Draft:
    draft = evolve(draft, binding=evolve(draft.bound, account=effect.team))
    return draft.say("groups.collision", text, effect)


def update(case: Case) -> Draft:
    """PUT or PATCH of a group."""
    if case.facts.binding is None:
        raise gone(case)
    _check(case)
    draft = Draft(outcome="updated", binding=case.binding)
    draft = _renamed(case, draft)
    others = tuple(c.path for c in case.changes if c.path != "displayName")
    if others:
        draft = draft.say("mastery.default", "stored", about=others)
    return _members(case, draft)


def _renamed(case: Case, draft: Draft) -> Draft:
    """SCIM shows the name as sent; the team follows or not (POL-112)."""
    about = ("displayName",)
    if not any(c.path == "displayName" for c in case.changes):
        return draft
    team = case.binding.account
    if team is None or case.policy.groups.mode != "team":
        return draft.say("groups.rename", "the name is stored", about=about)
    if case.policy.groups.rename == "keep":
        return draft.say("groups.rename", "the team keeps its name", about=about)
    return draft.say("groups.rename", "the team is renamed", RenameTeam(account="", team=team), about=about)


def delete(case: Case) -> Draft:
    """DELETE of a group: the users stay (POL-113)."""
    if case.facts.binding is None:
        raise gone(case)
    draft = Draft(outcome="deleted", binding=case.binding, drops_links=True, unbinds=True)
    if case.policy.groups.mode == "mapped" and access.has_teams(case.policy):
        draft = members.sync(case, draft)
    elif access.has_teams(case.policy):
        draft = members.sync_around(case, draft)
    draft = _dissolve(case, draft, case.policy.groups.on_delete)
    keeps = case.policy.groups.roles_after_delete == "keep"
    if keeps and "groups" in case.policy.roles.sources:
        return draft.say("groups.roles_after_delete", "roles from the group stay")
    return group_roles.follow(case, draft)


def _dissolve(case: Case, draft: Draft, mode: str) -> Draft:
    team = case.binding.account
    if team is None or case.policy.groups.mode != "team":
        return draft.say("groups.on_delete", "the group goes; it had no team of its own")
    texts = {"delete": "the team is deleted", "unlink": "the team is the product's own", "archive": "it is archived"}
    effect = DeleteTeam(account="", team=team, mode=_delete_mode(mode))
    return draft.say("groups.on_delete", f"the group goes: {texts[mode]}; its people stay", effect)


def _delete_mode(mode: str) -> Literal["delete", "unlink", "archive"]:
    return "delete" if mode == "delete" else "unlink" if mode == "unlink" else "archive"


def disconnect(case: Case) -> Draft:
    """The connection ends: teams stay as the product's own, or go (POL-086)."""
    draft = Draft(outcome="accepted", binding=case.facts.binding, unbinds=True)
    mode = "delete" if case.policy.linking.groups_on_disconnect == "delete" else "unlink"
    return draft if case.facts.binding is None else _dissolve(case, draft, mode)


def host_event(case: Case) -> Draft:
    """Something happens in the product to a team that a group stands for."""
    if isinstance(case.trigger, Disconnected):
        return disconnect(case)
    return Draft(outcome="accepted", binding=case.facts.binding).say("groups.membership", "nothing changes")


def edit_members(case: Case) -> Draft:
    """A local admin wants to change who is in a team (POL-114)."""
    if case.policy.groups.membership == "locked":
        text = "Who is in this team is decided in the identity provider. Change the group there."
        raise Refused("groups.membership", "the team is the identity provider's", Forbidden(text, code="SC-2023"))
    return Draft(outcome="accepted", binding=case.facts.binding).say("groups.membership", "the product's own people")


# checks


def _check(case: Case) -> None:
    """What a group must not be."""
    policy = case.policy.groups
    if policy.mode == "off":
        text = "Groups are not provisioned here. Take the group mapping out of the identity provider's configuration."
        raise Refused("groups.mode", "groups are not taken", NotImplementedHere(text, code="SC-2024"))
    nested = [link for link in members.added(case) if link.type == "Group"]
    if nested and policy.nested == "reject":
        text = f"{len(nested)} of the new members of {who(case.data)} are groups. Add their users instead."
        raise Refused("groups.nested", "a group in a group", InvalidValue(text, code="SC-2025"))
    if policy.max_members and members.added(case):
        _check_size(case)


def _check_size(case: Case) -> None:
    count, limit = case.member_count, case.policy.groups.max_members
    if count > limit:
        text = f"{the_user(case.data)} would have {count} members; {limit} is the limit. Split the group."
        raise Refused("groups.max_members", "the group is full", InvalidValue(text, code="SC-2026"))


def _check_count(case: Case) -> None:
    limit = case.policy.groups.max_groups
    if not limit:
        return
    count = case.group_count
    if count >= limit:
        text = f"There are {count} groups; {limit} is the limit. Delete one before {who(case.data)} is created."
        raise Refused("groups.max_groups", "there are groups enough", InvalidValue(text, code="SC-2026"))


def _name_taken(case: Case) -> Refused:
    text = f"{the_user(case.after)} exists already. Match it by displayName, or choose another name."
    return Refused("groups.collision", "a group of that name exists", Uniqueness(text, code="SC-2004"))


def _team_taken(case: Case) -> Refused:
    text = f"A team named as {who(case.after)} exists already. Rename one of them, and provision the group again."
    return Refused("groups.collision", "a team of that name exists", Uniqueness(text, code="SC-2027"))


def gone(case: Case) -> Refused:
    """A change of something that is not there."""
    text = f"{the_user(case.data)} is not here any more. Unassign it in the identity provider, assign it again."
    return Refused("lifecycle", "nothing is there", NotFound(text, code="SC-2029"))


def _members(case: Case, draft: Draft) -> Draft:
    """Who counts in the team now, and which roles follow."""
    renamed = members.means_another(case)
    if not (members.added(case) or members.removed(case) or renamed):
        return draft if draft.notes else draft.say("groups.mode", "the group changes")
    if members.added(case) or members.removed(case):
        draft = draft.say("groups.membership", "the memberships are stored", about=("members",))
    if access.has_teams(case.policy):
        draft = members.sync(case, draft)
    return group_roles.follow(case, draft)
