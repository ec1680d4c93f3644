"""Query strings and SearchRequest bodies: both end as one `Search`, both are read by the same rules (SRCH-001)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import unquote, unquote_to_bytes

from scimcore.errors import InvalidFilter, InvalidSyntax, InvalidValue, Sensitive
from scimcore.filters import parse_filter
from scimcore.filters.ast import And, AttrPath, Compare, Element, Node, Not, Or, Present
from scimcore.resources.projection import Projection
from scimcore.schema.folding import fold_name
from scimcore.schema.json import Json, JsonObject
from scimcore.service.results import Search

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_INTEGER = re.compile(r"-?[0-9]+\Z")
#: Beyond any list; keeps what reaches a repository within 64 bits.
_HUGE = 2**53
#: Named here, all others are ignored (HTTP-009), Entra's aadOptscim062020 among them.
_KNOWN = {
    fold_name(name): name
    for name in (
        *("attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"),
    )
}
#: As every client spells them.
_SPELLED = frozenset(_KNOWN.values())
_LISTS = frozenset({"attributes", "excludedAttributes"})
_WHOLE = Projection()


def parameters(query: str) -> Mapping[str, str]:
    """The parameters that SCIM knows, decoded once. Lists given several times are joined.

    Raises `InvalidValue` for a single-valued one that is given twice with two values: whichever of them a proxy or a
    log took for the real one, it might be the other.
    """
    if not query:
        return {}
    found: dict[str, str] = {}
    for part in query.split("&"):
        raw, _, value = part.partition("=")
        name = raw if raw in _SPELLED else _KNOWN.get(fold_name(raw if "%" not in raw else unquote(raw)))
        if name is None:
            continue
        text = _decoded(name, value)
        if name not in found:
            found[name] = text
        elif name in _LISTS:
            found[name] += f",{text}"
        elif found[name] != text:
            raise InvalidValue(f"{name} is given twice; give it once.", code="SC-1010")
    return found


def _decoded(name: str, value: str) -> str:
    """Percent-decoded once; "+" is a space, as forms and every client have it (HTTP-010)."""
    if "+" in value:
        value = value.replace("+", " ")
    if "%" not in value and value.isascii():
        return value
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeError:
        kind = InvalidFilter if name == "filter" else InvalidValue
        raise kind(f"{name} is not UTF-8 text, percent-encoded.", code="SC-1011") from None


def projection(found: Mapping[str, str]) -> Projection:
    """What `attributes` and `excludedAttributes` ask to see."""
    if "attributes" not in found and "excludedAttributes" not in found:
        return _WHOLE
    return _projection(_names(found.get("attributes", "")), _names(found.get("excludedAttributes", "")))


def _projection(attributes: tuple[str, ...], excluded: tuple[str, ...]) -> Projection:
    # RFC 7644 section 3.9: mutually exclusive; it names no code for that.
    if attributes and excluded:
        raise InvalidValue("attributes and excludedAttributes cannot be used together: choose one.", code="SC-1012")
    return Projection(attributes, excluded) if attributes or excluded else _WHOLE


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def search(found: Mapping[str, str]) -> Search:
    """A GET query."""
    start_index, count = found.get("startIndex"), found.get("count")
    return Search(
        filter=found.get("filter"),
        sort_by=found.get("sortBy") or None,
        sort_order=_order(found.get("sortOrder") or "ascending"),
        start_index=None if start_index is None else _integer("startIndex", start_index),
        count=None if count is None else _integer("count", count),
        cursor=found.get("cursor"),
        projection=projection(found),
    )


def _order(text: str) -> Literal["ascending", "descending"]:
    folded = fold_name(text)
    if folded == "descending":
        return "descending"
    if folded != "ascending":
        raise InvalidValue("sortOrder is ascending or descending.", code="SC-1013")
    return "ascending"


def _integer(name: str, text: str) -> int:
    text = text.strip()
    if not _INTEGER.match(text):
        raise InvalidValue(f"{name} is a whole number.", code="SC-1014")
    return _bounded(int(text[:20]))


def _bounded(number: int) -> int:
    return max(-_HUGE, min(number, _HUGE))


def search_request(body: Json) -> Search:
    """A POST to /.search (RFC 7644 section 3.4.3)."""
    found = message(body, SEARCH_REQUEST, _KNOWN)
    return Search(
        filter=_text(found, "filter"),
        sort_by=_text(found, "sortBy") or None,
        sort_order=_order(_text(found, "sortOrder") or "ascending"),
        start_index=_number(found, "startIndex"),
        count=_number(found, "count"),
        cursor=_text(found, "cursor"),
        projection=_projection(_list(found, "attributes"), _list(found, "excludedAttributes")),
    )


def message(body: Json, urn: str, known: Mapping[str, str]) -> JsonObject:
    """The members of a message that are known, by their own spelling; nulls left out.

    Raises `InvalidSyntax` unless it is an object whose `schemas` hold the URN.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.", code="SC-1015")
    members = {fold_name(name): value for name, value in body.items()}
    schemas = members.get("schemas")
    listed = schemas if isinstance(schemas, list) else []
    if not any(isinstance(s, str) and fold_name(s) == fold_name(urn) for s in listed):
        raise InvalidSyntax(f"schemas must be [{urn!r}].".replace("'", '"'), code="SC-1016")
    return {known[name]: value for name, value in members.items() if name in known and value is not None}


def _text(found: Mapping[str, Json], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidSyntax(f"{name} must be a string.", code="SC-1017")
    return value


def _number(found: Mapping[str, Json], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"{name} is a whole number.", code="SC-1014")
    return _bounded(value)


def _list(found: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise InvalidSyntax(f"{name} must be an array of attribute names.", code="SC-1018")
    names: Sequence[str] = [item for item in value if isinstance(item, str)]
    if len(names) < len(value):
        raise InvalidSyntax(f"{name} must be an array of attribute names.", code="SC-1018")
    return tuple(stripped for item in names if (stripped := item.strip()))


def check_sensitive(filter: str | None, sensitive: frozenset[str]) -> None:
    """Raises `Sensitive` for a filter that names one of these attributes, however it spells it."""
    if filter is None or not sensitive:
        return
    folded = {fold_name(name) for name in sensitive}
    for path in _paths(parse_filter(filter).tree):
        if fold_name(path.name) in folded:
            raise Sensitive(f"A filter on {path.name} must not stand in a URL: send it by POST to /.search.")


def _paths(tree: Node) -> Iterator[AttrPath]:
    """Every attribute that a filter names. A parsed filter is bounded in depth and in terms."""
    match tree:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _paths(term)
        case Not(term):
            yield from _paths(term)
        case Element(path, inner, then):
            yield path
            yield from _paths(inner)
            if then is not None:
                yield from _paths(then)
        case Compare(path) | Present(path):
            yield path
