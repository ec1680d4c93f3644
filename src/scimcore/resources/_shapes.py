"""Objects in bodies, read by their shape: which names they have, in which order and spelling.

Clients send the same few shapes with ever new values. What the names mean, which are unknown, clash or are missing,
and where each value goes, is worked out once per shape (RFC 7643 section 2.1: names match in any case); after that, an
object costs a look-up and the checks of its values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal

from attrs import frozen

from scimcore.resources._run import REQUIRED, Run, shown
from scimcore.resources._values import Bad, Check, expected, storable
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

    #: How to get the values that may be any text; the other single values, by name as it is spelled; and how to copy
    #: the object, under canonical names in canonical order: None when it may be stored itself.
    plain: "_Plain"
    #: Whether there is nothing else, but something, and nothing to be said about the names.
    quick: bool
    #: The single values one by one, for when something is out of the ordinary.
    singles: "tuple[Step, ...]"
    deep: "tuple[Step, ...]"
    #: By canonical name, the name as it is spelled; of all that is known.
    keys: Mapping[str, str]
    #: The paths of what may be written and is mentioned, the opening apart, and the names of what is ignored.
    named: frozenset[str]
    ignored: tuple[str, ...]
    unknown: tuple[str, ...]
    clashes: tuple[str, ...]

    def taken(self, value: dict[str, Any]) -> dict[str, Any]:
        """What is taken of an object: a copy, or the object itself."""
        arrange = self.plain[2]
        return value if arrange is None else arrange(value)


#: A name, the check of its value, and what stands between the name and the names inside the value.
Step = tuple[str, Deep, str]
_Take = Callable[[Mapping[str, Any]], tuple[Any, ...]]
_Arrange = Callable[[dict[str, Any]], dict[str, Any]]
_Plain = tuple[_Take, tuple[tuple[str, Check], ...], _Arrange | None]


class ObjectCheck:
    """The check of objects that may have these parts, in this order; `where` opens the paths of notes.

    `opening` are names that the caller gives values to, before all others.
    """

    __slots__ = (
        "_folded",
        "_may_be_empty",
        "_opening",
        "_order",
        "_parts",
        "_reject",
        "_required",
        "_shapes",
        "_where",
    )

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        where: str,
        reject: bool,
        may_be_empty: bool = False,
        opening: tuple[str, ...] = (),
    ) -> None:
        self._parts: Final = {part.name: part for part in parts}
        self._folded: Final = {fold_name(part.name): part.name for part in parts}
        self._order: Final = tuple(part.name for part in parts if part.kind not in ("ignored", "apart"))
        self._required: Final = tuple(part.name for part in parts if part.required)
        # An object without anything in it is unassigned (RFC 7643 section 2.5), so that nothing is missing in it.
        self._may_be_empty: Final = may_be_empty
        self._opening: Final = opening
        self._where: Final = where
        self._reject: Final = reject
        self._shapes: Final[dict[tuple[str, ...], Shape]] = {}

    def compiled(self) -> Deep:
        """The check as a function: the object as it is to be stored, None when there is nothing in it."""
        shapes, shaped, look = self._shapes, self.shape, self.look

        def check(value: Any, run: Run) -> dict[str, Any] | None:
            if value.__class__ is dict:
                shape = shapes.get(tuple(value)) or shaped(value)
                if shape.quick:
                    # By far the most frequent kind of object.
                    texts, values, arrange = shape.plain
                    try:
                        joined = "".join(texts(value))
                        if not joined.isascii() or "\0" in joined:
                            storable(joined)
                        for name, single in values:
                            single(value[name])
                        return value if arrange is None else arrange(value)
                    except (TypeError, Bad):
                        pass
                return look(shape.taken(value), value, shape, run) or None
            if value is None:
                return None
            raise expected("an object", value)

        return check

    def shape(self, value: Mapping[str, Any]) -> Shape:
        """The shape of an object; the ones in use are kept."""
        keys = tuple(value)
        shape = self._shapes.get(keys)
        if shape is None:
            shape = self._shaped(keys)
            if sum(map(len, map(str, keys))) <= _LONGEST_KEPT:
                if len(self._shapes) >= _KEPT_SHAPES:
                    self._shapes.clear()
                self._shapes[keys] = shape
        return shape

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
        texts, values, _ = shape.plain
        try:
            # Joining fails unless all are texts; then one look at all of them together is enough.
            joined = "".join(texts(value))
            if not joined.isascii() or "\0" in joined:
                storable(joined)
            for name, check in values:
                check(value[name])
        except (TypeError, Bad):
            found = dict(found)
            into(found, shape.singles, run)
        into(found, shape.deep, run)
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
        plain = all(part.kind != "deep" for part in parts)
        as_is = plain and names == keys and not self._opening
        return Shape(
            plain=(
                _taker([known[part.name] for part in parts if part.kind == "text"]),
                tuple((known[part.name], part.check) for part in parts if part.kind == "value" and part.check),
                None if as_is else _arranger(self._opening, names, keys, known),
            ),
            quick=plain and bool(parts) and not (unknown or clashes or self._required),
            singles=tuple((part.name, _unless_null(part.check), ".") for part in parts if part.check),
            deep=tuple((part.name, part.deep, part.joint) for part in parts if part.deep),
            keys=known,
            named=frozenset(
                f"{self._where}{name}"
                for name in known
                if name not in self._opening and self._parts[name].kind != "ignored"
            ),
            ignored=tuple(sorted(name for name in known if self._parts[name].kind == "ignored")),
            unknown=tuple(unknown),
            clashes=tuple(clashes),
        )


def _arranger(
    opening: tuple[str, ...], names: tuple[str, ...], keys: tuple[str, ...], known: Mapping[str, str]
) -> _Arrange:
    """How objects with these keys are copied: what is taken of them, after the `opening`, which the caller fills in."""
    order: dict[str, Any] = dict.fromkeys((*opening, *names))
    if order.keys() >= set(keys):
        return order.__or__
    take = _taker([known[name] for name in names])
    return lambda value: order | dict(zip(names, take(value)))  # noqa: B905  # the last one is there twice


def _taker(keys: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The values at those keys, always as a tuple; with one more than asked for, because of how `itemgetter` is."""
    return itemgetter(*keys, keys[-1]) if keys else _nothing


def _nothing(value: Mapping[str, Any]) -> tuple[Any, ...]:
    return ()


def _unless_null(check: Check) -> Deep:
    return lambda value, run: None if value is None else check(value)


def into(found: dict[str, Any], steps: Iterable[Step], run: Run) -> None:
    """Checks values of an object in their places; takes out what is unassigned or has faults."""
    faults = run.faults
    for name, check, joint in steps:
        mark = len(faults)
        try:
            value = check(found[name], run)
        except Bad as bad:
            value = None
            run.fault(bad.path, bad.text)
        if len(faults) > mark:
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
