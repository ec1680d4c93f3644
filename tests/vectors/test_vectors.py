"""Every vector, under every dialect that it names, through the whole service in memory."""

from pathlib import Path

import pytest

from scimcore.dialects import AUTO, DIALECTS, Dialect, find_dialect
from scimcore.schema import Attribute, Registry, Schema
from scimcore.schema.core import GROUP, USER
from scimcore.testing.trial import Trial
from scimcore.testing.vectors import Vector, load, replay

VECTORS = load(Path(__file__).parent)
RUNS = [pytest.param(v, d, id=f"{Path(v.file).stem}/{v.name}[{d}]") for v in VECTORS for d in v.runs]
#: What a customer with attributes of their own has, of every kind.
SHIP = Schema(
    "urn:harbour:schemas:extension:ship:2.0:User",
    "Ship",
    (
        Attribute(name="tags", multi_valued=True),
        Attribute(name="berths", type="integer", multi_valued=True),
        Attribute(name="deck", type="integer"),
        Attribute(name="draft", type="decimal"),
        Attribute(name="onBoard", type="boolean"),
        Attribute(name="joined", type="dateTime"),
        Attribute(
            name="skills",
            type="complex",
            multi_valued=True,
            sub_attributes=(Attribute(name="name"), Attribute(name="level", type="integer")),
        ),
    ),
)
# One registry for all: what the dialects compile for its types is compiled once.
REGISTRY = Registry(USER.with_extension(SHIP), GROUP)

#: One vector for each rewrite that cannot go well without it.
BITES = {
    "patch-schemas": "others/patch-without-schemas",
    "single-operation": "others/patch-with-one-operation",
    "op-spelling": "entra/add-capitalised",
    "legacy-urn": "entra/enterprise-path-of-1-0",
    "member-by-filter": "onelogin/member-named-in-the-path",
    "wrapped-value": "others/wrapped-value-of-a-text",
    "listed-removal": "entra/member-removed-by-list",
    "single-in-list": "entra/text-in-a-value-list",
    "listed-scalar": "okta/deactivate-by-value-array",
    "object-for-list": "onelogin/mail-as-an-object",
    "manager-id": "onelogin/manager-of-scim-1",
    "bare-value": "entra/create-with-bare-manager",
    "text-booleans": "entra/disable-by-text",
    "numbers-as-text": "others/numbers-for-employee-numbers",
    "empty-text": "okta/create-with-empty-texts",
    "dotted-keys": "entra-2020/value-of-dotted-keys",
    "urn-keys": "entra-2020/value-of-urn-keys",
    "filtered-keys": "entra-2020/filtered-keys",
    "short-names": "entra/manager-as-a-list",
    "create-unmatched": "entra/mail-made-by-add",
    "filter-suffix": "entra/match-by-work-mail",
    "value-object": "entra/custom-list-as-objects",
    "text-numbers": "entra/custom-numbers-as-texts",
    "text-for-list": "entra/member-as-a-bare-id",
    "urn-dot": "others/dot-after-the-urn",
    "urn-unknown": "entra-2020/unknown-urn-key",
    "core-object": "others/core-attributes-under-their-urn",
    "object-in-list": "others/object-in-a-list-without-path",
    "without-value": "others/mail-emptied-by-null",
    "bare-words": "others/filter-without-quotes",
    "text-search": "others/search-in-texts",
    "double-slash": "others/two-slashes",
    "empty-members": "others/group-that-is-empty",
}


def _faults(vector: Vector, understood: Dialect, name: str) -> list[str]:
    trial = Trial.start(dialect=understood, registry=REGISTRY)
    headers = [("Authorization", f"Bearer {trial.token}")]
    return replay(vector, trial.application.handle, dialect=name, headers=headers)


@pytest.mark.parametrize(("vector", "name"), RUNS)
def test_goes_as_written(vector: Vector, name: str) -> None:
    faults = _faults(vector, find_dialect(name), name)
    assert not faults, "\n".join([f"{vector.why} ({', '.join(vector.cites)})", *faults])


class TestTheVectors:
    """DIALECT=auto serves all known clients at once, and each client has vectors of its own."""

    def test_run_under_auto_whatever_the_client(self) -> None:
        assert [v.name for v in VECTORS if "auto" not in v.runs] == []

    def test_cover_every_shipped_dialect(self) -> None:
        assert {d for v in VECTORS for d in v.runs} == {d.name for d in DIALECTS}

    def test_say_why_and_from_where(self) -> None:
        assert all(v.why and v.source and v.cites for v in VECTORS)

    def test_are_many(self) -> None:
        assert len(VECTORS) >= 200

    @pytest.mark.parametrize("rewrite", [r.name for r in AUTO.rewrites])
    def test_bite_when_a_rewrite_is_switched_off(self, rewrite: str) -> None:
        """A tolerance without a vector that needs it would be a tolerance for nobody."""
        named = {f"{Path(v.file).stem}/{v.name}": v for v in VECTORS}
        assert _faults(named[BITES[rewrite]], AUTO.without(rewrite), "auto")
