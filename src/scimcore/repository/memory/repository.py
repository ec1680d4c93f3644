"""The reference repository: everything in dictionaries, one unit at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final

from scimcore.repository.memory.journal import Journal
from scimcore.repository.memory.tables import Tables
from scimcore.repository.memory.unit import MemoryUnit


class MemoryRepository:
    """Keeps every tenant in memory: for tests, for examples, and as the measure of what a repository does.

    One unit is open at a time; the others wait, so that nobody sees half of what another one does. A host with
    tables of its own in memory opens `transaction()`, changes them through the journal, and joins it.
    """

    #: It has every capability; nothing is to be supplied (see `completing`).
    whole: Final = True

    def __init__(self) -> None:
        # Re-entrant, so that a thread that is inside gets an error from `transaction` instead of waiting for itself.
        self._lock = RLock()
        self._tenants: dict[str, Tables] = {}
        self._current: Journal | None = None

    @contextmanager
    def unit(self, tenant: str, *, write: bool) -> Iterator[MemoryUnit]:
        """Return a transaction of that tenant: kept when the block ends, taken back when it raises."""
        with self.transaction(write=write) as journal:
            yield self._unit(tenant, journal)

    @contextmanager
    def join(self, transaction: Journal, tenant: str) -> Iterator[MemoryUnit]:
        """Return a unit inside a transaction that the host has open."""
        self._check(transaction)
        with transaction.savepoint():
            yield self._unit(tenant, transaction)
            self._check(transaction)

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Journal]:
        """A transaction for the host and for `join`. Raises RuntimeError inside another one of the same thread.

        Waiting there would be for ever: a host that is writing and calls the service says `within`.
        """
        with self._lock:
            outer = self._current
            if outer is not None and (outer.write or write):
                raise RuntimeError("this thread is inside a unit already; join its transaction (within=...)")
            self._current = journal = Journal(write=write)
            try:
                with journal.savepoint():
                    yield journal
            finally:
                journal.open = False
                self._current = outer

    def tenants(self) -> Iterator[str]:
        """Return every tenant that has anything."""
        with self._lock:
            # A list, because the caller writes while it walks.
            return iter([tenant for tenant, tables in self._tenants.items() if tables])

    def _unit(self, tenant: str, journal: Journal) -> MemoryUnit:
        return MemoryUnit(self._of(tenant), journal)

    def _of(self, tenant: str) -> Tables:
        return self._tenants.setdefault(tenant, Tables())

    def _check(self, transaction: Journal) -> None:
        if not transaction.open or transaction is not self._current:
            raise RuntimeError("the transaction to be joined is not open any more")
