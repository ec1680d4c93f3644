"""What an identity provider means by what it sends: a value, printable and comparable."""

from functools import cached_property

from attrs import evolve, field, frozen

from scimcore.dialects._bodies import MessageRewriter
from scimcore.dialects._patches import rewrite_patch
from scimcore.dialects.rewrite import Notes, Rewrite, RewriteNote
from scimcore.filters.ast import Filter, Node
from scimcore.patch.readings import Readings
from scimcore.resources.rules import Rules
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject

# A host has a handful of resource types, and clients a handful of filter shapes; both caches start anew beyond that.
_MAX_WALKS = 256
_MAX_TREES = 1024


@frozen(kw_only=True)
class Dialect:
    """Named rewrites into RFC form, in the order in which they act, and how what is left is read.

    What no rewrite claims is read by the letter. `without` and `with_` make a dialect of one's own; docs/how-to
    shows one in ten lines.
    """

    name: str
    rewrites: tuple[Rewrite, ...] = ()
    #: How strictly bodies are checked.
    rules: Rules = Rules()
    #: The readings before the rewrites have their say; the default is the letter.
    letter: Readings = Readings(short_names=False)
    #: What the identity provider cannot work without, for `access` to compare with what the policy grants.
    needs: frozenset[str] = frozenset()
    _walks: dict[tuple[BoundType, str], MessageRewriter] = field(factory=dict, init=False, eq=False, repr=False)
    _trees: dict[Node, tuple[Node, tuple[RewriteNote, ...]]] = field(factory=dict, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        names = [rewrite.name for rewrite in self.rewrites]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.name}: two rewrites of one name")

    @cached_property
    def readings(self) -> Readings:
        """How the PATCH engine reads what depends on the stored state."""
        readings = evolve(self.letter, text_booleans=self.text_booleans, short_names=self.short_names)
        for rewrite in self.rewrites:
            readings = rewrite.readings(readings) if rewrite.readings else readings
        return readings

    @cached_property
    def text_booleans(self) -> bool:
        """Whether filters may spell booleans as texts."""
        return any(rewrite.text_booleans for rewrite in self.rewrites)

    @cached_property
    def short_names(self) -> bool:
        """Whether an attribute that only one extension has may stand without its URN."""
        return any(rewrite.short_names for rewrite in self.rewrites)

    def without(self, *names: str) -> "Dialect":
        """The same dialect with these rewrites switched off. Raises ValueError for one that it does not have."""
        for name in names:
            self[name]
        return evolve(self, rewrites=tuple(r for r in self.rewrites if r.name not in names))

    def with_(self, *rewrites: Rewrite) -> "Dialect":
        """The same dialect with these rewrites at the end, or in the place of those of the same name."""
        given = {rewrite.name: rewrite for rewrite in rewrites}
        kept = tuple(given.pop(r.name, r) for r in self.rewrites)
        return evolve(self, rewrites=(*kept, *given.values()))

    def __getitem__(self, name: str) -> Rewrite:
        """The rewrite of that name. Raises ValueError with the names that there are."""
        for rewrite in self.rewrites:
            if rewrite.name == name:
                return rewrite
        choices = ", ".join(r.name for r in self.rewrites) or "none"
        raise ValueError(f"{self.name} has no rewrite {name!r}; it has: {choices}")

    def body(self, type: BoundType, body: JsonObject) -> tuple[JsonObject, tuple[RewriteNote, ...]]:
        """The body of a POST or PUT in RFC form, the same object if it was, and what acted."""
        if not self.rewrites:
            return body, ()
        notes = Notes()
        return self._walk(type, "bodies").resource(body, notes), notes.all()

    def patch(self, type: BoundType, body: JsonObject) -> tuple[JsonObject, tuple[RewriteNote, ...]]:
        """The body of a PATCH in RFC form, the same object if it was, and what acted.

        What is no PatchOp message at all is left to `parse_patch` to refuse.
        """
        if not self.rewrites:
            return body, ()
        notes = Notes()
        return rewrite_patch(self._walk(type, "patches"), body, notes), notes.all()

    def filter(self, filter: Filter) -> tuple[Filter, tuple[RewriteNote, ...]]:
        """The filter in RFC form, the same object if it was, and what acted.

        Text booleans and short names are left to `condition`, which knows the schema. A tree is rewritten once,
        whatever values come with it.
        """
        known = self._trees.get(filter.tree)
        if known is None:
            if len(self._trees) >= _MAX_TREES:
                self._trees.clear()
            known = self._trees[filter.tree] = self._rewrite_tree(filter.tree)
        tree, notes = known
        return (filter if tree is filter.tree else Filter(tree, filter.values)), notes

    def explain(self) -> str:
        """Its rewrites as a table for people: the name, what it does, and who needs it."""
        rows = [("rewrite", "what it does", "seen in"), *((r.name, r.note, r.source_dated) for r in self.rewrites)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        lines = [f"{name:{widths[0]}}  {note:{widths[1]}}  {source}" for name, note, source in rows]
        return "\n".join([f"{self.name}: {len(self.rewrites)} rewrites", *lines]) + "\n"

    def _rewrite_tree(self, tree: Node) -> tuple[Node, tuple[RewriteNote, ...]]:
        notes = Notes()
        for rewrite in self.rewrites:
            if rewrite.filter is not None and (after := rewrite.filter(tree)) is not tree:
                tree = after
                notes.add(rewrite, "filter")
        return tree, notes.all()

    def _walk(self, type: BoundType, within: str) -> MessageRewriter:
        walk = self._walks.get((type, within))
        if walk is None:
            if len(self._walks) >= _MAX_WALKS:
                self._walks.clear()
            walk = self._walks[(type, within)] = MessageRewriter(type, self.rewrites, within)
        return walk
