"""Objects in bodies, read by their shape: which names they have, in which order and spelling.

Clients send the same few shapes with ever new values. What the names mean, which are unknown, clash or are missing,
and where each value goes, is worked out once per shape (RFC 7643 section 2.1: names match in any case); after that, an
object costs a look-up and the checks of its values.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal

from attrs import frozen

from scimcore.resources._run import REQUIRED, Run, shown
from scimcore.resources._values import Bad, Check, boolean, expected, storable
from scimcore.schema import fold_name

#: A check that may find faults inside the value: they go to the run, relative to the value. None: unassigned.
Deep = Callable[[Any, Run], Any]

_KEPT_SHAPES: Final = 128
_LONGEST_KEPT: Final = 2_000


@frozen(kw_only=True)
class Part:
    """One name that an object may have.

    `text` is any text; `value` has the check of a single value; `deep` one of what may hold others. `ignored` is not
    taken (readOnly), `apart` is looked at by somebody else.
    """

    name: str
    kind: Literal["text", "value", "deep", "ignored", "apart"]
    check: Check | None = None
    deep: Deep | None = None
    required: bool = False
    #: What stands between this name and the names inside it, in paths.
    joint: str = "."


@frozen(eq=False, kw_only=True)
class Shape:
    """What the names of an object come to."""

    #: The canonical names of what is taken, in canonical order, and how to get their values.
    names: tuple[str, ...]
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    #: Whether that is the object itself.
    as_is: bool
    #: How to get the values that may be any text.
    texts: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    #: The names of those that are true or false, as they are spelled.
    flags: tuple[str, ...]
    #: Whether there are only these two kinds, at least one of them, and nothing to be said about the names.
    quick: bool
    values: tuple[tuple[str, Check], ...]
    #: Those two together, one by one, for when something is out of the ordinary.
    singles: tuple[tuple[str, Deep], ...]
    deep: tuple[tuple[str, Deep, str], ...]
    #: By canonical name, the name as it is spelled; of all that is known.
    keys: Mapping[str, str]
    #: The paths of what may be written and is mentioned, and the names of what is ignored.
    named: frozenset[str]
    ignored: tuple[str, ...]
    unknown: tuple[str, ...]
    clashes: tuple[str, ...]


#: What of a shape the most frequent kind of object needs: as_is, texts, flags, names, take.
_Take = Callable[[Mapping[str, Any]], tuple[Any, ...]]
_Quick = tuple[bool, _Take, tuple[str, ...], tuple[str, ...], _Take]


class ObjectCheck:
    """The check of objects that may have these parts, in this order; `where` opens the paths of notes."""

    __slots__ = ("_folded", "_may_be_empty", "_order", "_parts", "_quick", "_reject", "_required", "_shapes", "_where")

    def __init__(self, parts: Sequence[Part], *, where: str, reject: bool, may_be_empty: bool = False) -> None:
        self._parts: Final = {part.name: part for part in parts}
        self._folded: Final = {fold_name(part.name): part.name for part in parts}
        self._order: Final = tuple(part.name for part in parts if part.kind not in ("ignored", "apart"))
        self._required: Final = tuple(part.name for part in parts if part.required)
        # An object without anything in it is unassigned (RFC 7643 section 2.5), so that nothing is missing in it.
        self._may_be_empty: Final = may_be_empty
        self._where: Final = where
        self._reject: Final = reject
        self._shapes: Final[dict[tuple[str, ...], Shape]] = {}
        self._quick: Final[dict[tuple[str, ...], _Quick]] = {}

    def compiled(self) -> Deep:
        """The check as a function: the object as it is to be stored, None when there is nothing in it."""
        quick, look = self._quick, self._look

        def check(value: Any, run: Run) -> dict[str, Any] | None:
            if value.__class__ is dict:
                known = quick.get(tuple(value))
                if known is None:
                    return look(value, run)
                # Nothing but texts and truth values, all under known names: by far the most frequent kind of object.
                as_is, texts, flags, names, take = known
                try:
                    joined = "".join(texts(value))
                    if not joined.isprintable():
                        storable(joined)
                except (TypeError, Bad):
                    return look(value, run)
                for name in flags:
                    flag = value[name]
                    if flag is not True and flag is not False:
                        return look(value, run)
                return value if as_is else dict(zip(names, take(value), strict=False))
            if value is None:
                return None
            raise expected("an object", value)

        return check

    def _look(self, value: dict[str, Any], run: Run) -> dict[str, Any] | None:
        shape = self.shape(value)
        found = value if shape.as_is else dict(zip(shape.names, shape.take(value), strict=False))
        return self.look(found, value, shape, run) or None

    def shape(self, value: Mapping[str, Any]) -> Shape:
        """The shape of an object; the ones in use are kept."""
        keys = tuple(value)
        shape = self._shapes.get(keys)
        if shape is None:
            shape = self._shaped(keys)
            if sum(map(len, map(str, keys))) <= _LONGEST_KEPT:
                self._keep(keys, shape)
        return shape

    def _keep(self, keys: tuple[str, ...], shape: Shape) -> None:
        if len(self._shapes) >= _KEPT_SHAPES:
            self._shapes.clear()
            self._quick.clear()
        self._shapes[keys] = shape
        if shape.quick:
            self._quick[keys] = (shape.as_is, shape.texts, shape.flags, shape.names, shape.take)

    def known(self, value: Mapping[str, Any], run: Run) -> Mapping[str, str]:
        """The names of an object whose values somebody else looks at: canonical name to the name as it is spelled."""
        shape = self.shape(value)
        if shape.unknown or shape.clashes:
            self._tell(shape, run)
        return shape.keys

    def look(self, found: dict[str, Any], value: Mapping[str, Any], shape: Shape, run: Run) -> dict[str, Any]:
        """Checks what was taken into `found`, in place unless it is the object itself."""
        mark = len(run.faults)
        if shape.unknown or shape.clashes:
            self._tell(shape, run)
        try:
            # Joining fails unless all are texts; then one look at all of them together is enough.
            joined = "".join(shape.texts(value))
            if not joined.isprintable():
                storable(joined)
            for name, check in shape.values:
                check(found[name])
        except (TypeError, Bad):
            found = dict(found)
            for name, single in shape.singles:
                into(found, name, single, run)
        for name, deep, joint in shape.deep:
            into(found, name, deep, run, joint)
        if self._required and (found or not self._may_be_empty):
            lacking(found, self._required, run, mark)
        return found

    def _tell(self, shape: Shape, run: Run) -> None:
        for name in shape.clashes:
            run.syntax.append((f"{self._where}{name}", "the name is there twice, in different case"))
        for name in shape.unknown:
            path = f"{self._where}{shown(name)}"
            if self._reject:
                run.syntax.append((path, "there is no such attribute here; remove it from the attribute mappings"))
            else:
                run.note("RFC 7643 section 3.3", f"{path}: there is no such attribute here; left out")

    def _shaped(self, keys: tuple[str, ...]) -> Shape:
        known: dict[str, str] = {}
        unknown, clashes = [], []
        for key in keys:
            name = self._folded.get(fold_name(key)) if key.__class__ is str else None
            if name is None:
                unknown.append(str(key))
            elif name in known:
                clashes.append(name)
            else:
                known[name] = key
        parts = [self._parts[name] for name in self._order if name in known]
        names = tuple(part.name for part in parts)
        return Shape(
            names=names,
            take=_taker([known[name] for name in names]),
            as_is=names == keys and all(part.kind != "deep" for part in parts),
            texts=_taker([known[part.name] for part in parts if part.kind == "text"]),
            flags=tuple(known[part.name] for part in parts if part.check is boolean),
            quick=not (unknown or clashes or self._required)
            and all(part.kind == "text" or part.check is boolean for part in parts)
            and bool(parts),
            values=tuple((part.name, part.check) for part in parts if part.kind == "value" and part.check),
            singles=tuple((part.name, _unless_null(part.check)) for part in parts if part.check),
            deep=tuple((part.name, part.deep, part.joint) for part in parts if part.deep),
            keys=known,
            named=frozenset(f"{self._where}{name}" for name in known if self._parts[name].kind != "ignored"),
            ignored=tuple(sorted(name for name in known if self._parts[name].kind == "ignored")),
            unknown=tuple(unknown),
            clashes=tuple(clashes),
        )


def _taker(keys: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The values at those keys, always as a tuple; with one more than asked for, because of how `itemgetter` is."""
    return itemgetter(*keys, keys[-1]) if keys else _nothing


def _nothing(value: Mapping[str, Any]) -> tuple[Any, ...]:
    return ()


def _unless_null(check: Check) -> Deep:
    return lambda value, run: None if value is None else check(value)


def into(found: dict[str, Any], name: str, check: Deep, run: Run, joint: str = ".") -> None:
    """Checks one value of an object in its place; takes it out if it is unassigned or has faults."""
    mark = len(run.faults)
    value = None
    try:
        value = check(found[name], run)
    except Bad as bad:
        run.fault(bad.path, bad.text)
    if len(run.faults) > mark:
        run.prefix(mark, name, joint)
        value = None
    if value is None:
        del found[name]
    else:
        found[name] = value


def lacking(found: Mapping[str, Any], required: tuple[str, ...], run: Run, mark: int) -> None:
    """A fault for each required name without a value; a value that is there and wrong has said so already."""
    for name in required:
        if name not in found and not any(_inside(path, name) for path, _ in run.faults[mark:]):
            run.fault(name, REQUIRED)


def _inside(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}[", f"{name}:"))
