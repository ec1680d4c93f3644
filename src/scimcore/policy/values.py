"""Reading and writing single values of a resource, and the few values that the policy looks at."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from scimcore.schema import USER_URN, fold
from scimcore.schema.json import Json, JsonObject


def json_object(data: Mapping[str, object]) -> JsonObject:
    """Return stored data as a JSON object. Facts carry it as a mapping, so that no rule writes to it."""
    return cast(JsonObject, dict(data))


def json(value: object) -> Json:
    """Return a value from stored data with its type."""
    return cast(Json, value)


def split(path: str) -> tuple[str, ...]:
    """Split a canonical path into keys. The URN of an extension is one key; that of the core User schema is none."""
    urn, colon, rest = path.rpartition(":")
    names = tuple(rest.split("."))
    if not colon or urn == USER_URN:
        return names
    return (urn, *names)


def get(data: Mapping[str, object], path: str) -> object:
    """Return the value at a canonical path, None if there is none."""
    value: object = data
    for key in split(path):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def put(data: JsonObject, path: str, value: Json) -> JsonObject:
    """Return the data with that value at the path. None removes it, and parents that become empty."""
    return _put(data, split(path), value)


def _put(data: JsonObject, keys: tuple[str, ...], value: Json) -> JsonObject:
    key, *rest = keys
    if rest:
        inner = data.get(key)
        nested = _put(inner if isinstance(inner, dict) else {}, tuple(rest), value)
        value = nested or None
    changed = {**data, key: value}
    if value is None:
        del changed[key]
    return changed


def leaves(data: JsonObject, prefix: str = "") -> list[str]:
    """Return the canonical paths of all values: sub-attributes one by one, multi-valued attributes as a whole."""
    paths: list[str] = []
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            paths += leaves(value, f"{path}:" if name.startswith("urn:") else f"{path}.")
        else:
            paths.append(path)
    return paths


def below(path: str, roots: Iterable[str]) -> bool:
    """True if the path is one of the roots or inside one."""
    return any(path.startswith(root) and (len(path) == len(root) or path[len(root)] in ".:") for root in roots)


def emails(data: Mapping[str, object]) -> tuple[str, ...]:
    """Return the addresses of an account: the userName if it is one, and the primary or else the work e-mail."""
    # A userName is often the address itself, and then many clients send no e-mail, or the same one.
    name, chosen = _address(data.get("userName")), _chosen(data.get("emails"))
    if chosen is None or chosen == name:
        return () if name is None else (name,)
    return (chosen,) if name is None else (name, chosen)


#: What stands in no address, but between two of them or around one.
_BETWEEN: Final = frozenset(",;<>() \t\r\n")


def _address(value: object) -> str | None:
    """The text if it is one address. Two in one text are none: a product that writes to it would write to both."""
    if not isinstance(value, str) or value.count("@") != 1 or not _BETWEEN.isdisjoint(value):
        return None
    return None if value.startswith("@") or value.endswith("@") else value


def _chosen(value: object) -> str | None:
    """Return the primary e-mail, else the first for work or without a type: one for home is a private one."""
    # RFC 7643 section 2.4: primary is true for at most one value. Clients send several all the same; the first one
    # wins.
    best, rank = None, 3
    for email in value if isinstance(value, list) else ():
        address = _address(email.get("value")) if isinstance(email, Mapping) else None
        if address is None:
            continue
        mine = 0 if email.get("primary") is True else {"work": 1, None: 2}.get(_kind(email), 3)
        if mine < rank:
            best, rank = address, mine
    return best


def _kind(email: Mapping[str, object]) -> str | None:
    kind = email.get("type")
    return kind.lower() if isinstance(kind, str) and kind else None


def email(data: Mapping[str, object]) -> str | None:
    """Return the account's address: the userName if it is one, else the primary, else the work e-mail; None if none.

    Every rule about addresses asks this function, and so should a host that writes to the user.
    """
    return next(iter(emails(data)), None)


def same(one: str, other: str) -> bool:
    """True if two names or addresses are equal without case."""
    return fold(one) == fold(other)


def text(data: Mapping[str, object], name: str) -> str | None:
    """Return a text attribute, None if it is absent or no text."""
    value = data.get(name)
    return value if isinstance(value, str) else None
