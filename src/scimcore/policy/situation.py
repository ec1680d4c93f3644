"""The situation that a decision is about, the draft of its plan, and the ways to ask for a fact or to refuse.

Rules are written as if all facts were known. An unknown fact raises `FactNeeded`, which becomes the `Ask`; a refusal
raises `Refusal`, which becomes the refused plan. Both end in `decide`.
"""

from collections.abc import Mapping
from typing import Protocol, TypeVar, Unpack

from attrs import evolve, field, frozen

from scimcore.errors import ScimError
from scimcore.policy.effects import OPENED, AnyEffect, Effect
from scimcore.policy.facts import (
    Account,
    Binding,
    Facts,
    GroupFact,
    MemberFact,
    Remembered,
    SeatCount,
    State,
    Team,
    UnknownFact,
)
from scimcore.policy.plans import Ask, MatchKey, Need, Note, Order, Outcome, Plan
from scimcore.policy.policy import Policy
from scimcore.policy.triggers import Created, Deleted, Trigger, Updated
from scimcore.resources.changes import Change, ChangeSet
from scimcore.schema.json import JsonObject

T = TypeVar("T")


class FactNeeded(Exception):
    """A rule needs a fact that is not known yet. The decision begins again when the service has fetched it."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask.needs)
        self.ask = ask


class Refusal(Exception):
    """A rule refuses. The note goes to the audit trail and names nobody; the error's detail names the user."""

    def __init__(self, rule: str, note: str, error: ScimError) -> None:
        super().__init__(note)
        self.plan = Plan(outcome="refused", notes=(Note(rule, note, ("refusal",)),), refusal=error)


@frozen(kw_only=True)
class Situation:
    """The input of a decision: the policy, the known facts, what happened, and what the change comes to."""

    policy: Policy
    facts: Facts
    trigger: Trigger
    #: The resource before the change; with an event in the host, the resource as it is stored.
    before: JsonObject = field(factory=dict)
    #: The resource that is going to be stored. It differs from the trigger's where the product masters attributes.
    after: JsonObject = field(factory=dict)
    #: The differences that are left after mastery has put attributes back.
    changes: tuple[Change, ...] = ()

    @property
    def change(self) -> ChangeSet:
        """The change over SCIM; an empty one for an event in the host."""
        if isinstance(self.trigger, Created | Updated | Deleted):
            return self.trigger.change
        return ChangeSet(type=self.facts.binding.type if self.facts.binding else "User", before={}, after={})

    @property
    def data(self) -> JsonObject:
        """The resource as it will be. For a delete or a host event, the resource as it is."""
        return self.after or self.before

    @property
    def binding(self) -> Binding:
        """The resource's binding. Raises LookupError in states that have none: the lifecycle table prevents that."""
        if self.facts.binding is None:
            raise LookupError("the lifecycle table sent an unbound resource to a rule for bound ones")
        return self.facts.binding

    @property
    def active(self) -> bool:
        """The wanted value of `active`."""
        # RFC 7643 section 4.1.1 leaves the default open. Absent is true here: a user who is created without it should
        # work.
        return self.after.get("active", True) is not False

    @property
    def repeats_disabling(self) -> bool:
        """True if a request says again that a disabled user is disabled: what was granted once, a retry gets too."""
        return isinstance(self.trigger, Updated) and not self.active and "active" in self.trigger.named

    @property
    def resource(self) -> str:
        """The id of the resource; "" if it is not known yet."""
        if self.facts.binding is not None:
            return self.facts.binding.resource
        return self.trigger.resource if isinstance(self.trigger, Created) else ""

    def ask_for(self, *needs: Need) -> None:
        """Ask at once for facts that the rules are going to need."""
        # Each question ends the decision, and the service fetches and begins again: one round instead of three.
        missing = tuple(need for need in needs if isinstance(getattr(self.facts, need), UnknownFact))
        if missing:
            raise FactNeeded(Ask(missing))

    def _known(self, need: Need, value: T | UnknownFact) -> T:
        if isinstance(value, UnknownFact):
            raise FactNeeded(Ask((need,)))
        return value

    @property
    def account(self) -> Account | None:
        """The host's account of the binding; None if the binding has none."""
        if self.binding.account is None:
            return None
        return self._known("account", self.facts.account)

    @property
    def seats(self) -> SeatCount | None:
        """The host's count of seats; None if the host does not count."""
        return self._known("seats", self.facts.seats)

    @property
    def groups(self) -> tuple[GroupFact, ...]:
        """The groups of the user."""
        return self._known("groups", self.facts.groups)

    @property
    def ancestors(self) -> tuple[GroupFact, ...]:
        """The groups that the group is in, at any depth."""
        return self._known("ancestors", self.facts.ancestors)

    def members(self, *, everyone: bool) -> Mapping[str, MemberFact]:
        """The users whom a group change is about, or all members."""
        if isinstance(self.facts.members, UnknownFact):
            groups = self.policy.groups
            # Their other groups, data and accounts cost the service a query each, so only if roles or teams need them.
            details = "groups" in self.policy.roles.sources or groups.mode == "mapped" or groups.nested == "flatten"
            raise FactNeeded(Ask(("members",), details=details, everyone=everyone))
        return self.facts.members

    def recent_leavers(self, window: int) -> int:
        """The number of users who were disabled or deleted in the last `window` microseconds."""
        if isinstance(self.facts.recent_leavers, UnknownFact):
            raise FactNeeded(Ask(("recent_leavers",), window=window))
        return self.facts.recent_leavers

    @property
    def team(self) -> Team | None:
        """The product's team that has the name of the group; None if there is none."""
        return self._known("team", self.facts.team)

    @property
    def member_count(self) -> int:
        """The number of members that the group has after the change."""
        return self._known("member_count", self.facts.member_count)

    @property
    def group_count(self) -> int:
        """The number of groups that the tenant has before the change."""
        return self._known("group_count", self.facts.group_count)

    @property
    def managed_users(self) -> int:
        """The number of users that the connection manages."""
        return self._known("managed_users", self.facts.managed_users)

    @property
    def manager(self) -> str | None:
        """The account of the user's manager; None if it has none here."""
        return self._known("manager", self.facts.manager)

    @property
    def external_id_taken(self) -> bool:
        """True if another user of the tenant has the externalId."""
        return self._known("external_id_taken", self.facts.external_id_taken)

    def candidates(self, keys: tuple[MatchKey, ...], *besides: Need) -> tuple[Account, ...]:
        """The host's accounts that one of the keys finds. `besides`: facts that are needed next, to save a round."""
        if isinstance(self.facts.candidates, UnknownFact):
            raise FactNeeded(Ask(("candidates", *besides), keys))
        return self.facts.candidates

    def other_owner(self, account: str, *more: str) -> bool:
        """True if the tenant has another owner than these accounts."""
        # The accounts are in the question: the service knows the binding as it is stored, and a create that links an
        # account has none yet. "Besides nobody" would then find the very owner who leaves.
        if isinstance(self.facts.other_owner, UnknownFact):
            raise FactNeeded(Ask(("other_owner",), accounts=(account, *more)))
        return self.facts.other_owner


@frozen(kw_only=True)
class PlanDraft:
    """A plan in the making. Every rule returns a new draft with its note and its effects."""

    outcome: Outcome
    #: The binding as the plan will write it.
    binding: Binding | None = None
    notes: tuple[Note, ...] = ()
    effects: tuple[AnyEffect, ...] = ()
    #: The resource to store, if the policy changes it; None stores what was sent.
    data: JsonObject | None = None
    #: The account that the host must open.
    opens: Order | None = None
    #: The names of effect classes that no longer happen if they still wait for this account.
    cancels: tuple[str, ...] = ()
    #: The bindings of other users that change too.
    bindings: tuple[Binding, ...] = ()
    #: The resource that the plan is about, if it is not the one in the request.
    resource: str | None = None
    drops_links: bool = False
    #: See `Plan.owner_leaves`.
    owner_leaves: bool = False
    #: The binding is deleted.
    unbinds: bool = False
    #: A password for the host. No log and no repr may show it.
    secret: str | None = field(default=None, repr=False)

    @property
    def account(self) -> str:
        """The account that effects are for: the binding's, or a stand-in for the one that is opened."""
        return (self.binding.account if self.binding else None) or OPENED

    @property
    def bound(self) -> Binding:
        """The binding. Raises LookupError if there is none: a rule for bound resources got the wrong draft."""
        if self.binding is None:
            raise LookupError("a rule for bound resources was given an unbound draft")
        return self.binding

    def note(self, rule: str, text: str, *effects: AnyEffect, about: tuple[str, ...] = ()) -> "PlanDraft":
        """Add a note and the effects that it explains. `rule` is the choice that decides, `about` names paths."""
        # Every effect has its note: `scimcore explain` and the audit trail show why it happened.
        names = tuple(dict.fromkeys(type(effect).__name__ for effect in effects))
        note = Note(rule, text, (*about, *names))
        return evolve(self, notes=(*self.notes, note), effects=(*self.effects, *effects))

    def move(self, state: State, now: int, *, due: int = 0) -> "PlanDraft":
        """Move the binding to another state. What the clock had to do in the old one is off, unless `due` says so."""
        was = self.bound
        # The same binding again means: nothing changed. `changes.finish` tells an unchanged user by that.
        if (was.state, was.since, was.due) == (state, now, due):
            return self
        return evolve(self, binding=evolve(was, state=state, since=now, due=due))

    def remember(self, **changed: Unpack[Remembered]) -> "PlanDraft":
        """Change fields of the binding's memory. The same binding stays if nothing differs."""
        memory = evolve(self.bound.memory, **changed)
        return self if memory == self.bound.memory else evolve(self, binding=evolve(self.bound, memory=memory))

    def with_roles(self, roles: tuple[str, ...]) -> "PlanDraft":
        """Set the roles that the account has from now on."""
        return self if roles == self.bound.roles else evolve(self, binding=evolve(self.bound, roles=roles))

    def cancel(self, *effects: type[Effect]) -> "PlanDraft":
        """Cancel effects of these classes that still wait for the account."""
        names = (effect.__name__ for effect in effects)
        return evolve(self, cancels=tuple(dict.fromkeys((*self.cancels, *names))))

    def plan(self) -> Plan:
        """Return the finished plan."""
        return Plan(
            outcome=self.outcome,
            notes=self.notes,
            binding=self.binding,
            opens=self.opens,
            data=self.data,
            resource=self.resource,
            effects=self.effects,
            cancels=self.cancels,
            drops_links=self.drops_links,
            owner_leaves=self.owner_leaves,
            bindings=self.bindings,
            unbinds=self.unbinds,
            secret=self.secret,
        )


class Rule(Protocol):
    """One rule of a chain: it looks at the situation and adds to the draft."""

    def __call__(self, situation: Situation, draft: PlanDraft, /) -> PlanDraft: ...


def chain(situation: Situation, draft: PlanDraft, *steps: Rule) -> PlanDraft:
    """Return the draft after all rules, in this order."""
    for step in steps:
        draft = step(situation, draft)
    return draft
