"""Mastery: the side that may change an attribute, the identity provider or the product (POL-070 to POL-072)."""

from collections.abc import Iterable

from attrs import evolve

from scimcore.errors import Mutability
from scimcore.policy.choices import Master
from scimcore.policy.facts import Binding
from scimcore.policy.plans import Note
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import below, get, json, leaves, put, split
from scimcore.resources.changes import Change
from scimcore.schema.json import JsonObject

#: What provisioning is about, and what only the identity provider can know: the product never masters these.
_ALWAYS_IDP = ("active", "userName", "externalId", "schemas")


def master_of(policy: Policy, path: str) -> Master:
    """The master of an attribute: the rule with the longest path that covers it, else the default."""
    # `check` refuses rules for these; a default of `app` would otherwise make a user impossible to disable.
    if path in _ALWAYS_IDP:
        return "idp"
    # Most policies have no exception, and this is asked for every attribute of every change.
    if not policy.mastery.rules:
        return policy.mastery.default
    # The longest path wins: a rule for `name.givenName` is an exception from a rule for `name`.
    covering = [rule for rule in policy.mastery.rules if below(path, (rule.path,))]
    return max(covering, key=lambda rule: len(rule.path)).master if covering else policy.mastery.default


def is_editable(policy: Policy, path: str, *, set_by_idp: bool = True) -> bool:
    """True if the people of the product may change the attribute; a form can grey out the others.

    `set_by_idp`: the identity provider has given the attribute a value.
    """
    master = master_of(policy, path)
    theirs = master in ("app", "idp_on_create") or (master == "idp_until_null" and not set_by_idp)
    return theirs or policy.mastery.local_edits != "blocked"


def put_back(situation: Situation) -> tuple[Situation, tuple[Note, ...]]:
    """Put back what the identity provider may not change. Returns the situation and a note for each attribute."""
    if _nothing_mastered(situation):
        return situation, ()
    kept = [change for change in situation.changes if _is_products(situation, change.path)]
    if not kept:
        return situation, ()
    if isinstance(situation.trigger, Updated):
        _refuse_patch(situation, kept)
    after = situation.after
    for change in kept:
        # A new user has no old value to put back: the product sets the attribute itself.
        after = put(after, change.path, None if isinstance(situation.trigger, Created) else change.before)
    left = tuple(change for change in situation.changes if change not in kept)
    text = "The product masters the attribute, so it stays as it is."
    notes = tuple(Note(_rule(situation, c.path), text, (c.path,)) for c in kept)
    return evolve(situation, after=after, changes=left), notes


def _nothing_mastered(situation: Situation) -> bool:
    """True if the product masters nothing: then no attribute has to be looked at."""
    policy, binding = situation.policy.mastery, situation.facts.binding
    if policy.rules or policy.default in ("app", "idp_on_create"):
        return False
    return binding is None or not binding.memory.taken_over


def _is_products(situation: Situation, path: str) -> bool:
    """True if the value of the identity provider is ignored now."""
    if _taken(situation.facts.binding, path):
        return True
    master = master_of(situation.policy, path)
    return master == "app" or (master == "idp_on_create" and isinstance(situation.trigger, Updated))


def _taken(binding: Binding | None, path: str) -> bool:
    if binding is None or not binding.memory.taken_over or path in _ALWAYS_IDP:
        return False
    return below(path, binding.memory.taken_over)


def _rule(situation: Situation, path: str) -> str:
    if _taken(situation.facts.binding, path):
        return "mastery.local_edits"
    return "mastery.rules" if any(below(path, (r.path,)) for r in situation.policy.mastery.rules) else "mastery.default"


def _refuse_patch(situation: Situation, kept: list[Change]) -> None:
    """Refuse a PATCH of what the product masters, if the policy says so. Raises Refusal (POL-072)."""
    update = situation.trigger
    # POL-072. A PATCH names what it wants, so it can be refused. A PUT repeats the whole profile,
    # whether it wants to change it or not.
    if situation.policy.mastery.on_patch == "ignore" or not isinstance(update, Updated) or update.method != "PATCH":
        return
    names = ", ".join(change.path for change in kept)
    text = (
        f"{names} of {who(situation.data)} is managed in the product and cannot be changed over SCIM. "
        "Change it there, or remove it from the attribute mapping."
    )
    raise Refusal("mastery.on_patch", "The product masters the attribute.", Mutability(text, code="SC-2017"))


def handed_over(situation: Situation, path: str) -> bool:
    """True if the identity provider has cleared the attribute, so that the product masters it from now on."""
    return master_of(situation.policy, path) == "idp_until_null" and get(situation.after, path) is None


def keep_on_put(policy: Policy, before: JsonObject, after: JsonObject, named: Iterable[str]) -> JsonObject:
    """Return the body of a PUT with `active` and what the product masters filled in, where the body omits them.

    RFC 7644 section 3.5.1 lets a server clear what is omitted: that happens to attributes that the identity provider
    masters. `named` are the attributes that the body mentions, also with null.
    """
    mentioned = frozenset(named)
    kept = after
    for path in leaves(before):
        top = split(path)[0]
        # `named` tells an omitted attribute from one that is sent as null: null clears, omitting does not (RFC 7643
        # section 2.5).
        missing = get(after, path) is None and path not in mentioned and (top not in mentioned or "." in path)
        if missing and (path == "active" or master_of(policy, path) in ("app", "idp_on_create")):
            kept = put(kept, path, json(get(before, path)))
    return kept


def local_edit(situation: Situation, draft: PlanDraft, paths: tuple[str, ...]) -> PlanDraft:
    """Allow or refuse that an admin of the product changes attributes (POL-071)."""
    # What the product masters anyway needs no permission.
    locked = [p for p in paths if not _free(situation, p)]
    if not locked:
        return draft.note("mastery.default", "The product masters the attributes.", about=paths)
    choice = situation.policy.mastery.local_edits
    if choice == "blocked":
        text = (
            f"{', '.join(locked)} comes from the identity provider and cannot be changed here. "
            "Change it there. It arrives with the next synchronisation."
        )
        raise Refusal(
            "mastery.local_edits", "The identity provider masters the attribute.", Mutability(text, code="SC-2023")
        )
    if choice == "override":
        # Remembered per user: the next push of these attributes is ignored for this user alone (POL-071).
        taken_over = dict.fromkeys((*draft.bound.memory.taken_over, *locked))
        draft = draft.remember(taken_over=tuple(taken_over))
        return draft.note("mastery.local_edits", "The product masters the attributes from now on.", about=paths)
    return draft.note(
        "mastery.local_edits", "The change stays until the identity provider sends the attribute again.", about=paths
    )


def _free(situation: Situation, path: str) -> bool:
    """True if the product masters the attribute already."""
    master = master_of(situation.policy, path)
    theirs = master in ("app", "idp_on_create") or (master == "idp_until_null" and get(situation.before, path) is None)
    return theirs or _taken(situation.facts.binding, path)
