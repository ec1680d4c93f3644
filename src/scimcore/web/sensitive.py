"""Filters that should not stand in a URL, where every proxy logs them (RFC 7644 section 7.5.2)."""

from collections.abc import Iterator

from scimcore.errors import Sensitive
from scimcore.filters import parse_filter
from scimcore.filters.ast import And, AttrPath, Compare, Element, Node, Not, Or, Present
from scimcore.schema import fold_name


def check_sensitive(filter: str | None, sensitive: frozenset[str]) -> None:
    """Raises `Sensitive` for a filter that names one of these attributes, however it spells it."""
    if filter is None or not sensitive:
        return
    folded = {fold_name(name) for name in sensitive}
    for path in _paths(parse_filter(filter).tree):
        if fold_name(path.name) in folded:
            raise Sensitive(f"A filter on {path.name} must not stand in a URL: send it by POST to /.search.")


def _paths(tree: Node) -> Iterator[AttrPath]:
    """Every attribute that a filter names. A parsed filter is bounded in depth and in terms."""
    match tree:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _paths(term)
        case Not(term):
            yield from _paths(term)
        case Element(path, inner, then):
            yield path
            yield from _paths(inner)
            if then is not None:
                yield from _paths(then)
        case Compare(path) | Present(path):
            yield path
