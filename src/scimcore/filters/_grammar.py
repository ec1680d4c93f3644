"""From the text of a shape to its tree: the only place that knows lark, imported when a shape is first parsed."""

import re
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from scimcore.filters.ast import (
    And,
    AttrPath,
    Compare,
    Constant,
    Element,
    Node,
    Not,
    Operator,
    Or,
    Path,
    Present,
    Slot,
)

if TYPE_CHECKING:
    from lark import Lark, Token

Start = Literal["filter", "path"]


class Misfit(Exception):
    """Where a shape left the grammar, and the names of the terminals that could have stood there."""

    def __init__(self, position: int, expected: frozenset[str]) -> None:
        super().__init__(position, expected)
        self.position = position
        self.expected = expected


class BadName(Exception):
    """Something in the place of a name that is none, and what belongs there."""

    def __init__(self, position: int, remedy: str) -> None:
        super().__init__(position, remedy)
        self.position = position
        self.remedy = remedy


class _Builder:
    """What each rule of the grammar makes; lark calls these while it parses, so no parse tree is ever built."""

    def attribute_path(self, parts: list["Token"]) -> Path:
        return Path(_name(parts[0]))

    def element_path(self, parts: list["Token | Node"]) -> Path:
        sub = _bare(cast("Token", parts[2])).name if len(parts) > 2 else None
        return Path(_whole(cast("Token", parts[0])), cast(Node, parts[1]), sub)

    def compare_path(self, parts: list["Token"]) -> Path:
        return Path(_whole(parts[0]), Compare(_VALUE, _operator(parts[1]), _value(parts[2])))

    def present_path(self, parts: list["Token"]) -> Path:
        return Path(_whole(parts[0]), Present(_VALUE))

    def disjunction(self, terms: list[Node]) -> Or:
        return Or(tuple(terms))

    def conjunction(self, terms: list[Node]) -> And:
        return And(tuple(terms))

    def negation(self, terms: list[Node]) -> Not:
        return Not(terms[0])

    def compare(self, parts: list["Token"]) -> Compare:
        return Compare(_name(parts[0]), _operator(parts[1]), _value(parts[2]))

    def present(self, parts: list["Token"]) -> Present:
        return Present(_name(parts[0]))

    def element(self, parts: list["Token | Node"]) -> Element:
        return Element(_whole(cast("Token", parts[0])), cast(Node, parts[1]))

    def element_compare(self, parts: list["Token | Node"]) -> Element:
        name, inner, sub, op, value = cast("tuple[Token, Node, Token, Token, Token]", tuple(parts))
        return Element(_whole(name), inner, Compare(_bare(sub), _operator(op), _value(value)))

    def element_present(self, parts: list["Token | Node"]) -> Element:
        name, inner, sub = cast("tuple[Token, Node, Token]", tuple(parts))
        return Element(_whole(name), inner, Present(_bare(sub)))


_VALUE = AttrPath(None, "value")
_NAMES = "Names are ASCII letters, digits, - and _, with at most one dot, as in name.givenName."
_CONSTANTS = {"TRUE": Constant(True), "FALSE": Constant(False), "NULL": Constant(None)}


def _name(token: "Token") -> AttrPath:
    path = split_name(token)
    if path is None:
        raise BadName(token.start_pos or 0, _NAMES)
    return path


def _whole(token: "Token") -> AttrPath:
    """The name of an attribute whose elements are selected: one of a sub-attribute does not do."""
    path = _name(token)
    if path.sub is not None:
        raise BadName(token.start_pos or 0, 'Select the elements of an attribute, as in emails[type eq "work"].value.')
    return path


def _bare(token: "Token") -> AttrPath:
    """The sub-attribute after a bracket, without its dot."""
    path = split_name(token[1:])
    if path is None or path.urn or path.sub:
        raise BadName((token.start_pos or 0) + 1, _NAMES)
    return path


def _operator(token: "Token") -> Operator:
    return cast(Operator, token.lower())


def _value(token: "Token") -> Slot | Constant:
    if token.type in _CONSTANTS:
        return _CONSTANTS[token.type]
    return Slot(int(token.strip('"')), "string" if token.type == "STRING" else "number")


# RFC 7643 section 2.1 with erratum 8924: "$ref" opens with the "$" that the ABNF forbids.
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9$_-]*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?::[!-~]+)?")
# After a URN the last part may be a version, as in urn:example:ext:2.0, which only a schema can tell.
_TAIL = re.compile(r"[A-Za-z0-9$_-]+")
_DOTTED_TAIL = re.compile(r"[A-Za-z0-9$_.-]+")


def split_name(token: str) -> AttrPath | None:
    """The parts of a name; None when it is none. The name starts after the last ":"; dots before it are the URN's."""
    text = "".join(token)  # a plain str, so that no parser's token is kept alive in the tree
    urn, colon, tail = text.rpartition(":")
    name, dot, sub = tail.partition(".")
    if colon:
        fits = _URI.fullmatch(urn) and _TAIL.fullmatch(name) and (not dot or _DOTTED_TAIL.fullmatch(sub))
    else:
        fits = _NAME.fullmatch(name) and (not dot or _NAME.fullmatch(sub))
    return AttrPath(urn or None, name, sub or None) if fits else None


@cache
def _parser() -> "Lark":
    from importlib.resources import files

    from lark import Lark

    grammar = files("scimcore.filters").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["filter", "path"], transformer=_Builder(), maybe_placeholders=False)


def parse_shape(numbered: str, start: Start) -> Node | Path:
    """The tree of a shape whose literals are numbered. Raises Misfit or BadName, with the place in that text."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return cast("Node | Path", _parser().parse(numbered, start=start))
    except UnexpectedToken as wrong:
        ended = wrong.token.type == "$END"
        position = len(numbered) if ended else (wrong.pos_in_stream or 0)
        raise Misfit(position, frozenset(wrong.expected)) from None
    except UnexpectedCharacters as wrong:
        raise Misfit(wrong.pos_in_stream or 0, frozenset(wrong.allowed or ())) from None
