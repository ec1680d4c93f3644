"""One tolerance: a record of small pure functions, each for one point at which a request can be put into RFC form.

Most rewrites fill in one function, some two. A function never changes in place what it is given. It returns a new value
if it acted, and the very same object if it did not: that is how the walk knows which rewrite to note.
"""

from collections.abc import Callable
from typing import Literal

from attrs import field, frozen

from scimcore._arguments import callable_value, each, instance_of, one_of, optional, text
from scimcore.filters.ast import Node
from scimcore.patch.readings import Readings
from scimcore.schema import Attribute, BoundType, Target
from scimcore.schema.json import Json, JsonObject

#: The name of the rewrite that acted, and a sentence that says where and what it did, without any value of the request.
RewriteNote = tuple[str, str]

#: Puts a value at one place into RFC form, or returns it as it is.
Coercer = Callable[[Json], Json]

# The classes that json.loads makes, by exact class. null is missing: it means "no value" everywhere (RFC 7643
# section 2.5) and is never rewritten.
_KINDS = (str, int, float, bool, list, dict)


_FUNCTION = optional(callable_value("a function or None"))


@frozen
class Place:
    """A place in a resource that has a value: an attribute, a sub-attribute, or one element of a multi-valued one."""

    #: The attribute as a path names it.
    target: Target
    #: The attribute or sub-attribute whose type counts here.
    leaf: Attribute
    #: True for one element of a multi-valued attribute, False for the whole of any attribute.
    element: bool = False

    @property
    def many(self) -> bool:
        """True if a list belongs here."""
        return self.leaf.multi_valued and not self.element

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, or None if one value here has no such."""
        return None if self.many else self.leaf.sub(name)


# The hash is computed once: a rewrite is part of the dialect, and a dialect is a key of caches.
@frozen(kw_only=True, cache_hash=True)
class Rewrite:
    """A named deviation from the RFCs: what it does, who sends what makes it necessary, and the functions that do it.

    Raises TypeError or ValueError if an argument is wrong.
    """

    #: Short and stable: the rule in the notes, and the name by which a dialect switches the rewrite off.
    name: str = field(validator=text(empty=False))
    #: What it does, in one sentence without a full stop. An administrator reads it in the audit trail.
    note: str = field(validator=text(empty=False))
    #: Who sends that: the document, test suite or report.
    source: str = field(validator=text(empty=False))
    #: When the source was last seen to say so, as in "2026-09".
    observed: str = field(default="", validator=text())
    #: In which bodies `value` and `key` act: "bodies" are those of POST and PUT, "patches" the values of PATCH
    #: operations.
    within: Literal["all", "bodies", "patches"] = field(default="all", validator=one_of(("all", "bodies", "patches")))
    #: The kinds of JSON value that `value` wants to see. Values of other kinds cost nothing.
    kinds: tuple[type, ...] = field(default=_KINDS, validator=each(one_of(_KINDS), "a tuple of JSON kinds, as (str,)"))
    #: True if `value` acts on nothing but empty texts and objects that contain one, or a null. Then all others cost
    #: nothing.
    only_blank: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: Called once for each place in a type. Returns the function for the values there, or None to leave them alone.
    value: Callable[[Place], Coercer | None] | None = field(default=None, validator=_FUNCTION)
    #: Returns the RFC path that an unknown key means, given the URN of the extension it is in (None: the resource).
    key: Callable[[BoundType, str | None, str], str | None] | None = field(default=None, validator=_FUNCTION)
    #: Rewrites one PATCH operation, given the meaning of its path (None: no path, or one without a meaning).
    operation: Callable[[JsonObject, Target | None], JsonObject] | None = field(default=None, validator=_FUNCTION)
    #: Rewrites the PATCH message around the operations.
    message: Callable[[JsonObject], JsonObject] | None = field(default=None, validator=_FUNCTION)
    #: Rewrites the tree of a filter, before its names have a meaning.
    filter: Callable[[Node], Node] | None = field(default=None, validator=_FUNCTION)
    #: Changes how the PATCH engine reads what depends on the stored resource.
    readings: Callable[[Readings], Readings] | None = field(default=None, validator=_FUNCTION)
    #: Filters may spell booleans as texts.
    text_booleans: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: Filters may spell numbers as texts.
    text_numbers: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: Filters and paths may have a word without quotes where a string belongs.
    bare_words: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: A SearchRequest may spell its numbers and its lists of names as texts, as the query of a GET does.
    text_search: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: Two slashes in a row in a path are read as one.
    double_slashes: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: A resource without links is answered with an empty list for them, as in `"members": []`.
    shows_empty: bool = field(default=False, validator=instance_of(bool, "a bool"))
    #: Filters, paths and sortBy may leave out the URN of an attribute that only one extension has.
    short_names: bool = field(default=False, validator=instance_of(bool, "a bool"))

    @property
    def source_dated(self) -> str:
        """The source, and in parentheses when it was observed."""
        return f"{self.source} ({self.observed})" if self.observed else self.source
