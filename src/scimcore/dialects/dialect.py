"""The dialect of an identity provider: a value, printable and comparable."""

from functools import cached_property
from typing import Any

from attrs import Attribute as Field
from attrs import evolve, field, frozen

from scimcore._arguments import each, instance_of, text, wrong_type
from scimcore._cache import Bounded
from scimcore.dialects._messages import MessageRewriter
from scimcore.dialects._values import Notes
from scimcore.dialects.rewrite import Rewrite, RewriteNote
from scimcore.filters.ast import Filter, Node
from scimcore.filters.bare_words import quote_bare_words
from scimcore.patch.readings import Readings
from scimcore.resources.rules import Rules
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject


def _names_once(instance: "Dialect", field: "Field[Any]", value: tuple[Rewrite, ...]) -> None:
    # `without` and the notes speak of a rewrite by its name.
    seen: set[str] = set()
    for rewrite in value:
        if rewrite.name in seen:
            raise ValueError(
                f"Dialect(rewrites=...) has two rewrites with the name {rewrite.name!r}. Rename one of them."
            )
        seen.add(rewrite.name)


def _needs(instance: object, field: "Field[Any]", value: object) -> None:
    if not isinstance(value, frozenset) or not all(isinstance(need, str) for need in value):
        raise wrong_type(type(instance).__name__, field.name, value, "a frozenset of texts")


# A dialect is looked up in caches by what it is, at every request; the hash of twenty rewrites is computed once.
@frozen(kw_only=True, cache_hash=True)
class Dialect:
    """The understanding of one identity provider: named rewrites into RFC form, and readings for the rest.

    The rewrites act in their order. What none of them claims is read by the letter of the RFCs. `without` and `with_`
    make a dialect of your own; docs/how-to/write-a-dialect.md shows one in ten lines.

    Raises TypeError or ValueError if an argument is wrong.
    """

    #: The name by which `find_dialect` and the command line know it.
    name: str = field(validator=text(empty=False))
    #: The rewrites in the order in which they act, each name once.
    rewrites: tuple[Rewrite, ...] = field(
        default=(), validator=[each(instance_of(Rewrite, "a Rewrite"), "a tuple of Rewrite values"), _names_once]
    )
    #: How strictly bodies are checked.
    rules: Rules = field(factory=Rules, validator=instance_of(Rules, "Rules"))
    #: The readings before the rewrites change them. The default is the letter of RFC 7644.
    letter: Readings = field(default=Readings(short_names=False), validator=instance_of(Readings, "Readings"))
    #: What the identity provider cannot work without. Compared with what a policy offers when both meet.
    needs: frozenset[str] = field(default=frozenset(), validator=_needs)

    #: True: ServiceProviderConfig tells of pages by cursor (RFC 9865) even where the host does not advertise them. Two
    #: widespread clients refuse the whole document for that.
    advertises_cursors: bool = field(default=False, validator=instance_of(bool, "a bool"))

    # Derived from the fields above, and therefore the same for equal dialects.
    @cached_property
    def readings(self) -> Readings:
        """The choices of the PATCH engine under this dialect."""
        readings = evolve(
            self.letter,
            text_booleans=self.text_booleans,
            text_numbers=self.text_numbers,
            bare_words=self.bare_words,
            short_names=self.short_names,
        )
        for rewrite in self.rewrites:
            readings = rewrite.readings(readings) if rewrite.readings else readings
        return readings

    @cached_property
    def text_booleans(self) -> bool:
        """True if filters may spell booleans as texts."""
        return any(rewrite.text_booleans for rewrite in self.rewrites)

    @cached_property
    def text_numbers(self) -> bool:
        """True if filters may spell numbers as texts."""
        return any(rewrite.text_numbers for rewrite in self.rewrites)

    @cached_property
    def bare_words(self) -> bool:
        """True if filters and paths may have words without quotes."""
        return any(rewrite.bare_words for rewrite in self.rewrites)

    @cached_property
    def text_search(self) -> bool:
        """True if a SearchRequest may spell numbers and lists of names as texts."""
        return any(rewrite.text_search for rewrite in self.rewrites)

    @cached_property
    def double_slashes(self) -> bool:
        """True if two slashes in a row in a path are one."""
        return any(rewrite.double_slashes for rewrite in self.rewrites)

    @cached_property
    def shows_empty(self) -> bool:
        """True if a resource without links is answered with an empty list for them."""
        return any(rewrite.shows_empty for rewrite in self.rewrites)

    @cached_property
    def short_names(self) -> bool:
        """True if an attribute that only one extension has is found without its URN."""
        return any(rewrite.short_names for rewrite in self.rewrites)

    def without(self, *names: str) -> "Dialect":
        """Return this dialect with these rewrites switched off. Raises ValueError for one that it does not have."""
        for name in names:
            self[name]
        return evolve(self, rewrites=tuple(r for r in self.rewrites if r.name not in names))

    def with_(self, *rewrites: Rewrite) -> "Dialect":
        """Return this dialect with these rewrites at the end, or in the place of those with the same name.

        Raises TypeError for a value that is not a Rewrite.
        """
        for rewrite in rewrites:
            if not isinstance(rewrite, Rewrite):
                raise wrong_type("Dialect.with_", "rewrite", rewrite, "a Rewrite")
        given = {rewrite.name: rewrite for rewrite in rewrites}
        replaced = tuple(given.pop(r.name, r) for r in self.rewrites)
        return evolve(self, rewrites=(*replaced, *given.values()))

    def __getitem__(self, name: str) -> Rewrite:
        """Return the rewrite of that name. Raises ValueError with the names that there are."""
        for rewrite in self.rewrites:
            if rewrite.name == name:
                return rewrite
        choices = ", ".join(r.name for r in self.rewrites) or "none"
        raise ValueError(f"The dialect {self.name} has no rewrite {name!r}. It has: {choices}.")

    def body(self, type: BoundType, body: JsonObject) -> tuple[JsonObject, tuple[RewriteNote, ...]]:
        """Put the body of a POST or PUT into RFC form.

        Returns the body, the same object if it was in RFC form, and a note for each rewrite that acted.
        """
        if not self.rewrites:
            return body, ()
        notes = Notes()
        return _REWRITERS[self, type, "bodies"].body(body, notes), notes.all()

    def patch(self, type: BoundType, body: JsonObject) -> tuple[JsonObject, tuple[RewriteNote, ...]]:
        """Put the body of a PATCH into RFC form.

        Returns the body, the same object if it was in RFC form, and a note for each rewrite that acted. A body that is
        not a PatchOp message at all is left to `parse_patch` to refuse.
        """
        if not self.rewrites:
            return body, ()
        notes = Notes()
        return _REWRITERS[self, type, "patches"].patch(body, notes), notes.all()

    def filter(self, filter: Filter) -> tuple[Filter, tuple[RewriteNote, ...]]:
        """Put a filter into RFC form.

        Returns the filter, the same object if it was in RFC form, and a note for each rewrite that acted. Text booleans
        and short names are left to `condition`, which knows the schema.
        """
        tree, notes = _TREES[self, filter.tree]
        return (filter if tree is filter.tree else Filter(tree, filter.values)), notes

    def readable(self, text: str) -> str:
        """Return the text of a filter that cannot be read, as this dialect reads it; itself if it does not either."""
        return quote_bare_words(text) if self.bare_words else text

    def explain(self) -> str:
        """Return the rewrites as a table for people: the name, what it does, and who needs it."""
        rows = [("rewrite", "what it does", "seen in"), *((r.name, r.note, r.source_dated) for r in self.rewrites)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        lines = [f"{name:{widths[0]}}  {note:{widths[1]}}  {source}" for name, note, source in rows]
        return "\n".join([f"{self.name}: {len(self.rewrites)} rewrites", *lines]) + "\n"


def _compile(key: tuple[Dialect, BoundType, str]) -> MessageRewriter:
    dialect, type, within = key
    return MessageRewriter(type, dialect.rewrites, within)


def _rewrite_tree(key: tuple[Dialect, Node]) -> tuple[Node, tuple[RewriteNote, ...]]:
    dialect, tree = key
    notes = Notes()
    for rewrite in dialect.rewrites:
        if rewrite.filter is not None and (after := rewrite.filter(tree)) is not tree:
            tree = after
            notes.add(rewrite, "filter")
    return tree, notes.all()


# Beside the dialects and not inside them: a dialect is a value that the whole process shares. Equal dialects and equal
# types share what was compiled, so a host may build its own for each request. There are two kinds of message for each
# type, and a thousand tenants may each have a user type of their own.
_REWRITERS: Bounded[tuple[Dialect, BoundType, str], MessageRewriter] = Bounded(_compile, size=2048)
# A rewritten tree is the same object each time, so that what is cached by the tree (conditions, SQL) is found at once.
_TREES: Bounded[tuple[Dialect, Node], tuple[Node, tuple[RewriteNote, ...]]] = Bounded(_rewrite_tree, size=1024)
