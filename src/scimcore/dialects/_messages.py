"""The walk over whole messages: the bodies of POST and PUT, and PATCH messages with their operations.

A `MessageRewriter` is compiled once for each dialect, type and kind of message. It knows the attributes of the type,
asks the rewrites of keys about the names that it does not know, and hands the values to the walks of `_values`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from scimcore._cache import Bounded
from scimcore.dialects._signatures import BySignature, Signature, members
from scimcore.dialects._values import Notes, Table, ValueRewriter, _Unknown, compile_value, look_up, spellings
from scimcore.dialects.rewrite import Rewrite
from scimcore.errors import InvalidSyntax, InvalidValue, quoted
from scimcore.schema import Attribute, BoundType, Target, fold_name
from scimcore.schema.json import Json, JsonObject

#: True if a value can be moved to that path, in the kind of message at hand.
Movable = Callable[[str, Json], bool]

# Longer than any path to an attribute that exists. A longer one is left to the engine to refuse.
_MAX_NAMES = 400
_MEMBERS = frozenset({"op", "path", "value"})
#: The target of the base schema's own URI.
_RESOURCE = Target(None, None)
_WRITES = ("add", "replace")


class Located(NamedTuple):
    """The target of a path, and whether a filter in brackets selects elements of it."""

    target: Target
    filtered: bool


def locate(type: BoundType, path: str) -> Located | None:
    """The meaning of `attr`, `attr.sub`, `attr[...]` or `attr[...].sub`, or None if it means nothing.

    Only the names are read, without the grammar: a dialect has to know where a value goes, not which elements.
    """
    head, bracket, rest = path.partition("[")
    if not bracket:
        return _locate(type, path, False) if len(path) <= _MAX_NAMES else None
    # Whatever is inside the brackets, the last "]" closes them: strings inside may contain brackets, names may not.
    _, close, tail = rest.rpartition("]")
    names = head + tail
    if not close or (tail and tail[0] != ".") or len(names) > _MAX_NAMES:
        return None
    return _locate(type, names, True)


def find(type: BoundType, names: str) -> Target | None:
    """The meaning of `[urn:]name[.sub]`, or None; the dots of the URN ("2.0") belong to it."""
    located = locate(type, names) if "[" not in names else None
    return None if located is None else located.target


# Without what is in the brackets, so that ids of members neither fill the cache nor stay in memory.
@lru_cache(maxsize=4096)
def _locate(type: BoundType, names: str, filtered: bool) -> Located | None:
    urn, _, last = names.rpartition(":")
    name, _, sub = last.partition(".")
    if not filtered and fold_name(names) == fold_name(type.urn):
        # RFC 7644 section 3.10: the URI of the base schema alone is the resource itself.
        return Located(_RESOURCE, filtered)
    target = type.find(urn or None, name, sub or None)
    return None if target is None or (filtered and target.attribute is None) else Located(target, filtered)


class Moved(NamedTuple):
    """A value that was sent under an unknown key, and the path that the key means."""

    path: str
    value: Json


#: Names, with the rewriter for the value of each.
_Parts = tuple[tuple[str, ValueRewriter | _Unknown], ...]


class _Scope(NamedTuple):
    """The resource itself (`urn` None) or one extension: its attributes by name."""

    urn: str | None
    table: Table
    #: The parts on which something may act, in objects without an empty text; None without the shortcut.
    acting: BySignature[_Parts] | None

    def parts(self, value: JsonObject) -> _Parts:
        """The parts of an object on which something may act."""
        if self.acting is None or "" in value.values():
            return tuple((key, found) for key in value if (found := look_up(self.table, key)) is not None)
        return self.acting.get(value)


class MessageRewriter:
    """Rewrites the resources of one type in bodies (`within` "bodies") or in values of PATCH ("patches")."""

    def __init__(self, type: BoundType, rewrites: tuple[Rewrite, ...], within: str, *, shortcut: bool = True) -> None:
        self.type = type
        self._messages = tuple(r for r in rewrites if r.message is not None)
        self._operations = tuple(r for r in rewrites if r.operation is not None)
        self._keys = tuple(r for r in rewrites if r.key is not None and r.within in ("all", within))
        acting = tuple(r for r in rewrites if r.within in ("all", within))
        self._scopes: dict[str | None, _Scope] = {None: _scope(None, type.attributes, acting, shortcut)}
        for folded, schema in type.extensions.items():
            scope = _scope(schema.id, type.extension_attributes[folded], acting, shortcut)
            self._scopes[schema.id] = self._scopes[folded] = scope

    # Bodies

    def body(self, body: JsonObject, notes: Notes) -> JsonObject:
        """The body of a POST or PUT. Values under keys that mean a path go to where the path points."""
        after, moved = self._attributes(None, body, notes, _nestable)
        if not moved:
            return after
        into = _MovedInto(after)
        for item in moved:
            located = locate(self.type, item.path)
            if located is not None:
                value, inner = self._moved_value(item, notes, _nestable)
                into.put(located.target, value, item.path)
                # An extension under another name may have paths for keys as well: they are next.
                moved += inner
        return into.root

    def _attributes(
        self, urn: str | None, value: JsonObject, notes: Notes, movable: Movable
    ) -> tuple[JsonObject, list[Moved]]:
        """The attributes of the resource (None) or of one extension, and what is to be moved out of them."""
        scope = self._scopes[urn if urn is None or urn in self._scopes else fold_name(urn)]
        changed: JsonObject = {}
        moved: dict[str, Moved] = {}
        inner: list[Moved] = []
        for key, rewriter in scope.parts(value):
            part = value[key]
            if isinstance(rewriter, ValueRewriter):
                after = rewriter.value(part, notes)
            elif urn is None and isinstance(part, dict) and (key in self._scopes or fold_name(key) in self._scopes):
                # RFC 7643 section 3.3: extension attributes are in an object under the extension's URI.
                after, more = self._attributes(key, part, notes, movable)
                inner += more
            else:
                after = part
                if (path := self._meaning(scope.urn, key, part, notes, movable)) is not None:
                    moved[key] = Moved(path, part)
            if after is not part:
                changed[key] = after
        if changed or moved:
            value = {key: changed.get(key, part) for key, part in value.items() if key not in moved}
        return value, [*inner, *moved.values()]

    def _meaning(self, urn: str | None, key: str, part: Json, notes: Notes, movable: Movable) -> str | None:
        """The path that an unknown key means, by the first rewrite that knows it."""
        for rewrite in self._keys:
            path = rewrite.key(self.type, urn, key) if rewrite.key is not None else None
            if path is not None and movable(path, part):
                located = locate(self.type, path)
                # The target, not the key: a key may be a path with a filter, which holds values of people.
                notes.add(rewrite, located.target if located and located.target != _RESOURCE else "key")
                return path
        return None

    def _moved_value(self, moved: Moved, notes: Notes, movable: Movable) -> tuple[Json, list[Moved]]:
        """The moved value in RFC form, as it belongs at its new place, and what is to be moved out of it."""
        located = locate(self.type, moved.path)
        if located is not None and located.target.attribute is None and isinstance(moved.value, dict):
            return self._attributes(located.target.urn, moved.value, notes, movable)
        rewriter = None if located is None else self._at(located)
        return moved.value if rewriter is None else rewriter.value(moved.value, notes), []

    def _at(self, located: Located) -> ValueRewriter | None:
        """The rewriter for the value of an operation with that target, or None if nothing is to be done there."""
        target, filtered = located
        if target.attribute is None:
            return None
        rewriter = look_up(self._scopes[target.urn].table, target.attribute.name)
        return rewriter.at(target.sub, filtered=filtered) if isinstance(rewriter, ValueRewriter) else None

    # PATCH messages

    def patch(self, body: JsonObject, notes: Notes) -> JsonObject:
        """The PATCH message in RFC form, or the same object if it was so. What is not a message is left as it is."""
        for rewrite in self._messages:
            if rewrite.message is not None and (after := rewrite.message(body)) is not body:
                notes.add(rewrite, "body")
                body = after
        key = "Operations" if "Operations" in body else next((k for k in body if fold_name(k) == "operations"), None)
        operations = body.get(key) if key is not None else None
        if key is None or not isinstance(operations, list):
            return body
        after_all: list[Json] = []
        for item in operations:
            after_all.extend(self._operation(item, notes) if isinstance(item, dict) else (item,))
        same = len(after_all) == len(operations)
        if same and all(new is old for new, old in zip(after_all, operations, strict=True)):
            return body
        return {**body, key: after_all}

    def _operation(self, item: JsonObject, notes: Notes) -> list[JsonObject]:
        """The operations that one becomes, mostly itself."""
        operation, located = self._rewritten(item if item.keys() <= _MEMBERS else _usual_members(item), notes)
        value = operation.get("value")
        if value is None or operation.get("op") not in _WRITES:
            return [self._removal(operation, located, notes)]
        if operation.get("path") is None or (located and located.target.attribute is None):
            return self._spread(operation, located, notes) if isinstance(value, dict) else [operation]
        return [self._with_value(operation, located, notes)]

    def _rewritten(self, operation: JsonObject, notes: Notes) -> tuple[JsonObject, Located | None]:
        """The operation after the rewrites of operations, and what its path means then."""
        located = self._located(operation)
        for rewrite in self._operations:
            target = located.target if located else None
            after = rewrite.operation(operation, target) if rewrite.operation is not None else operation
            if after is not operation:
                # The target, not the path: a filter in it may hold values of people.
                notes.add(rewrite, located.target if located else "operation")
                operation, located = after, self._located(after)
        return operation, located

    def _located(self, operation: JsonObject) -> Located | None:
        path = operation.get("path")
        return locate(self.type, path) if isinstance(path, str) else None

    def _with_value(self, operation: JsonObject, located: Located | None, notes: Notes) -> JsonObject:
        value = operation["value"]
        rewriter = self._at(located) if located is not None else None
        after = rewriter.value(value, notes) if rewriter is not None else value
        return operation if after is value else {**operation, "value": after}

    def _removal(self, operation: JsonObject, located: Located | None, notes: Notes) -> JsonObject:
        """A remove that lists elements: they are spelled as wrongly as elsewhere (ENTRA-007)."""
        if operation.get("op") != "remove" or operation.get("value") is None:
            return operation
        if located is None or located.filtered or located.target.sub is not None:
            return operation
        attribute = located.target.attribute
        if attribute is None or not attribute.multi_valued:
            return operation
        return self._with_value(operation, located, notes)

    def _spread(self, operation: JsonObject, located: Located | None, notes: Notes) -> list[JsonObject]:
        """The operations for a value that is an object of attributes.

        Plain attributes stay in one operation. Each key that is a path becomes an operation of its own. An object has
        no order (RFC 8259 section 4), so the plain part goes first.
        """
        value = operation["value"]
        urn = located.target.urn if located is not None else None
        if not isinstance(value, dict):
            return [operation]
        after, moved = self._attributes(urn, value, notes, _always)
        if moved:
            self._refuse_clashes(value if urn is None else {urn: value}, moved)
        plain = [operation] if after is value else [{**operation, "value": after}]
        # What is left may be an extension's object from which everything was moved.
        if moved and all(part == {} for part in after.values()):
            plain = []
        return plain + [one for item in moved for one in self._on_path(operation["op"], item, notes)]

    def _refuse_clashes(self, value: JsonObject, moved: list[Moved]) -> None:
        """Raise InvalidSyntax if one attribute is there by two names, with two values."""
        into = _MovedInto(value)
        for item in moved:
            located = locate(self.type, item.path)
            # Which elements a filter selects depends on what is stored.
            if located is None or located.filtered:
                continue
            if located.target.attribute is not None or isinstance(item.value, dict):
                into.put(located.target, item.value, item.path)

    def _on_path(self, op: Json, moved: Moved, notes: Notes) -> list[JsonObject]:
        located = locate(self.type, moved.path)
        if located is None or located.target.attribute is not None:
            # The raw value: an operation on a selected element means another thing by a bare text.
            return self._operation({"op": op, "path": moved.path, "value": moved.value}, notes)
        value, inner = self._moved_value(moved, notes, _always)
        # With the extension as its path, a replace would replace all of it (RFC 7644 section 3.5.2.3).
        whole = value if located.target == _RESOURCE else {moved.path: value}
        plain: list[JsonObject] = [] if inner and value == {} else [{"op": op, "value": whole}]
        return plain + [one for item in inner for one in self._on_path(op, item, notes)]


def _scope(
    urn: str | None, attributes: Mapping[str, Attribute], rewrites: tuple[Rewrite, ...], shortcut: bool
) -> _Scope:
    listed = list(attributes.values())
    targets = [Target(urn, attribute) for attribute in listed]
    if shortcut:
        table = spellings(listed, [_ATTRIBUTES[target, rewrites] for target in targets])
    else:
        table = spellings(listed, [compile_value(target, rewrites, shortcut=False) for target in targets])

    def acting(signature: Signature) -> _Parts:
        found = [(name, look_up(table, name), kind) for name, kind in members(signature)]
        return tuple((name, part) for name, part, kind in found if part is not None and _may_act(part, kind))

    return _Scope(urn, table, BySignature(acting) if shortcut else None)


def _compile_attribute(key: tuple[Target, tuple[Rewrite, ...]]) -> ValueRewriter | None:
    return compile_value(*key)


# A thousand tenants may each have a user type of their own, which differs from the others in one extension. The twenty
# attributes of the RFC are compiled once for all of them: a type then takes less than 10 KiB instead of 108.
_ATTRIBUTES: Bounded[tuple[Target, tuple[Rewrite, ...]], ValueRewriter | None] = Bounded(_compile_attribute, size=4096)


def _may_act(part: ValueRewriter | _Unknown, kind: type) -> bool:
    # An unknown name may mean a path, whatever the kind of its value.
    return not isinstance(part, ValueRewriter) or part.acts_on(kind)


def _nestable(path: str, part: Json) -> bool:
    # A body has no way to say "the element that ...", and a null under an unknown key asks for nothing.
    return part is not None and "[" not in path


def _always(path: str, part: Json) -> bool:
    return True


def _usual_members(item: JsonObject) -> JsonObject:
    """The operation with "op", "path" and "value" spelled so; itself if it is, or if one of them is there twice."""
    folded = [fold_name(key) for key in item]
    if not any(name in _MEMBERS and name != key for name, key in zip(folded, item, strict=True)):
        return item
    if len(set(folded)) < len(folded):
        return item
    return {name: value for name, value in zip(folded, item.values(), strict=True) if name in _MEMBERS}


class _MovedInto:
    """A body into which values move. Another value that the body has at a place itself is refused.

    The objects on their way are copied, since nothing that was sent is changed in place. Each is copied once and its
    names are folded once: a body of 1 MiB holds 40,000 keys that are paths.
    """

    def __init__(self, body: JsonObject) -> None:
        self.root: JsonObject = dict(body)
        #: By the folded names on the way: the copy and its names by their folded ones. None: no object is there.
        self._holders: dict[tuple[str, ...], tuple[JsonObject, dict[str, str]] | None] = {
            (): (self.root, _by_folded(self.root))
        }

    def put(self, target: Target, value: Json, path: str) -> None:
        """Put a value where its target is. Raises InvalidSyntax if another value is there."""
        if target.attribute is not None:
            where = tuple([name for name in (target.urn, target.attribute.name if target.sub else None) if name])
            self._fill(where, (target.sub or target.attribute).name, value)
        elif target.urn is not None:
            self._fill((), target.urn, value)
        elif isinstance(value, dict):
            for name, part in value.items():
                self._fill((), name, part)
        else:
            raise InvalidValue(f"{path}: send an object of attributes.", code="SC-1201")

    def _fill(self, where: tuple[str, ...], name: str, value: Json) -> None:
        found = self._holder(where)
        if found is None:
            return
        holder, names = found
        key = names.setdefault(fold_name(name), name)
        there = holder.get(key)
        if there is None:
            holder[key] = value
        elif isinstance(there, dict) and isinstance(value, dict):
            for part, item in value.items():
                self._fill((*where, key), part, item)
        elif there != value and (where or key != "schemas"):
            # Two names of one attribute, such as "name.givenName" beside "name": whichever was taken, the other would
            # be answered 2xx and lost.
            text = quoted(".".join((*where, name)))
            raise InvalidSyntax(f"{text}: the name is there twice, in two spellings, with two values. Send it once.")

    def _holder(self, where: tuple[str, ...]) -> tuple[JsonObject, dict[str, str]] | None:
        """The object at that place, as a copy that may be changed; None if something else is there."""
        if where not in self._holders:
            # By the folded names too: a path says them as the schema does, an object inside may spell them otherwise.
            place = tuple(map(fold_name, where))
            if place not in self._holders:
                outer = self._holder(where[:-1])
                self._holders[place] = None if outer is None else _copied(*outer, where[-1])
            self._holders[where] = self._holders[place]
        return self._holders[where]


def _copied(holder: JsonObject, names: dict[str, str], name: str) -> tuple[JsonObject, dict[str, str]] | None:
    key = names.setdefault(fold_name(name), name)
    inner = holder.get(key)
    if inner is not None and not isinstance(inner, dict):
        return None
    copy: JsonObject = dict(inner or {})
    holder[key] = copy
    return copy, _by_folded(copy)


def _by_folded(holder: JsonObject) -> dict[str, str]:
    """The names by their folded ones; of two spellings the first."""
    found: dict[str, str] = {}
    for name in holder:
        found.setdefault(fold_name(name), name)
    return found
