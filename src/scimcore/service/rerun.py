"""One unit of work, run until it goes through: what its runs have in common.

A unit runs again when it lost a race, and when the host raised `Later`. Nothing of an earlier run is left in any
table. Two things are remembered here, outside of all tables: which effects the host left to the worker, and which ids
and keys were given out, because the host may have shown them to other systems.
"""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, field

from scimcore.policy.effects import AnyEffect
from scimcore.schema.json import JsonObject

#: After so many effects of one unit were put off one by one, their types are put off as a whole. Without a bound, a
#: page of 200 leavers whose handler raises `Later` each time would run 200 times.
_ONE_BY_ONE: Final = 8


class PutOff(Exception):
    """The host raised `Later`: undoes the unit, which then runs again with this effect left waiting."""

    def __init__(self, place: int, type: str) -> None:
        super().__init__(f"{type} is left to the worker")
        self.place, self.type = place, type


@define
class Rerun:
    """The memory of a unit of work from one run to the next."""

    new_id: Callable[[], str]
    #: Places among the effects of the whole unit, with the effect's type. Another unit may change the plan between two
    #: runs; then another type stands at the place, and the host is asked.
    _put_off: set[tuple[int, str]] = field(factory=set, init=False)
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
        self._put_off.add((refusal.place, refusal.type))

    def waits(self, place: int, type: str) -> bool:
        """True if the host left the effect to the worker in an earlier run."""
        if not self._put_off:
            return False
        too_many = len(self._put_off) >= _ONE_BY_ONE
        return (place, type) in self._put_off or (too_many and any(type == other for _, other in self._put_off))
