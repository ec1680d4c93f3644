"""One subject of the comparisons: a process that makes pieces of work ready when they are asked for, and times them.

It talks in lines of JSON, so that the subjects can live in different virtual environments and take turns, round by
round: what disturbs the machine disturbs both. Only the standard library is used here.
"""

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

#: A piece of work: one round that takes about so many seconds; its result is what one call took, in seconds.
Work = Callable[[float], float]


class Settings(NamedTuple):
    """How large everything is."""

    #: Users in the large database.
    scale: int = 100_000
    #: Users on each subject where both subjects hold the same ones.
    users: int = 2_000
    #: Sizes of the groups that members are added to.
    small: int = 10
    middle: int = 10_000
    large: int = 100_000
    #: Where databases are put.
    folder: str = "."
    #: The socket folder of a PostgreSQL server; none: databases are files of SQLite's.
    server: str = ""


Maker = Callable[[Settings], Work]


def loop(do: Callable[[Any], object], fresh: Callable[[int], Any] = lambda number: number, *, each: int = 1) -> Work:
    """Calls of `do`, as many as fit. What each is given is made by `fresh` before the clock starts, and never again.

    `each`: how many operations one call counts for.
    """
    done, fitting = 0, 1

    def some(calls: int) -> float:
        nonlocal done
        given = [fresh(number) for number in range(done, done + calls)]
        done += calls
        gc.collect()
        start = perf_counter()
        for item in given:
            do(item)
        return (perf_counter() - start) / calls

    def round(seconds: float) -> float:
        nonlocal fitting
        took = some(fitting)
        while took * fitting < seconds / 2:
            fitting = max(fitting + 1, min(int(seconds / max(took, 1e-9)), fitting * 10))
            took = some(fitting)
        return took / each

    return round


def serve(makers: Mapping[str, Maker]) -> None:
    """Answer requests until the input ends. What goes wrong is told in the answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints gets between the answers
    settings = Settings(**json.loads(sys.argv[1]))
    ready: dict[str, Work] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["work"]
        try:
            if name not in ready:
                ready[name] = makers[name](settings)
                ready[name](0)
                # What was made ready is not what is measured: the collector need not walk through it in every round.
                gc.collect()
                gc.freeze()
            answer = {"took": ready[name](asked["seconds"])}
        except Exception as problem:
            traceback.print_exc()
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), file=answers, flush=True)
