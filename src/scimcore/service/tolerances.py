"""What was tolerated of whom: how often each rule read something otherwise than by the letter, per connection."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from scimcore.policy.plans import Note

#: Connections remembered at most; beyond that the first ones are forgotten.
_CONNECTIONS: Final = 10_000


class Tolerances:
    """Counters of this process. A host with several adds them up, or reads one for what its customers need."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[str]] = {}

    def count(self, tenant: str, connection: str, notes: Sequence[Note]) -> None:
        """What acted in one request; a request that needed no tolerance costs nothing."""
        if not notes:
            return
        counter = self._counts.setdefault((tenant, connection), Counter())
        for note in notes:
            counter[note.rule] += 1
        if len(self._counts) > _CONNECTIONS:
            self._counts.pop(next(iter(self._counts)), None)

    def of(self, tenant: str, connection: str) -> Mapping[str, int]:
        """Each rule that acted, with how many times, the most frequent first."""
        return dict(self._counts.get((tenant, connection), Counter()).most_common())
