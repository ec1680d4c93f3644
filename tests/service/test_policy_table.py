"""The tests beside this one play every part of the policy: a field that nobody plays is a promise that nobody keeps."""

import re
from pathlib import Path

import pytest
from attrs import fields

from scimcore.policy import Policy

HERE = Path(__file__).parent
#: What is enforced where tokens are: tests/access plays it.
ELSEWHERE = {"Credentials": ("policy", HERE.parent / "access")}
#: How many characters a call that makes a part may have.
_LONGEST = 240


def _fields() -> list[tuple[str, str]]:
    found = []
    for part in fields(Policy):
        kind = type(part.default)
        if hasattr(kind, "__attrs_attrs__"):
            found += [(kind.__name__, field.name) for field in fields(kind)]
    return found


def _played(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("test_*.py")) if path.name != Path(__file__).name)


@pytest.mark.parametrize(("part", "field"), _fields(), ids=lambda name: name)
def test_a_field_is_played(part: str, field: str) -> None:
    name, folder = ELSEWHERE.get(part, (part, HERE))
    text = _played(folder)
    made = re.finditer(rf"\b{name}\(", text)
    assert any(re.search(rf"\b{field}=", text[call.end() : call.end() + _LONGEST]) for call in made)
