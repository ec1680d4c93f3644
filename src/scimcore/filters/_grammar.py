"""From the text of a shape to its tree. The only module that knows lark, which it imports when it first parses."""

import re
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from scimcore.filters._literals import Unreadable
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


class _Builder:
    """One method for each rule of `grammar.lark`: makes the node of the tree that the rule stands for.

    Lark calls them while it parses, so no parse tree is built. They run in the lexer's loop: an error that they raise
    is not wrapped, and reaches the caller of `parse_shape` as it is.
    """

    def attribute_path(self, parts: list["Token"]) -> Path:
        return Path(_name(parts[0]))

    def element_path(self, parts: list["Token | Node"]) -> Path:
        sub = _bare(cast("Token", parts[2])).name if len(parts) > 2 else None
        return Path(_whole(cast("Token", parts[0])), cast(Node, parts[1]), sub)

    # Erratum 7122: the path of a PATCH may be an expression, as in `schemas eq "urn:x"`. It selects values, so that
    # it means the same as `schemas[value eq "urn:x"]`.
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

    # Not in the RFC's grammar: Entra ID writes `emails[type eq "work"].value eq "x"` (FLT-034).
    def element_compare(self, parts: list["Token | Node"]) -> Element:
        name, inner, sub, op, value = cast("tuple[Token, Node, Token, Token, Token]", tuple(parts))
        return Element(_whole(name), inner, Compare(_bare(sub), _operator(op), _value(value)))

    def element_present(self, parts: list["Token | Node"]) -> Element:
        name, inner, sub = cast("tuple[Token, Node, Token]", tuple(parts))
        return Element(_whole(name), inner, Present(_bare(sub)))


_VALUE = AttrPath(None, "value")
_NAMES = "Names are ASCII letters, digits, - and _, with at most one dot, as in name.givenName."
_WHOLE = 'Select the elements of an attribute, as in emails[type eq "work"].value.'
_CONSTANTS = {"TRUE": Constant(True), "FALSE": Constant(False), "NULL": Constant(None)}


def _name(token: "Token") -> AttrPath:
    path = split_name(token)
    if path is None:
        raise Unreadable(token.start_pos or 0, remedy=_NAMES)
    return path


def _whole(token: "Token") -> AttrPath:
    """The name of an attribute before a bracket. RFC 7644 figure 1 allows no sub-attribute there."""
    path = _name(token)
    if path.sub is not None:
        raise Unreadable(token.start_pos or 0, remedy=_WHOLE)
    return path


def _bare(token: "Token") -> AttrPath:
    """The sub-attribute after a bracket, without its dot."""
    path = split_name(token[1:])
    if path is None or path.urn or path.sub:
        raise Unreadable((token.start_pos or 0) + 1, remedy=_NAMES)
    return path


def _operator(token: "Token") -> Operator:
    return cast(Operator, token.lower())


def _value(token: "Token") -> Slot | Constant:
    if token.type in _CONSTANTS:
        return _CONSTANTS[token.type]
    # A masked text, which is read only to find a mistake, has blanks between the quotes: its tree is thrown away.
    return Slot(int(token.strip('" ') or 0), "string" if token.type == "STRING" else "number")


# RFC 7643 section 2.1 with erratum 8924: "$ref" opens with the "$" that the ABNF forbids.
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9$_-]*")
# A schema's URI may be any URI (RFC 7643 section 7), so what stands before the last ":" is not looked at closely.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?::[!-~]+)?")
# After a URN the last part may be a version, as in urn:example:ext:2.0, which only a schema can tell.
_TAIL = re.compile(r"[A-Za-z0-9$_-]+")
_DOTTED_TAIL = re.compile(r"[A-Za-z0-9$_.-]+")


def split_name(token: str) -> AttrPath | None:
    """The parts of a name, or None if the text is not a name.

    The name starts after the last ":"; dots before it belong to the URN.
    """
    # A plain str: a token of lark is a str that refers to the whole text, and trees live as long as the caches.
    text = "".join(token)
    urn, colon, tail = text.rpartition(":")
    name, dot, sub = tail.partition(".")
    if colon:
        fits = _URI.fullmatch(urn) and _TAIL.fullmatch(name) and (not dot or _DOTTED_TAIL.fullmatch(sub))
    else:
        fits = _NAME.fullmatch(name) and (not dot or _NAME.fullmatch(sub))
    return AttrPath(urn or None, name, sub or None) if fits else None


# Importing lark and building its tables takes some 60 ms: too much for a product that never filters.
@cache
def _parser() -> "Lark":
    from importlib.resources import files

    from lark import Lark

    grammar = files("scimcore.filters").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["filter", "path"], transformer=_Builder(), maybe_placeholders=False)


def parse_shape(numbered: str, start: Start) -> Node | Path:
    """The tree of a text whose literals are numbered or masked. Raises Unreadable with the place in that text."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return cast("Node | Path", _parser().parse(numbered, start=start))
    except UnexpectedToken as wrong:
        # At the end of the text lark reports where the last token began.
        ended = wrong.token.type == "$END"
        position = len(numbered) if ended else (wrong.pos_in_stream or 0)
        raise Unreadable(position, expected=frozenset(wrong.expected)) from None
    except UnexpectedCharacters as wrong:
        raise Unreadable(wrong.pos_in_stream or 0, expected=frozenset(wrong.allowed or ())) from None
