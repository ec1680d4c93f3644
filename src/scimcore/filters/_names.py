"""Attribute names as requests write them: `[urn:]name[.sub]`."""

import re

from scimcore.filters.ast import AttrPath

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
