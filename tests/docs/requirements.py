"""docs/reference/requirements.md: what each POL id stands for, from policy_requirements.json.

`python -m tests.docs.requirements` writes the page.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.page import Area, Clause, areas

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "requirements.md"
DATA = Path(__file__).parent / "policy_requirements.json"
COMMAND = "python -m tests.docs.requirements"
_HEAD = f"""# Requirements of a policy

Code, tests and audit notes cite requirements by id. Ids of the protocol (CORE, PATCH, FLT, ENTRA ...) are in
[supported SCIM](supported-scim.md). This page lists the ids that begin with POL: what a provisioning policy must be
able to say or must hold. "A choice" means that a field of the policy decides: the [policy reference](policy.md) names
the ids beside each field. "From" names products, identity providers or documents that need it.

This page is generated from `tests/docs/policy_requirements.json`: `{COMMAND}` writes it.
"""


def policy_areas() -> Sequence[Area]:
    """The requirements of a policy, in the order of the page."""
    return [
        Area(area["area"], [Clause(**clause) for clause in area["clauses"]])
        for area in json.loads(DATA.read_text(encoding="utf-8"))
    ]


def known() -> set[str]:
    """Every id that the published pages explain."""
    return {clause.id for area in [*areas(), *policy_areas()] for clause in area.clauses}


def page() -> str:
    """The page as it should be."""
    parts = [_HEAD]
    for area in policy_areas():
        rows = "".join(f"| {c.id} | {c.text} | {c.source} |\n" for c in area.clauses)
        parts.append(f"## {area.title}\n\n| id | requirement | from |\n|---|---|---|\n{rows}")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
