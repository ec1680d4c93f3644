"""One write in progress: everything its steps share."""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define

from scimcore.host import AsyncHost
from scimcore.policy.facts import Tenant
from scimcore.policy.plans import Note
from scimcore.policy.policy import Policy
from scimcore.schema import Registry
from scimcore.service.fanning import Fan
from scimcore.service.limits import Limits
from scimcore.service.powers import Powers
from scimcore.service.rerun import Rerun
from scimcore.service.seams import AsyncUnit

T = TypeVar("T")


@define(kw_only=True)
class Session(Generic[T]):
    """A unit of work with the caller's identity, the clock's one reading, and what it learnt on the way."""

    unit: AsyncUnit[T]
    host: AsyncHost[T]
    powers: Powers[T]
    registry: Registry
    limits: Limits
    new_id: Callable[[], str]
    now: int
    tenant: str
    policy: Policy
    settings: Tenant
    connection: str = ""
    credential: str = ""
    request: str = ""
    operation: str = ""
    #: What the runs of this unit have in common; None for one that only reads.
    rerun: Rerun | None = None
    notes: tuple[Note, ...] = ()
    #: The attributes that the request names.
    named: frozenset[str] = frozenset()

    @property
    def fan(self) -> Fan:
        """Says who counts in a team, for an effect that means everyone."""
        return Fan(unit=self.unit, policy=self.policy, registry=self.registry, now=self.now, page=self.limits.link_page)

    def in_run_of(self, rerun: Rerun) -> "Session[T]":
        """The session itself, as one more run of that unit of work."""
        rerun.begin()
        self.rerun, self.new_id = rerun, rerun.id
        return self

    def note(self, *notes: tuple[str, str]) -> None:
        """Remember why something was read or left out as it was."""
        self.notes += tuple(Note(rule, text) for rule, text in notes)
