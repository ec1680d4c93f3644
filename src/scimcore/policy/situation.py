"""What one decision works with, and how a rule asks for more or refuses.

Rules are written as if everything were known. A fact that is not raises `FactNeeded` and becomes the `Ask`; a refusal
raises `Refusal` and becomes the refused plan. Neither leaves `decide`.
"""

from collections.abc import Mapping
from typing import Protocol, TypeVar, Unpack

from attrs import evolve, field, frozen

from scimcore.errors import ScimError
from scimcore.policy.effects import OPENED, AnyEffect
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
    """A rule needs a fact that is not known yet."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask.needs)
        self.ask = ask


class Refusal(Exception):
    """A rule refuses. The note is for the records and names nobody; the error's detail is for the admin."""

    def __init__(self, rule: str, note: str, error: ScimError) -> None:
        super().__init__(note)
        self.plan = Plan(outcome="refused", notes=(Note(rule, note, ("refusal",)),), refusal=error)


@frozen(kw_only=True)
class Situation:
    """A policy, what is known, what happened; and what the change comes to once mastery has been looked at."""

    policy: Policy
    facts: Facts
    trigger: Trigger
    before: JsonObject = field(factory=dict)
    after: JsonObject = field(factory=dict)
    changes: tuple[Change, ...] = ()

    @property
    def change(self) -> ChangeSet:
        """The change over SCIM; empty for what happens in the host."""
        if isinstance(self.trigger, Created | Updated | Deleted):
            return self.trigger.change
        return ChangeSet(type=self.facts.binding.type if self.facts.binding else "User", before={}, after={})

    @property
    def data(self) -> JsonObject:
        """The resource as it will be; of a delete or a host event, as it is."""
        return self.after or self.before

    @property
    def binding(self) -> Binding:
        """The resource's binding; only asked for in states that have one."""
        if self.facts.binding is None:
            raise LookupError("the lifecycle table sent an unbound resource to a rule for bound ones")
        return self.facts.binding

    @property
    def active(self) -> bool:
        """What the change wants of `active`. RFC 7643 section 4.1.1 leaves the default open; absent is true here."""
        return self.after.get("active", True) is not False

    @property
    def repeats_disabling(self) -> bool:
        """True if a request says again that a disabled user is disabled: what was granted once, a retry gets too."""
        return isinstance(self.trigger, Updated) and not self.active and "active" in self.trigger.named

    @property
    def resource(self) -> str:
        """The id of the resource, "" where it is not known yet."""
        if self.facts.binding is not None:
            return self.facts.binding.resource
        return self.trigger.resource if isinstance(self.trigger, Created) else ""

    def ask_for(self, *needs: Need) -> None:
        """Ask at once for what is going to be asked for one by one: each question is a decision begun anew."""
        missing = tuple(need for need in needs if isinstance(getattr(self.facts, need), UnknownFact))
        if missing:
            raise FactNeeded(Ask(missing))

    def _known(self, need: Need, value: T | UnknownFact) -> T:
        if isinstance(value, UnknownFact):
            raise FactNeeded(Ask((need,)))
        return value

    @property
    def account(self) -> Account | None:
        if self.binding.account is None:
            return None
        return self._known("account", self.facts.account)

    @property
    def seats(self) -> SeatCount | None:
        return self._known("seats", self.facts.seats)

    @property
    def groups(self) -> tuple[GroupFact, ...]:
        return self._known("groups", self.facts.groups)

    @property
    def ancestors(self) -> tuple[GroupFact, ...]:
        return self._known("ancestors", self.facts.ancestors)

    def members(self, *, everyone: bool) -> Mapping[str, MemberFact]:
        """The users whom a group change touches, or all; in full where their other groups have a say."""
        if isinstance(self.facts.members, UnknownFact):
            groups = self.policy.groups
            details = "groups" in self.policy.roles.sources or groups.mode == "mapped" or groups.nested == "flatten"
            raise FactNeeded(Ask(("members",), details=details, everyone=everyone))
        return self.facts.members

    def recent_leavers(self, window: int) -> int:
        """How many have been disabled or deleted within so many microseconds."""
        if isinstance(self.facts.recent_leavers, UnknownFact):
            raise FactNeeded(Ask(("recent_leavers",), window=window))
        return self.facts.recent_leavers

    @property
    def team(self) -> Team | None:
        return self._known("team", self.facts.team)

    @property
    def member_count(self) -> int:
        return self._known("member_count", self.facts.member_count)

    @property
    def group_count(self) -> int:
        return self._known("group_count", self.facts.group_count)

    @property
    def managed_users(self) -> int:
        return self._known("managed_users", self.facts.managed_users)

    @property
    def manager(self) -> str | None:
        return self._known("manager", self.facts.manager)

    @property
    def external_id_taken(self) -> bool:
        return self._known("external_id_taken", self.facts.external_id_taken)

    def candidates(self, keys: tuple[MatchKey, ...], *besides: Need) -> tuple[Account, ...]:
        """The host's accounts that one of the keys finds. `besides`: what is going to be asked for next."""
        if isinstance(self.facts.candidates, UnknownFact):
            raise FactNeeded(Ask(("candidates", *besides), keys))
        return self.facts.candidates

    def other_owner(self, *accounts: str) -> bool:
        """Whether the tenant has another owner than the account of the situation, or than all of these."""
        if isinstance(self.facts.other_owner, UnknownFact):
            raise FactNeeded(Ask(("other_owner",), accounts=accounts))
        return self.facts.other_owner


@frozen(kw_only=True)
class PlanDraft:
    """A plan in the making. Every rule returns a new one, with its note and what the note answers for."""

    outcome: Outcome
    binding: Binding | None = None
    notes: tuple[Note, ...] = ()
    effects: tuple[AnyEffect, ...] = ()
    data: JsonObject | None = None
    opens: Order | None = None
    cancels: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    resource: str | None = None
    drops_links: bool = False
    unbinds: bool = False
    secret: str | None = field(default=None, repr=False)

    @property
    def account(self) -> str:
        """The account that effects are for: the binding's, or the one that is being opened."""
        return (self.binding.account if self.binding else None) or OPENED

    @property
    def bound(self) -> Binding:
        """The binding, where there must be one."""
        if self.binding is None:
            raise LookupError("a rule for bound resources was given an unbound draft")
        return self.binding

    def note(self, rule: str, text: str, *effects: AnyEffect, about: tuple[str, ...] = ()) -> "PlanDraft":
        """Add a note, and the effects that it answers for."""
        names = tuple(dict.fromkeys(type(effect).__name__ for effect in effects))
        note = Note(rule, text, (*about, *names))
        return evolve(self, notes=(*self.notes, note), effects=(*self.effects, *effects))

    def move(self, state: State, now: int, *, due: int = 0) -> "PlanDraft":
        """The binding is in another state from now on; what the clock had to do there is off."""
        was = self.bound
        if (was.state, was.since, was.due) == (state, now, due):
            return self
        return evolve(self, binding=evolve(was, state=state, since=now, due=due))

    def remember(self, **changed: Unpack[Remembered]) -> "PlanDraft":
        """Change these fields of the binding's memory."""
        memory = evolve(self.bound.memory, **changed)
        return self if memory == self.bound.memory else evolve(self, binding=evolve(self.bound, memory=memory))

    def with_roles(self, roles: tuple[str, ...]) -> "PlanDraft":
        return self if roles == self.bound.roles else evolve(self, binding=evolve(self.bound, roles=roles))

    def cancel(self, *names: str) -> "PlanDraft":
        return evolve(self, cancels=tuple(dict.fromkeys((*self.cancels, *names))))

    def plan(self) -> Plan:
        """The plan as it stands."""
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
            bindings=self.bindings,
            unbinds=self.unbinds,
            secret=self.secret,
        )


class Rule(Protocol):
    """One rule of a pipeline: it looks at the situation and adds to the draft."""

    def __call__(self, situation: Situation, draft: PlanDraft, /) -> PlanDraft: ...


def chain(situation: Situation, draft: PlanDraft, *steps: Rule) -> PlanDraft:
    """The draft after all steps, in order."""
    for step in steps:
        draft = step(situation, draft)
    return draft
