"""Every vector, under every dialect that it names, through the whole service in memory."""

from pathlib import Path

import pytest

from scimcore.dialects import DIALECTS
from scimcore.dialects import dialect as named
from scimcore.testing.trial import Trial
from scimcore.testing.vectors import Vector, load, replay

VECTORS = load(Path(__file__).parent)
RUNS = [pytest.param(v, d, id=f"{Path(v.file).stem}/{v.name}[{d}]") for v in VECTORS for d in v.runs]


@pytest.mark.parametrize(("vector", "dialect"), RUNS)
def test_goes_as_written(vector: Vector, dialect: str) -> None:
    trial = Trial.start(dialect=named(dialect))
    headers = [("Authorization", f"Bearer {trial.token}")]
    faults = replay(vector, trial.application.handle, dialect=dialect, headers=headers)
    assert not faults, "\n".join([f"{vector.why} ({', '.join(vector.cites)})", *faults])


class TestTheVectors:
    """DIALECT=auto serves all known clients at once, and each client has vectors of its own."""

    def test_pass_under_auto_whatever_the_client(self) -> None:
        assert [v.name for v in VECTORS if "auto" not in v.runs] == []

    def test_name_dialects_that_exist(self) -> None:
        assert {d for v in VECTORS for d in v.runs} <= {d.name for d in DIALECTS}

    def test_cover_every_shipped_dialect(self) -> None:
        assert {d for v in VECTORS for d in v.runs} == {d.name for d in DIALECTS}

    def test_say_why_and_from_where(self) -> None:
        assert all(v.why and v.source and v.cites for v in VECTORS)
