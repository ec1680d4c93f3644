"""The checks of vectors: places in a JSON document and what is expected there.

A place is names separated by "/": `name/givenName`, `Resources/*/id`, `emails/[type=work]/value`. What is expected is
a plain value, null for "nothing there", or one of the operators below in an object of one key.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

_OPERATORS: Mapping[str, Callable[[list[Any], Any], bool]] = {
    "$count": lambda found, wanted: len(_flat(found)) == wanted,
    "$has": lambda found, wanted: wanted in _flat(found),
    "$lacks": lambda found, wanted: wanted not in _flat(found),
    "$set": lambda found, wanted: sorted(map(str, _flat(found))) == sorted(map(str, wanted)),
    "$in": lambda found, wanted: len(found) == 1 and found[0] in wanted,
    "$present": lambda found, wanted: bool(_flat(found)) is wanted,
    "$type": lambda found, wanted: bool(found) and all(_TYPES[wanted](value) for value in found),
    "$match": lambda found, wanted: any(isinstance(v, str) and re.search(wanted, v) for v in _flat(found)),
}


def differences(document: Any, checks: Mapping[str, Any]) -> Iterator[str]:
    """One line for each place where the document is not as expected."""
    for place, wanted in checks.items():
        found = select(document, place)
        if not _holds(found, wanted):
            yield f"{place}: {_say(wanted)} expected, {_found(found)} found"


def select(document: Any, place: str) -> list[Any]:
    """The values at that place; the names' case does not count."""
    current = [document]
    for step in _steps(place):
        current = [value for one in current for value in _next(one, step)]
    return current


def _steps(place: str) -> list[str]:
    return place.split("/") if place else []


def _next(value: Any, step: str) -> Iterator[Any]:
    items = value if isinstance(value, list) else [value]
    if step == "*":
        yield from items
    elif step.startswith("["):
        name, _, text = step[1:-1].partition("=")
        yield from (item for item in items if [_text(found) for found in _member(item, name)] == [text])
    else:
        for item in items:
            yield from _member(item, step)


def _member(value: Any, name: str) -> list[Any]:
    if not isinstance(value, dict):
        return []
    return [part for key, part in value.items() if key.lower() == name.lower()]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(found: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in found:
        flat.extend(_flat(value) if isinstance(value, list) else [] if value is None else [value])
    return flat


def _holds(found: list[Any], wanted: Any) -> bool:
    if wanted is None:
        return not _flat(found)
    if isinstance(wanted, dict) and len(wanted) == 1 and (key := next(iter(wanted))) in _OPERATORS:
        return _OPERATORS[key](found, wanted[key])
    return found == [wanted] and type(found[0]) is type(wanted)


def _say(wanted: Any) -> str:
    return "nothing" if wanted is None else repr(wanted)


def _found(found: list[Any]) -> str:
    return "nothing" if not _flat(found) else ", ".join(repr(value) for value in found)
