"""Rewrites of trees that know no schema, for dialects."""

from functools import lru_cache
from typing import assert_never

from scimcore.filters.ast import And, Compare, Element, Node, Not, Or, Present


@lru_cache(maxsize=1024)
def join_element(tree: Node) -> Node:
    """`emails[type eq "work"].value eq "x"`, as Entra ID writes it, as `emails[type eq "work" and value eq "x"]`.

    The same tree when there is nothing to rewrite.
    """
    match tree:
        case Element(path, inner, then) if then is not None:
            terms = inner.terms if isinstance(inner, And) else (inner,)
            return Element(path, And((*terms, then)))
        case And(terms):
            joined = tuple(join_element(term) for term in terms)
            return tree if joined == terms else And(joined)
        case Or(terms):
            joined = tuple(join_element(term) for term in terms)
            return tree if joined == terms else Or(joined)
        case Not(term):
            inner = join_element(term)
            return tree if inner is term else Not(inner)
        case Compare() | Present() | Element():
            return tree
        case _:
            assert_never(tree)
