"""One tolerance: a record of small pure functions, each for one point at which a request can be put into RFC form.

Most rewrites fill in one function, some two. What a function is given is never changed in place: it returns a new
value when it acted, and the very same object when it did not, which is how the walk knows whom to note.
"""

from collections.abc import Callable
from typing import Literal

from attrs import field, frozen

from scimcore.filters.ast import Node
from scimcore.patch.readings import Readings
from scimcore.schema import Attribute, BoundType, Target
from scimcore.schema.json import Json, JsonObject

#: What acted, and what it did where: the name of the rule and a sentence without any value of the request.
RewriteNote = tuple[str, str]

Coercer = Callable[[Json], Json]


@frozen
class Place:
    """Where in a resource a value stands: at an attribute or sub-attribute, or as one element of a list."""

    target: Target
    #: The attribute or sub-attribute whose type counts here.
    leaf: Attribute
    element: bool = False

    @property
    def many(self) -> bool:
        """Whether a list belongs here."""
        return self.leaf.multi_valued and not self.element

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, if one value here has such."""
        return None if self.many else self.leaf.sub(name)

    def __str__(self) -> str:
        return str(self.target)


@frozen(kw_only=True)
class Rewrite:
    """A named deviation from the letter: what it does, who sends what makes it needed, and the functions that do it."""

    #: Short and stable: the rule of the notes, and the name by which a dialect switches it off.
    name: str
    #: What it does, one sentence without a full stop.
    note: str
    #: Who sends that: the document, test suite or report.
    source: str
    #: When the source was last seen to say so, as in "2026-09".
    observed: str = ""
    #: In which bodies `value` acts: "bodies" are those of POST and PUT, "patches" the values of PATCH operations.
    within: Literal["all", "bodies", "patches"] = "all"
    #: The kinds of JSON value that `value` looks at; any other kind costs nothing.
    kinds: tuple[type, ...] = (str, int, float, bool, list, dict)
    #: Whether `value` acts on nothing but empty texts and objects that hold one; then all others cost nothing.
    only_blank: bool = False
    #: Asked once per place and type: how values there are rewritten, None for a place that it leaves alone.
    value: Callable[[Place], Coercer | None] | None = None
    #: The RFC path that an unknown key means, given the URN of the extension it stands in (None: the resource).
    key: Callable[[BoundType, str | None, str], str | None] | None = None
    #: One PATCH operation, with what its path means (None: no path, or one that means nothing).
    operation: Callable[[JsonObject, Target | None], JsonObject] | None = None
    #: The PATCH message around the operations.
    message: Callable[[JsonObject], JsonObject] | None = None
    #: The tree of a filter, before its names have a meaning.
    filter: Callable[[Node], Node] | None = None
    #: What depends on the stored state, and is therefore done by the PATCH engine.
    readings: Callable[[Readings], Readings] | None = None
    #: Filters may spell booleans as texts.
    text_booleans: bool = field(default=False)
    #: Filters, paths and sortBy may leave out the URN of an attribute that only one extension has.
    short_names: bool = field(default=False)

    @property
    def source_dated(self) -> str:
        """The source and when it was observed."""
        return f"{self.source} ({self.observed})" if self.observed else self.source


class Notes:
    """The notes of one request: each rule once per place, and never more than `LIMIT`."""

    __slots__ = ("_seen",)

    LIMIT = 100

    def __init__(self) -> None:
        self._seen: dict[RewriteNote, None] = {}

    def add(self, rewrite: Rewrite, place: object) -> None:
        if len(self._seen) < self.LIMIT:
            self._seen[(rewrite.name, f"{place}: {rewrite.note}")] = None

    def all(self) -> tuple[RewriteNote, ...]:
        return tuple(self._seen)
