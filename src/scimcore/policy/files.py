"""A policy as plain data: read from TOML and JSON files, written to them, and compared.

The choices themselves refuse wrong values. This module only turns tables into choices and back.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from attrs import Attribute, evolve, fields, frozen, has

from scimcore._arguments import shown
from scimcore.policy.policy import Policy
from scimcore.schema.json import Json, JsonObject


@frozen
class Difference:
    """One choice in which two policies differ."""

    #: `deactivate.access`.
    path: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.path}: {self.before!r} -> {self.after!r}"


def to_data(policy: Policy, *, complete: bool = False) -> JsonObject:
    """Return the policy as JSON values, without the defaults. `complete`: with all of them."""
    return _sparse(policy, Policy(), complete)


def _sparse(value: Any, default: Any, complete: bool) -> JsonObject:
    """The fields of a part that differ from the default part."""
    data: JsonObject = {}
    for field in fields(type(value)):
        mine, usual = getattr(value, field.name), getattr(default, field.name)
        # TOML has no null, and a missing key is the default, which is None for every field that can be None.
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
    """Return the policy that plain data says: a table per part, lists where choices take tuples.

    Raises ValueError with a sentence for everything that is wrong, each with its path.
    """
    reader = _Reader()
    usual = Policy()
    given = reader.choices(usual, data, "policy")
    if reader.wrong:
        raise ValueError(" ".join(reader.wrong))
    # Raises the contradictions. They have no path: each of these sentences names its choices.
    return evolve(usual, **given)


class _Reader:
    """Turns tables into choices, and collects what is wrong with all of them before it gives up."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def choices(self, usual: Any, data: object, path: str) -> dict[str, Any]:
        """The values that the table has for the fields of `usual`, a policy or one of its parts."""
        given = {}
        for name, value in self._known(type(usual), data, path):
            before, at = len(self.wrong), f"{path}.{name}"
            mine = getattr(usual, name)
            if has(type(mine)):
                inner = self.choices(mine, value, at)
                given[name] = mine if len(self.wrong) > before else evolve(mine, **inner)
                continue
            given[name] = self._value(getattr(fields(type(usual)), name), value, at)
            if len(self.wrong) == before:
                # The choice checks itself, so that a file is refused in the same words as Python code.
                self._try(at, partial(evolve, usual, **{name: given[name]}))
        return given

    def _value(self, field: "Attribute[Any]", value: object, path: str) -> object:
        """A list as a tuple, and its tables as the records that the choice takes."""
        if not isinstance(value, list):
            return value
        kind = field.metadata.get("record")
        if kind is None:
            return tuple(value)
        return tuple(self._record(kind, entry, f"{path}[{at}]") for at, entry in enumerate(value))

    def _record(self, kind: type, data: object, path: str) -> object:
        given = {
            name: tuple(value) if isinstance(value, list) else value for name, value in self._known(kind, data, path)
        }
        missing = [field.name for field in fields(kind) if field.name not in given]
        if missing and isinstance(data, Mapping):
            self.wrong.append(f"{path}: {' and '.join(missing)} is missing.")
        return None if missing else self._try(path, partial(kind, **given))

    def _known(self, kind: type, data: object, path: str) -> list[tuple[str, object]]:
        """The entries that the class has fields for. Any other is a typing error."""
        if not isinstance(data, Mapping):
            self.wrong.append(f"{path} takes a table, not {shown(data)}.")
            return []
        names = [field.name for field in fields(kind)]
        strange = [name for name in data if name not in names]
        self.wrong += [f"{path}: there is no {name}; choose from {', '.join(names)}." for name in strange]
        return [(name, data[name]) for name in names if name in data]

    def _try(self, path: str, build: Callable[[], object]) -> object:
        try:
            return build()
        except (TypeError, ValueError) as error:
            self.wrong.append(f"{path}: {error}")
            return None


def load(path: Path | str) -> Policy:
    """Read the policy from a TOML or JSON file.

    Raises OSError if the file cannot be read, and ValueError that names the file and the path of each mistake.
    """
    import tomllib  # only here: most hosts build their policy in Python

    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        # By the ending, so that a broken file is read by one parser and the error is that parser's.
        data = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        if not isinstance(data, dict):
            raise ValueError("a policy is an object")
        return from_data(data)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None


def to_toml(policy: Policy, *, complete: bool = False) -> str:
    """Return the policy as the text of a TOML file, without the defaults. `complete`: with all of them."""
    data = to_data(policy, complete=complete)
    lines = [f"{name} = {_toml(value)}" for name, value in data.items() if not isinstance(value, dict)]
    for name, part in data.items():
        if isinstance(part, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in part.items())]
    return "\n".join(lines).strip() + "\n"


def _toml(value: Json) -> str:
    """One value in TOML."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(element) for element in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_toml(element)}" for key, element in value.items())
        return f"{{ {inner} }}"
    # JSON's strings are TOML's basic strings but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def diff(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return the choices in which two policies differ, in the order of the parts."""
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
    """Return the policy with one choice changed, by its path (`deactivate.access`).

    Raises ValueError if the value is wrong or contradicts another choice.
    """
    # By way of the plain data, so that the changed policy passes the same checks as a file.
    part, _, name = path.partition(".")
    data = to_data(policy)
    if not name:
        return from_data({**data, part: value})
    inner = data.get(part)
    return from_data({**data, part: {**(inner if isinstance(inner, dict) else {}), name: value}})
