"""The memory repository: what it costs to ask does not grow with what has been."""

import sys
from collections.abc import Callable
from typing import Any

from scimcore.repository import MemoryRepository, Unit
from scimcore.testing.contract_samples import ACME, audit, effect


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called, comprehensions and generators among them."""
    count = 0

    def called(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _asked(done: int) -> list[int]:
    repository = MemoryRepository()
    with repository.unit(ACME, write=True) as unit:
        for n in range(done):
            unit.record(audit(f"r{n}", n, target=f"u{n}"), [effect(f"e{n}", n, 0, account="a1", state="done")])
    questions: list[Callable[[Unit[Any]], object]] = [
        lambda unit: unit.backlog("a1", 9, 1),
        lambda unit: unit.waiting(9, 1),
        lambda unit: unit.cancel("a1", ["SuspendAccount"], 9),
        lambda unit: unit.forget("u1"),
    ]
    with repository.unit(ACME, write=True) as unit:
        return [_calls(lambda question=question: question(unit)) for question in questions]  # type: ignore[misc]


def test_what_is_done_is_not_looked_at_again() -> None:
    assert _asked(500) == _asked(5)
