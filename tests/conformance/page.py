"""docs/reference/supported-scim.md: every clause that is known, and the tests that cite it.

`python -m tests.conformance.page` writes the page. What the clauses say stands in requirements.json: a clause with
`off` says how to turn it on, one with `not` why it is not supported; every other one must be proved by a test.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "reference" / "supported-scim.md"
CLAUSES = Path(__file__).parent / "requirements.json"

#: An id, as in "FLT-013", or a range of them, as in "FLT-020..025".
_CITATION = re.compile(r"\b([A-Z]+)-(\d{3})(?:\.\.(\d{3}))?(?!\d)")
_HEAD = """# Supported SCIM

This page says clause by clause what scimcore does, and which tests prove it: each test names the id of its clause.
`python -m tests.conformance.page` writes the page from those citations, and a test compares the two.

The ids are this project's own numbers for the clauses of RFC 7643, RFC 7644, RFC 9865 and RFC 9967, for what identity
providers need, and for the drafts that matter. "Our choice" stands where the RFCs are silent or contradict themselves.
The interop profile is draft-zollner-scim-interop-profile, the IPSIE profile OpenID's. Ids that begin with POL are
[requirements of a policy](requirements.md). Tests are named by their files under `tests`.
"""


@frozen(kw_only=True)
class Clause:
    """One clause. `off` says how to turn it on, `excluded` why it is not supported; else it is supported."""

    id: str
    source: str
    text: str
    off: str = ""
    excluded: str = ""


@frozen
class Area:
    """Clauses that belong together."""

    title: str
    clauses: Sequence[Clause]


def areas() -> Sequence[Area]:
    """All clauses, in the order of the page."""
    return [Area(area["area"], [_clause(item) for item in area["clauses"]]) for area in json.loads(CLAUSES.read_text())]


def _clause(item: Mapping[str, str]) -> Clause:
    return Clause(
        id=item["id"],
        source=item["source"],
        text=item["text"],
        off=item.get("off", ""),
        excluded=item.get("not", ""),
    )


def cited(text: str) -> Iterator[str]:
    """The ids that a text cites; a range cites all between its ends."""
    for area, first, last in _CITATION.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{area}-{number:03}"


def citations() -> Mapping[str, Sequence[str]]:
    """Id -> the tests that cite it, by their files."""
    found: dict[str, list[str]] = {}
    for file in sorted([*TESTS.rglob("test_*.py"), *(TESTS / "vectors").glob("*.json")]):
        if file.name == "test_page.py":
            # It is about citations, and proves no clause.
            continue
        name = file.relative_to(TESTS).with_suffix("" if file.suffix == ".py" else ".json").as_posix()
        for id in dict.fromkeys(cited(file.read_text())):
            found.setdefault(id, []).append(name)
    return found


def page() -> str:
    """The page as it should be."""
    by_test, known = citations(), areas()
    parts = [_HEAD, _summary(known)]
    for area in known:
        parts.append(f"## {area.title}\n\n| clause | from | says | status |\n|---|---|---|---|\n")
        parts[-1] += "".join(_row(clause, by_test.get(clause.id, ())) for clause in area.clauses)
    return "\n".join(parts)


def _summary(known: Sequence[Area]) -> str:
    clauses = [clause for area in known for clause in area.clauses]
    off, excluded = sum(bool(c.off) for c in clauses), sum(bool(c.excluded) for c in clauses)
    return (
        f"Of {len(clauses)} clauses {len(clauses) - off - excluded} are supported, "
        f"{off} are optional and off unless turned on, {excluded} are not supported.\n"
    )


def _row(clause: Clause, tests: Sequence[str]) -> str:
    status = f"off: {clause.off}" if clause.off else f"not supported: {clause.excluded}" if clause.excluded else ""
    named = ", ".join(f"`{test}`" for test in tests)
    told = ". ".join(part for part in (status, named) if part)
    return f"| {clause.id} | {clause.source} | {clause.text} | {told} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
