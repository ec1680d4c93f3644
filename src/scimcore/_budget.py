"""One budget for all the work that a request causes.

Each factor of a request is limited: operations, values, terms, resources. Their product is what costs, and no limit on
a factor holds it: 1,000 operations with filters of 41 terms over 1,000 e-mail addresses are 41 million comparisons. So
whatever multiplies is counted in one currency, before it is done, and a request that would cost too much is refused.

A unit of work is about a quarter of a microsecond. Units and not seconds, so that the same request has the same answer
on a slow machine, on a busy one, and in a test.
"""

from typing import Final

from scimcore.errors import TooMany

#: The work of one request: about one second of processor time.
WORK: Final = 4_000_000


class Budget:
    """The work that one request may cause. `shared`: what several have together, as the operations of a bulk job."""

    __slots__ = ("_shared", "left", "most")

    def __init__(self, most: int = WORK, shared: "Budget | None" = None) -> None:
        self.most: Final = most
        #: What is left of it; below 0 when it is exceeded.
        self.left = most
        self._shared = shared

    @property
    def spent(self) -> int:
        """The units of work so far."""
        return self.most - self.left

    def count(self, work: int) -> None:
        """Note work that has to be done in any case: what takes access away is never refused for its cost."""
        self.left -= work
        if self._shared is not None:
            self._shared.count(work)

    def spend(self, work: int, what: str) -> None:
        """Note work before it is done. Raises TooMany if there is not enough left; `what` says in words what it is."""
        self.count(work)
        if self.left < 0:
            raise TooMany(
                f"This request would cost more than {self.most} units of work, the limit for one request: {what}. "
                "Send it in several smaller ones.",
                code="SC-1024",
            )
