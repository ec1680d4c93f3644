"""One unit of work: what all its steps share, what the host can do besides, and what its runs have in common.

A unit runs again when it lost a race, and when the host raised `Later`. Nothing of an earlier run is left in any
table. Two things are remembered outside of all tables (`Rerun`): which effects the host left to the worker, and which
ids and keys were given out, because the host may have shown them to other systems.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from attrs import define, field, frozen

from scimcore._arguments import whole_number
from scimcore._budget import WORK, Budget
from scimcore.host import AsyncHost, AsyncKeepsInventory, AsyncKnowsTeams, AsyncTakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Tenant
from scimcore.policy.plans import Note
from scimcore.policy.policy import Policy
from scimcore.repository.async_protocol import AsyncUnit
from scimcore.repository.records import EffectRecord
from scimcore.schema import Registry
from scimcore.schema.json import JsonObject

T = TypeVar("T")

#: After so many effects of one unit were put off one by one, their types are put off as a whole. Without a bound, a
#: page of 200 leavers whose handler raises `Later` each time would run 200 times.
_ONE_BY_ONE: Final = 8


@frozen(kw_only=True)
class Limits:
    """Every bound has a default that suits most hosts. Raises TypeError or ValueError for a wrong argument."""

    #: Resources on a page when the client does not ask for a number (the interop profile wants 100 or more).
    default_page: int = field(default=100, validator=whole_number(1))
    #: Resources on a page at most. A client that asks for more gets this many (RFC 7644 section 3.4.2.4); with a cursor
    #: it is refused (RFC 9865).
    max_results: int = field(default=1000, validator=whole_number(1))
    #: A PATCH of a group with more members than this is answered 204, so that its cost stays flat.
    echo_members: int = field(default=100, validator=whole_number(0))
    #: Links read at a time when a whole membership has to be looked at.
    link_page: int = field(default=1000, validator=whole_number(1))
    #: Unknown members that a group may wait for, where the policy says that it waits.
    awaited_members: int = field(default=1000, validator=whole_number(0))
    #: How often a write is run again when it loses a race.
    attempts: int = field(default=8, validator=whole_number(1))
    #: How often an effect is tried before it becomes a dead letter.
    effect_attempts: int = field(default=8, validator=whole_number(1))
    #: Seconds after which a cursor has expired.
    cursor_seconds: int = field(default=3600, validator=whole_number(1))
    #: Units of work that one request may cost, each about a quarter of a microsecond; a bulk job may cost twice as
    #: much. Beyond it the request is refused.
    work: int = field(default=WORK, validator=whole_number(1))
    #: Characters that one text of a resource may have.
    text: int = field(default=65_536, validator=whole_number(1))
    #: Characters that all of a resource may have, as JSON and without its links.
    document: int = field(default=1_048_576, validator=whole_number(1))


# the runs of one unit


class PutOff(Exception):
    """The host raised `Later`: undoes the unit, which then runs again with this effect left waiting.

    So does an effect that fails beside one that takes access away; `error` is then the class of its error.
    """

    def __init__(self, place: int, type: str, error: str = "") -> None:
        super().__init__(f"{type} is left to the worker")
        self.place, self.type, self.error = place, type, error


@define
class Rerun:
    """The memory of a unit of work from one run to the next."""

    new_id: Callable[[], str]
    #: Places among the effects of the whole unit, with the effect's type. Another unit may change the plan between two
    #: runs; then another type stands at the place, and the host is asked.
    _put_off: dict[tuple[int, str], str] = field(factory=dict, init=False)
    _ids: list[str] = field(factory=list, init=False)
    _next_id: int = field(default=0, init=False)
    #: The effects and the resource that each key was given to.
    _given: dict[str, tuple[Sequence[AnyEffect], JsonObject | None]] = field(factory=dict, init=False)
    #: How many effects this run has handed out.
    place: int = field(default=0, init=False)

    def begin(self) -> None:
        """Before each run."""
        self.place = self._next_id = 0

    def id(self) -> str:
        """A new id, or the one that the last run got at this point.

        With other ids the same effect would come with another key and another resource, and a host that remembers
        keys would act twice.
        """
        if self._next_id == len(self._ids):
            self._ids.append(self.new_id())
        self._next_id += 1
        return self._ids[self._next_id - 1]

    def key_of(self, effects: Sequence[AnyEffect], resource: JsonObject | None) -> str:
        """The id that the keys of these effects begin with. No key ever means two different things."""
        key = self.id()
        given = self._given.get(key)
        if given is not None and given != (effects, resource):
            # What the last run was going to do is not what this one does: another unit came between.
            return self.new_id()
        self._given[key] = (effects, resource)
        return key

    def put_off(self, refusal: PutOff) -> None:
        """The host left this effect to the worker."""
        self._put_off[refusal.place, refusal.type] = refusal.error

    def put_off_before(self, place: int, type: str) -> str | None:
        """Return None if the effect was not put off in an earlier run; "" for `Later`; else the error's class."""
        if not self._put_off:
            return None
        if (place, type) in self._put_off:
            return self._put_off[place, type]
        too_many = len(self._put_off) >= _ONE_BY_ONE
        return "" if too_many and any(type == other for _, other in self._put_off) else None


# the optional powers of the host


@frozen(kw_only=True)
class Powers(Generic[T]):
    """The optional powers of the host, as they were handed over when the service was built."""

    teams: AsyncKnowsTeams[T] | None = None
    passwords: AsyncTakesPasswords[T] | None = None
    inventory: AsyncKeepsInventory[T] | None = None
    #: The effects that the host always leaves to the worker.
    later: frozenset[type[AnyEffect]] = frozenset()

    def check(self, policy: Policy) -> None:
        """Raises TypeError for a policy that needs a power which the host lacks."""
        missing = [text for argument, text in needs(policy) if getattr(self, argument) is None]
        if missing:
            raise TypeError(f"policy {policy.name!r}: " + " ".join(missing))


def needs(policy: Policy) -> list[tuple[str, str]]:
    """The powers that the policy needs: the argument of the service, and a sentence that names the choice."""
    return [(need.argument, need.sentence(policy)) for need in _NEEDS if need.applies(policy)]


@frozen
class _Need:
    argument: str
    method: str
    choice: str
    value: Callable[[Policy], str]
    applies: Callable[[Policy], bool]

    def sentence(self, policy: Policy) -> str:
        return (
            f"{self.choice}={self.value(policy)!r} needs a host with {self.method}(). "
            f"Hand it over when the service is built: {self.argument}=host."
        )


_NEEDS: Final = (
    _Need(
        "teams",
        "team",
        "groups.collision",
        lambda p: p.groups.collision,
        # Elsewhere a group has no team of its own, and nothing collides.
        lambda p: p.groups.mode == "team" and p.groups.collision != "beside",
    ),
    _Need(
        "passwords",
        "password",
        "names.password",
        lambda p: p.names.password,
        lambda p: p.names.password == "hand_over",
    ),
    _Need(
        "inventory",
        "inventory",
        "linking.unmanaged",
        lambda p: p.linking.unmanaged,
        lambda p: p.linking.unmanaged == "shown",
    ),
)


# the unit


@define(kw_only=True)
class Session(Generic[T]):
    """A unit of work with the caller's identity, the clock's one reading, and what it learnt on the way."""

    unit: AsyncUnit[T]
    #: The unit's, for the host. Taken once, because a unit hands over the same one for as long as it lives.
    transaction: T
    host: AsyncHost[T]
    powers: Powers[T]
    #: The resource types as the policy serves them.
    registry: Registry
    limits: Limits
    new_id: Callable[[], str]
    #: Microseconds since 1970. Read once, so that everything a unit writes has one time.
    now: int
    tenant: str
    policy: Policy
    #: What the host says of the tenant: its plan, its default role, its domains.
    settings: Tenant
    #: Empty where no client calls: a host event, a worker, an administrator.
    connection: str = ""
    credential: str = ""
    #: The request's id, as the web layer was given it: it leads from an audit record to the host's own log.
    request: str = ""
    #: What the audit trail calls it: "create", "patch", or the name of a host event.
    operation: str = ""
    budget: Budget = field(factory=Budget)
    #: What the runs of this unit have in common; None for one that only reads.
    rerun: Rerun | None = None
    notes: tuple[Note, ...] = ()
    #: What takes access away and was left to the worker although it is due.
    delayed: tuple[EffectRecord, ...] = ()
    #: What is being written, for the record of a failure: the type, what it is recorded under, and the account.
    about: tuple[str, str, str] = ("", "", "")
    #: The effect that the host could not carry out.
    failed: EffectRecord | None = None
    #: The attributes that the request names.
    named: frozenset[str] = frozenset()

    def in_run_of(self, rerun: Rerun) -> "Session[T]":
        """The session itself, as one more run of that unit of work."""
        rerun.begin()
        self.rerun, self.new_id = rerun, rerun.id
        return self

    def delay(self, entry: EffectRecord) -> None:
        """Remember that the product was not told of this yet, for the answer, the audit record and the log."""
        self.delayed += (entry,)

    @property
    def delay_notes(self) -> tuple[Note, ...]:
        """Say of each delay that the product was not told."""
        # Apart from `notes`, which are counted as tolerances of the dialect.
        types = dict.fromkeys(entry.type for entry in self.delayed)
        text = "{} waits for the worker. The product has not carried it out yet."
        return tuple(Note("effects.waiting", text.format(type)) for type in types)

    def note(self, *notes: tuple[str, str]) -> None:
        """Remember why something was read or left out as it was."""
        self.notes += tuple(Note(rule, text) for rule, text in notes)
