"""The walk over a resource as it is sent: its attributes, its extensions, and keys that mean something else.

Compiled once per dialect, type and kind of message.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from scimcore.dialects._forms import Form, form, keep, parts
from scimcore.dialects._paths import Located, locate
from scimcore.dialects._values import Table, ValueRewriter, _Unknown, compile_value, look_up, spellings
from scimcore.dialects.rewrite import Notes, Rewrite
from scimcore.schema import Attribute, BoundType, Target, fold_name
from scimcore.schema.json import Json, JsonObject

#: Whether a value can be moved to that path, in the kind of message at hand.
Movable = Callable[[str, Json], bool]


class Moved(NamedTuple):
    """A value that stood under an unknown key, and the path that the key means."""

    path: str
    value: Json


class _Level(NamedTuple):
    """The resource itself (`urn` None) or one extension: its attributes by name."""

    urn: str | None
    table: Table
    #: What has to be looked at in objects of that form that hold no blank.
    loud: dict[Form, "_Parts"]


#: Names, with the walk over what stands there.
_Parts = tuple[tuple[str, ValueRewriter | _Unknown], ...]


class MessageRewriter:
    """Rewrites the resources of one type in bodies (`within` "bodies") or in values of PATCH ("patches")."""

    def __init__(self, type: BoundType, rewrites: tuple[Rewrite, ...], within: str) -> None:
        self.type = type
        self.rewrites = rewrites
        self.messages = tuple(r for r in rewrites if r.message is not None)
        self.operations = tuple(r for r in rewrites if r.operation is not None)
        self._keys = tuple(r for r in rewrites if r.key is not None)
        acting = tuple(r for r in rewrites if r.within in ("all", within))
        self._levels: dict[str | None, _Level] = {None: _level(None, type.attributes, acting)}
        for folded, schema in type.extensions.items():
            level = _level(schema.id, type.extension_attributes[folded], acting)
            self._levels[schema.id] = self._levels[folded] = level

    def resource(self, body: JsonObject, notes: Notes) -> JsonObject:
        """The body of a POST or PUT; values under keys that mean a path go to where the path points."""
        after, moved = self.attributes(None, body, notes, self._nestable)
        return self._nest(after, moved, notes) if moved else after

    def attributes(
        self, urn: str | None, value: JsonObject, notes: Notes, movable: Movable
    ) -> tuple[JsonObject, list[Moved]]:
        """The attributes of the resource (None) or of one extension, and what is to be moved out of them."""
        level = self._levels[urn if urn is None or urn in self._levels else fold_name(urn)]
        changed: JsonObject = {}
        moved: dict[str, Moved] = {}
        inner: list[Moved] = []
        for key, walk in _loud(level, value):
            part = value[key]
            if isinstance(walk, ValueRewriter):
                after = walk.value(part, notes)
            elif urn is None and isinstance(part, dict) and (key in self._levels or fold_name(key) in self._levels):
                after, more = self.attributes(key, part, notes, movable)
                inner += more
            else:
                after = part
                if (path := self._meaning(level.urn, key, part, notes, movable)) is not None:
                    moved[key] = Moved(path, part)
            if after is not part:
                changed[key] = after
        if changed or moved:
            value = {key: changed.get(key, part) for key, part in value.items() if key not in moved}
        return value, [*inner, *moved.values()]

    def at(self, located: Located) -> ValueRewriter | None:
        """The walk over the value of an operation with that target; None when nothing is to be done there."""
        target, filtered = located
        if target.attribute is None:
            return None
        level = self._levels[target.urn]
        walk = look_up(level.table, target.attribute.name)
        return walk.at(target.sub, filtered=filtered) if isinstance(walk, ValueRewriter) else None

    def moved(self, moved: Moved, notes: Notes) -> Json:
        """The moved value in RFC form, as it belongs at its new place."""
        located = locate(self.type, moved.path)
        if located is not None and located.target.attribute is None and isinstance(moved.value, dict):
            return self.attributes(located.target.urn, moved.value, notes, _never)[0]
        walk = None if located is None else self.at(located)
        return moved.value if walk is None else walk.value(moved.value, notes)

    def _meaning(self, urn: str | None, key: str, part: Json, notes: Notes, movable: Movable) -> str | None:
        for rewrite in self._keys:
            path = rewrite.key(self.type, urn, key) if rewrite.key is not None else None
            if path is not None and movable(path, part):
                located = locate(self.type, path)
                notes.add(rewrite, located.target if located else "key")
                return path
        return None

    @staticmethod
    def _nestable(path: str, part: Json) -> bool:
        # A body has no way to say "the element that …", and a null at an unknown key asks for nothing.
        return part is not None and "[" not in path

    def _nest(self, body: JsonObject, moved: list[Moved], notes: Notes) -> JsonObject:
        root = dict(body)
        for item in moved:
            located = locate(self.type, item.path)
            if located is not None:
                _put(root, located.target, self.moved(item, notes))
        return root


def _never(path: str, part: Json) -> bool:
    return False


def _level(urn: str | None, attributes: Mapping[str, Attribute], rewrites: tuple[Rewrite, ...]) -> _Level:
    listed = list(attributes.values())
    return _Level(urn, spellings(listed, [compile_value(Target(urn, a), rewrites) for a in listed]), {})


def _loud(level: _Level, value: JsonObject) -> _Parts:
    """The parts of an object that have to be looked at."""
    if "" in value.values():
        return tuple((key, walk) for key in value if (walk := look_up(level.table, key)) is not None)
    found = form(value)
    loud = level.loud.get(found)
    if loud is None:
        walks = [(key, look_up(level.table, key), kind) for key, kind in parts(found)]
        some = tuple((key, walk) for key, walk, kind in walks if walk is not None and _may_act(walk, kind))
        loud = keep(level.loud, found, some)
    return loud


def _may_act(walk: ValueRewriter | _Unknown, kind: type) -> bool:
    return not isinstance(walk, ValueRewriter) or walk.acts_on(kind)


def _put(root: JsonObject, target: Target, value: Json) -> None:
    """Puts a value where its target is, unless the body says something there itself."""
    if target.attribute is None:
        _merge(root, target.urn or "", value)
        return
    inside = [name for name in (target.urn, target.attribute.name if target.sub else None) if name]
    holder: JsonObject | None = root
    for name in inside:
        holder = None if holder is None else _inside(holder, name)
    if holder is not None:
        _fill(holder, (target.sub or target.attribute).name, value)


def _merge(root: JsonObject, urn: str, value: Json) -> None:
    holder = _inside(root, urn)
    if holder is not None and isinstance(value, dict):
        for name, part in value.items():
            _fill(holder, name, part)


def _inside(holder: JsonObject, name: str) -> JsonObject | None:
    """The object under that name, a copy that may be changed; None if something else stands there."""
    key = _spelt(holder, name)
    inner = holder.get(key)
    if inner is not None and not isinstance(inner, dict):
        return None
    copy: JsonObject = dict(inner or {})
    holder[key] = copy
    return copy


def _fill(holder: JsonObject, name: str, value: Json) -> None:
    key = _spelt(holder, name)
    if holder.get(key) is None:
        holder[key] = value


def _spelt(holder: JsonObject, name: str) -> str:
    """The key under which that name stands already, in whatever case."""
    if name in holder:
        return name
    folded = fold_name(name)
    return next((key for key in holder if fold_name(key) == folded), name)
