"""Random resources and queries, made of what has ever broken a comparison."""

from collections.abc import Callable
from random import Random

from scimcore.filters import condition, parse_filter
from scimcore.filters.sorting import sort_target
from scimcore.repository import Index, Keyset, Query, Sort
from scimcore.resources.document import Document, to_text
from scimcore.schema import ENTERPRISE_SCHEMA, GROUP, USER, USER_URN, Attribute, Registry, Schema
from scimcore.schema.json import Json, JsonObject

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
_NUMBERS = (
    0,
    1,
    -1,
    2,
    10,
    2**53,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    0.0,
    0.5,
    -1.5,
    1e300,
    5e-324,
    2.0**53,
    2.0**63,
    0.1,
)
_INSTANTS = ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31T23:59:59.999999Z", "1969-12-31T00:00:00Z")
_KINDS = ("work", "Work", "home", "")
_LATE = 1_767_225_600_000_000

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
_SORTS = (
    *("userName", "displayName", "externalId", "active", "id", "meta.created", "title", "emails", "name.familyName"),
    *(f"{EXTENSION}:{name}" for name in ("level", "since", "code", "tags")),
)
_ORDERING = ("eq", "ne", "gt", "ge", "lt", "le")
_OPERATORS = (*_ORDERING, "co", "sw", "ew")


class Sample:
    """Random resources and queries about them. The texts of a sample are few, so that filters hit."""

    def __init__(self, random: Random) -> None:
        self._random = random
        long = random.sample(_LONG, 2)
        self._texts = [*("".join(random.choices(_PIECES + _MORE, k=random.randint(1, 3))) for _ in range(12)), *long]

    # resources

    def users(self, count: int) -> list[Document]:
        """So many users, in no order; names may repeat."""
        return [self._user(f"u{number}") for number in self._random.sample(range(10 * count), count)]

    def _user(self, id: str) -> Document:
        data: JsonObject = {"schemas": [USER_URN], "userName": self.text() + self.text() or id}
        data |= self._maybe(
            displayName=self.text(),
            externalId=self.text(),
            active=self._truth(),
            title=self.text(),
            name=self._maybe(familyName=self.text(), givenName=self.text()),
            emails=[self._element("display") for _ in range(self._random.randint(1, 3))],
        )
        data |= self._maybe(**{EXTENSION: self._badge()})
        created, modified = self._random.randint(0, 3), self._random.choice((0, 1, _LATE))
        connection = self._random.choice(("", "c1"))
        head = {"version": self._random.randint(1, 3), "created": created, "modified": modified}
        return Document(type="User", id=id, text=to_text(data), connection=connection, **head)

    def _badge(self) -> JsonObject:
        return self._maybe(
            level=self._random.choice([n for n in _NUMBERS if isinstance(n, int)]),
            ratio=self._random.choice(_NUMBERS),
            since=self._random.choice(_INSTANTS),
            vip=self._truth(),
            code=self.text(),
            tags=[self.text() for _ in range(self._random.randint(1, 3))],
            plain=self.text(),
            rooms=[self._element("floor") for _ in range(self._random.randint(1, 2))],
            chief=self._maybe(value=self.text(), note=self.text()),
        )

    def _element(self, more: str) -> JsonObject:
        parts: JsonObject = {"value": self.text(), "type": self._random.choice(_KINDS), "primary": self._truth()}
        return self._maybe(**parts, **{more: self.text()}) or {"value": "only"}

    def _maybe(self, **parts: Json) -> JsonObject:
        return {name: part for name, part in parts.items() if part not in ({}, []) and self._random.random() < 0.6}

    def _truth(self) -> bool:
        return self._random.random() < 0.5

    def text(self) -> str:
        """A whole text of this sample."""
        return self._random.choice((*self._texts, ""))

    # queries

    def query(self) -> Query:
        """A query of users."""
        random = self._random
        text = self.filter(3) if random.random() < 0.9 else None
        sort = Sort(sort_target(random.choice(_SORTS), _USER), self._truth()) if random.random() < 0.4 else None
        count = random.randint(0, 5)
        return Query(
            types=("User",),
            conditions={"User": None if text is None else condition(parse_filter(text), _USER)},
            sort=sort,
            window=Index(random.randint(1, 6), count) if self._truth() else Keyset(count, None, random.random() < 0.2),
            connection=random.choice((None, None, "c1")),
            hide_inactive=random.random() < 0.2,
            unique=random.choice(({"User": "userName"}, {})),
        )

    def filter(self, depth: int) -> str:
        """A filter's text."""
        return self._combined(depth, self._leaf)

    def _combined(self, depth: int, leaf: Callable[[], str]) -> str:
        choice = self._random.random()
        if depth == 0 or choice < 0.5:
            return leaf()
        if choice < 0.65:
            return f"not ({self._combined(depth - 1, leaf)})"
        word = self._random.choice(("and", "or"))
        return f"({self._combined(depth - 1, leaf)} {word} {self._combined(depth - 1, leaf)})"

    def _leaf(self) -> str:
        random, choice = self._random, self._random.random()
        if choice < 0.5:
            return f"{random.choice(_TEXT_PATHS)} {random.choice(_OPERATORS)} {self._literal()}"
        if choice < 0.65:
            return f"{random.choice(_ALL_PATHS)} pr"
        if choice < 0.8:
            attribute, inner = random.choice((("emails", ""), (f"{EXTENSION}:rooms", "floor")))
            return f"{attribute}[{self._combined(2, lambda: self._inner(inner))}]"
        return random.choice((self._numeric, self._dated, self._boolean))()

    def _inner(self, more: str) -> str:
        random, choice = self._random, self._random.random()
        if choice < 0.2:
            return f"primary {random.choice(('eq', 'ne'))} {random.choice(('true', 'false'))}"
        if choice < 0.4:
            return random.choice(("value pr", "type pr", "primary pr", "value eq null"))
        if choice < 0.6:
            return f"type {random.choice(_OPERATORS)} {quoted(random.choice(_KINDS))}"
        return f"{random.choice(('value', more or 'value'))} {random.choice(_OPERATORS)} {self._literal()}"

    def _numeric(self) -> str:
        path = self._random.choice(("level", "ratio"))
        return f"{EXTENSION}:{path} {self._random.choice(_ORDERING)} {self._random.choice(_NUMBERS)!r}"

    def _dated(self) -> str:
        path = self._random.choice((f"{EXTENSION}:since", "meta.created", "meta.lastModified"))
        return f"{path} {self._random.choice(_ORDERING)} {quoted(self._random.choice(_INSTANTS))}"

    def _boolean(self) -> str:
        path = self._random.choice(("active", f"{EXTENSION}:vip", "emails.primary"))
        return f"{path} {self._random.choice(('eq', 'ne'))} {self._random.choice(('true', 'false'))}"

    def _literal(self) -> str:
        """A text of this sample, or a part of one, or one a little beyond it; in any case."""
        text = self.text() + (self.text() if self._random.random() < 0.3 else "")
        start, stop = sorted(self._random.choices(range(len(text) + 1), k=2))
        changed = self._random.choice(
            (text, text, text[start:stop], text[:stop], text[start:], text + "a", text.upper())
        )
        return quoted(changed)


_USER = REGISTRY["User"]


def quoted(text: str) -> str:
    """The text as a filter writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 else c for c in escaped) + '"'
