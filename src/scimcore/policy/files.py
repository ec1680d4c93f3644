"""A policy as plain data: TOML and JSON files, and what differs between two of them.

cattrs is imported when the first policy is read or written: a host that builds its policy in Python never needs it.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin

from attrs import fields, frozen, has

from scimcore.policy.policy import Policy
from scimcore.schema.json import Json, JsonObject

if TYPE_CHECKING:
    from cattrs import Converter


@frozen
class Difference:
    """One choice in which two policies differ."""

    path: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.path}: {self.before!r} -> {self.after!r}"


def to_data(policy: Policy, *, complete: bool = False) -> JsonObject:
    """The policy as JSON values. What is the default is left out, unless it is wanted `complete`."""
    return _sparse(policy, Policy(), complete)


def _sparse(value: Any, default: Any, complete: bool) -> JsonObject:
    """The fields of a part that differ from the default part; None is left out, for TOML has no word for it."""
    data: JsonObject = {}
    for field in fields(type(value)):
        mine, usual = getattr(value, field.name), getattr(default, field.name)
        if mine is None or (mine == usual and not complete):
            continue
        data[field.name] = _sparse(mine, usual, complete) if has(type(mine)) else _plain(mine)
    return data


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    if has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(type(value))}
    return cast(Json, value)


def from_data(data: Mapping[str, object]) -> Policy:
    """The policy that plain data says. Raises ValueError that names the path of everything that does not fit."""
    from cattrs import BaseValidationError, transform_error

    try:
        return _converter().structure(dict(data), Policy)
    except BaseValidationError as error:
        found = transform_error(error, path="policy", format_exception=_worded)
        raise ValueError("; ".join(found)) from None


def _worded(error: BaseException, expected: type | None) -> str:
    """What is wrong at a path, in words; contradictions between the parts speak for themselves."""
    if type(error).__name__ == "ForbiddenExtraKeysError":
        names = ", ".join(sorted(getattr(error, "extra_fields", ())))
        return f"there is no {names}"
    return str(error)


@cache
def _converter() -> "Converter":
    """Strict: a text is no number and a number no text; unknown names are refused."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook_func(_is_literal, _one_of)
    return converter


def _is_literal(kind: object) -> bool:
    return get_origin(kind) == Literal


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is not {_NAMES[kind]}")
    return value


_NAMES = {str: "a text", int: "a whole number", bool: "true or false"}


def _one_of(value: Any, kind: Any) -> Any:
    choices = get_args(kind)
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        raise ValueError(f"{value!r} is none of {', '.join(str(choice) for choice in choices)}")
    return value


def load(path: Path | str) -> Policy:
    """The policy in a TOML or JSON file, by its ending. Raises ValueError that names the file and the path in it."""
    import tomllib  # only here: most hosts build their policy in Python

    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        data = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        if not isinstance(data, dict):
            raise ValueError("a policy is an object")
        return from_data(data)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None


def to_toml(policy: Policy, *, complete: bool = False) -> str:
    """The policy as a TOML file: a table per part, short arrays on a line."""
    data = to_data(policy, complete=complete)
    lines = [f"{name} = {_toml(value)}" for name, value in data.items() if not isinstance(value, dict)]
    for name, part in data.items():
        if isinstance(part, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in part.items())]
    return "\n".join(lines).strip() + "\n"


def _toml(value: Json) -> str:
    """A TOML value. Its basic strings are JSON's, as far as policies need them."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(element) for element in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_toml(element)}" for key, element in value.items())
        return f"{{ {inner} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def diff(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """In which choices two policies differ, in the order of the parts."""
    return tuple(_differences("", before, after))


def _differences(prefix: str, before: Any, after: Any) -> list[Difference]:
    found: list[Difference] = []
    for field in fields(type(before)):
        old, new = getattr(before, field.name), getattr(after, field.name)
        path = f"{prefix}{field.name}"
        if has(type(old)):
            found += _differences(f"{path}.", old, new)
        elif old != new:
            found.append(Difference(path, old, new))
    return found


def amended(policy: Policy, path: str, value: object) -> Policy:
    """The policy with one choice changed, by its path (`deactivate.access`). Raises ValueError if that does not fit."""
    part, _, name = path.partition(".")
    data = to_data(policy)
    if not name:
        return from_data({**data, part: value})
    inner = data.get(part)
    return from_data({**data, part: {**(inner if isinstance(inner, dict) else {}), name: value}})
