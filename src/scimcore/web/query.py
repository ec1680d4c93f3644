"""Query strings and SearchRequest bodies: both become a `Search`, and the same rules apply to both (SRCH-001)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import unquote, unquote_to_bytes

from scimcore.dialects.dialect import Dialect
from scimcore.errors import InvalidFilter, InvalidSyntax, InvalidValue, Sensitive, quoted
from scimcore.filters import parse_filter
from scimcore.filters.ast import And, AttrPath, Compare, Element, Node, Not, Or, Present
from scimcore.resources.projection import Projection
from scimcore.schema.folding import fold_name, named_twice
from scimcore.schema.json import Json, JsonObject
from scimcore.service.results import Search

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_INTEGER = re.compile(r"-?[0-9]+\Z")
#: Beyond the end of any list. Repositories count in 64 bits, and a larger number would be a 500.
_HUGE = 2**53
#: The parameters that are read. All others are ignored (HTTP-009), such as aadOptscim062020, which Entra ID's
#: administrators add to the URL.
_KNOWN = {
    fold_name(name): name
    for name in (
        *("attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"),
    )
}
#: The spellings of the RFC, which nearly every client uses: one look-up instead of folding each name.
_SPELLED = frozenset(_KNOWN.values())
_LISTS = frozenset({"attributes", "excludedAttributes"})
_WHOLE = Projection()


def parameters(query: str) -> Mapping[str, str]:
    """Return the parameters of a query string that SCIM defines, decoded.

    Lists that are given several times are joined. Raises `InvalidValue` for another parameter that is given twice with
    different values.
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
            # A proxy or a log may take the first one for the real one, another the last.
            raise InvalidValue(f"{name} is given twice, with different values. Send it once.", code="SC-1010")
    return found


def _decoded(name: str, value: str) -> str:
    # RFC 3986 knows no "+" for a space, but HTML forms do, and so do the HTTP libraries of all clients (HTTP-010).
    if "+" in value:
        value = value.replace("+", " ")
    if "%" not in value and value.isascii():
        return value
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeError:
        kind = InvalidFilter if name == "filter" else InvalidValue
        raise kind(f"{name} is not UTF-8. Send its bytes percent-encoded.", code="SC-1011") from None


def projection(found: Mapping[str, str]) -> Projection:
    """Return what `attributes` and `excludedAttributes` ask to see. Raises `InvalidValue` for both at once."""
    if "attributes" not in found and "excludedAttributes" not in found:
        return _WHOLE
    return _projection(_names(found.get("attributes", "")), _names(found.get("excludedAttributes", "")))


def _projection(attributes: tuple[str, ...], excluded: tuple[str, ...]) -> Projection:
    # RFC 7644 section 3.9: the two are mutually exclusive. It names no scimType for that.
    if attributes and excluded:
        raise InvalidValue("attributes and excludedAttributes exclude each other. Send one of them.", code="SC-1012")
    return Projection(attributes, excluded) if attributes or excluded else _WHOLE


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def search(found: Mapping[str, str]) -> Search:
    """Return the search that the parameters of a GET ask for. Raises `InvalidValue`."""
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
        raise InvalidValue("sortOrder must be ascending or descending.", code="SC-1013")
    return "ascending"


def _integer(name: str, text: str) -> int:
    text = text.strip()
    if not _INTEGER.match(text):
        raise InvalidValue(f"{name} must be a whole number.", code="SC-1014")
    # 20 characters are beyond _HUGE already; int() of thousands of digits takes long.
    return _bounded(int(text[:20]))


def _bounded(number: int) -> int:
    return max(-_HUGE, min(number, _HUGE))


def search_request(body: Json, *, texts: bool = False) -> Search:
    """Return the search that the body of a POST to /.search asks for (RFC 7644 section 3.4.3).

    With `texts`, numbers and lists of names may be texts, as in the query of a GET.

    Raises `InvalidSyntax` or `InvalidValue`.
    """
    found = message(body, SEARCH_REQUEST, _KNOWN)
    return Search(
        filter=_text(found, "filter"),
        sort_by=_text(found, "sortBy") or None,
        sort_order=_order(_text(found, "sortOrder") or "ascending"),
        start_index=_number(found, "startIndex", texts),
        count=_number(found, "count", texts),
        cursor=_text(found, "cursor"),
        projection=_projection(_list(found, "attributes", texts), _list(found, "excludedAttributes", texts)),
    )


def message(body: Json, urn: str, known: Mapping[str, str]) -> JsonObject:
    """Return the members of a message that are in `known` (folded name -> spelling). A null counts as absent.

    Raises `InvalidSyntax` unless the body is an object whose `schemas` contain the URN.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.", code="SC-1015")
    # RFC 7643 section 2.1: attribute names are case-insensitive.
    members = {fold_name(name): value for name, value in body.items()}
    if len(members) < len(body) and (twice := named_twice(body)) is not None:
        # Whichever was taken, the other would be lost without a word.
        raise InvalidSyntax(f"{quoted(twice)} is there twice, in different case. Send it once.", code="SC-1015")
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


def _number(found: Mapping[str, Json], name: str, texts: bool) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if texts and isinstance(value, str):
        return _integer(name, value)
    # A JSON true is an int for Python.
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"{name} must be a whole number.", code="SC-1014")
    return _bounded(value)


def _list(found: Mapping[str, Json], name: str, texts: bool) -> tuple[str, ...]:
    value = found.get(name, [])
    if texts and isinstance(value, str):
        return _names(value)
    if not isinstance(value, list):
        raise InvalidSyntax(f"{name} must be an array of attribute names.", code="SC-1018")
    names: Sequence[str] = [item for item in value if isinstance(item, str)]
    if len(names) < len(value):
        raise InvalidSyntax(f"{name} must be an array of attribute names.", code="SC-1018")
    return tuple(stripped for item in names if (stripped := item.strip()))


def check_sensitive(filter: str | None, sensitive: frozenset[str], dialect: Dialect) -> None:
    """Raise `Sensitive` for a filter that names one of these attributes, in any case (RFC 7644 section 7.5.2)."""
    # Parsed only where a host has named such attributes. The service parses it again, out of a cache.
    if filter is None or not sensitive:
        return
    folded = {fold_name(name) for name in sensitive}
    try:
        parsed = parse_filter(filter)
    except InvalidFilter:
        # What the service can read must not come by here unread.
        parsed = parse_filter(dialect.readable(filter))
    for path in _paths(parsed.tree):
        if fold_name(path.name) in folded:
            raise Sensitive(f"A filter on {path.name} is not allowed in a URL. Send it by POST to /.search.")


def _paths(tree: Node) -> Iterator[AttrPath]:
    """Every attribute that a filter names."""
    # Recursive without a limit of its own: the parser bounds the depth and the number of terms.
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
