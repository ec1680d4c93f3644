"""Random resources, filters, sorts and windows, made of what has ever broken a comparison."""

from typing import Any

from hypothesis import strategies as st

from scimcore.repository import Index, Keyset
from scimcore.schema import ENTERPRISE_SCHEMA, GROUP, USER, Attribute, Registry, Schema

EXTENSION = "urn:example:scim:2.0:Badge"
_PLACES = (Attribute(name="value"), Attribute(name="type"), Attribute(name="primary", type="boolean"))
REGISTRY = Registry(
    USER.with_extension(ENTERPRISE_SCHEMA).with_extension(
        Schema(
            EXTENSION,
            "Badge",
            (
                Attribute(name="level", type="integer", indexed=True),
                Attribute(name="ratio", type="decimal", indexed=True),
                Attribute(name="since", type="dateTime", indexed=True),
                Attribute(name="vip", type="boolean", indexed=True),
                Attribute(name="code", case_exact=True, indexed=True),
                Attribute(name="tags", multi_valued=True, indexed=True),
                Attribute(name="plain"),
                Attribute(
                    name="rooms",
                    type="complex",
                    multi_valued=True,
                    sub_attributes=(*_PLACES, Attribute(name="floor", indexed=True)),
                ),
                Attribute(
                    name="chief",
                    type="complex",
                    indexed=True,
                    sub_attributes=(Attribute(name="value", case_exact=True), Attribute(name="note")),
                ),
            ),
        )
    ),
    GROUP,
)

#: Kelvin, dotted and dotless i, sharp s, long s, sigmas, ligature, combining accents, wildcards, quotes, astral.
_PIECES = (
    "a",
    "A",
    "b",
    "K",
    "\u212a",
    "\u0130",
    "\u0131",
    "i",
    "\u00df",
    "ss",
    "\u017f",
    "\u03a3",
    "\u03c2",
    "\ufb01",
)
_MORE = (
    "e\u0301",
    "\u00e9",
    "\u0301",
    "%",
    "_",
    "\\",
    "'",
    '"',
    " ",
    "\U0001f600",
    "\ue000",
    "\ud7ff",
    "\uffff",
    "\x01",
)
_LONG = ("a" * 195, "B" * 199, "x" * 200, "x" * 201, "x" * 210 + "y", "\u0130" * 120)
texts = st.lists(st.sampled_from(_PIECES + _MORE), max_size=4).map("".join) | st.sampled_from(_LONG)
#: Texts of one or two letters meet each other more often.
short = st.sampled_from(("", "a", "A", "b", "ab", "K", "\u212a", "\u00df", "e\u0301", "\u00e9", "%"))
any_text = short | texts
_NUMBERS = st.sampled_from((0, 1, -1, 2, 10, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)))
_FLOATS = st.sampled_from((0.0, 0.5, -1.5, 1.0, 1e300, 5e-324, float(2**53), 2.0**63, 0.1))
instants = st.sampled_from(
    ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31T23:59:59.999999Z", "1969-12-31T00:00:00Z")
)
_KINDS = st.sampled_from(("work", "Work", "home", ""))


def _some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


_element = _some({}, {"value": any_text, "type": _KINDS, "primary": st.booleans(), "display": short}).filter(bool)
_room = _some({}, {"value": short, "type": _KINDS, "primary": st.booleans(), "floor": any_text}).filter(bool)
_badge = _some(
    {},
    {
        "level": _NUMBERS,
        "ratio": _FLOATS | _NUMBERS,
        "since": instants,
        "vip": st.booleans(),
        "code": any_text,
        "tags": st.lists(any_text, min_size=1, max_size=3),
        "plain": any_text,
        "rooms": st.lists(_room, min_size=1, max_size=2),
        "chief": _some({}, {"value": any_text, "note": any_text}).filter(bool),
    },
).filter(bool)
users = _some(
    {"userName": any_text.filter(bool)},
    {
        "displayName": any_text,
        "externalId": any_text,
        "active": st.booleans(),
        "title": any_text,
        "name": _some({}, {"familyName": any_text, "givenName": short}).filter(bool),
        "emails": st.lists(_element, min_size=1, max_size=3),
        EXTENSION: _badge,
    },
)
heads = st.fixed_dictionaries(
    {
        "version": st.integers(1, 3),
        "created": st.integers(0, 3),
        "modified": st.sampled_from((0, 1, 1_767_225_600_000_000)),
        "connection": st.sampled_from(("", "c1")),
    }
)

_TEXT_PATHS = (
    *("userName", "displayName", "externalId", "title", "name.familyName", "emails", "emails.value", "emails.type"),
    *(f"{EXTENSION}:{name}" for name in ("code", "tags", "plain", "chief.value", "chief.note", "rooms.floor")),
    *("id", "groups.value", "groups.display", "meta.resourceType", f"{EXTENSION}:rooms.value"),
)
_ALL_PATHS = (
    *_TEXT_PATHS,
    *("active", "emails.primary", "name", "meta", "meta.created", "groups", "schemas"),
    *(f"{EXTENSION}:{name}" for name in ("level", "ratio", "since", "vip", "chief", "rooms")),
)
_TEXT_OPERATORS = st.sampled_from(("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"))
_ORDER = st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le"))
_INSTANT_PATHS = st.sampled_from((f"{EXTENSION}:since", "meta.created", "meta.lastModified"))


def quoted(text: str) -> str:
    """The text as a filter writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 else c for c in escaped) + '"'


def _test(path: Any, operator: Any, literal: Any) -> st.SearchStrategy[str]:
    return st.builds(lambda *parts: " ".join(parts), path, operator, literal)


_literals = any_text.map(quoted)
_truths = st.sampled_from(("true", "false"))
_inner_leaf = st.one_of(
    _test(st.sampled_from(("value", "type")), _TEXT_OPERATORS, _literals),
    _test(st.just("primary"), st.sampled_from(("eq", "ne")), _truths),
    st.sampled_from(("value pr", "type pr", "primary pr", "value eq null")),
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    )


_leaf = st.one_of(
    _test(st.sampled_from(_TEXT_PATHS), _TEXT_OPERATORS, _literals),
    _test(st.sampled_from(_TEXT_PATHS[:7]), _TEXT_OPERATORS, _literals),
    _test(st.sampled_from(("active", f"{EXTENSION}:vip", "emails.primary")), st.sampled_from(("eq", "ne")), _truths),
    _test(st.sampled_from((f"{EXTENSION}:level", f"{EXTENSION}:ratio")), _ORDER, (_NUMBERS | _FLOATS).map(repr)),
    _test(_INSTANT_PATHS, _ORDER, instants.map(quoted)),
    st.sampled_from(_ALL_PATHS).map("{} pr".format),
    st.builds("emails[{}]".format, st.recursive(_inner_leaf, _joined, max_leaves=3)),
    st.builds(
        f"{EXTENSION}:rooms[{{}}]".format,
        st.recursive(_inner_leaf | _test(st.just("floor"), _TEXT_OPERATORS, _literals), _joined, max_leaves=3),
    ),
)
filters = st.recursive(_leaf, _joined, max_leaves=4)
sorts = st.none() | st.tuples(
    st.sampled_from(("userName", "displayName", "externalId", "active", "id", "meta.created", "title", "emails"))
    | st.sampled_from((f"{EXTENSION}:level", f"{EXTENSION}:since", "name.familyName")),
    st.booleans(),
)
windows = st.builds(Index, st.integers(1, 4), st.integers(0, 9)) | st.builds(Keyset, st.integers(0, 4))
