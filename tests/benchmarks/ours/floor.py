"""The floors: what the standard library takes for the least that has to be done."""

import json
from collections.abc import Mapping

from tests.benchmarks.samples import FULL_BYTES
from tests.benchmarks.worker import Maker, Settings, Work, loop


def _json(_: Settings) -> Work:
    return loop(lambda _: json.dumps(json.loads(FULL_BYTES)).encode())


WORKS: Mapping[str, Maker] = {"floor.json": _json}
