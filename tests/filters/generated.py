"""Filters and resources made at random."""

from hypothesis import strategies as st

from scimcore.filters import And, AttrPath, Compare, Constant, Element, Filter, Not, Or, Present, Slot
from scimcore.filters.ast import Path
from tests.filters.samples import SCALARS

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")

# Few characters, so that values meet; hard ones, so that folding shows: Kelvin, dotted I, long s, combining accents.
texts = st.text(alphabet='aAbKkK ſsSİiıßéÉe\u0301"\\%_[]()', max_size=4)
dates = st.sampled_from(
    ["2011-01-01T00:00:00Z", "2011-01-01T01:00:00+01:00", "2010-12-31T23:59:59.5Z", "2011-01-01T00:00:00"]
)
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.5, 2.0])
VALUES = {
    "string": texts,
    "reference": texts,
    "binary": st.sampled_from(["YQ==", "Yg==", "yq=="]),
    "boolean": st.booleans(),
    "integer": st.integers(-3, 3),
    "decimal": numbers,
    "dateTime": dates,
}
LITERALS = VALUES | {"integer": numbers}
ALLOWED = {
    "string": OPERATORS,
    "reference": OPERATORS,
    "binary": ("eq", "ne"),
    "boolean": ("eq", "ne"),
    "integer": ("eq", "ne", "gt", "ge", "lt", "le"),
    "decimal": ("eq", "ne", "gt", "ge", "lt", "le"),
    "dateTime": ("eq", "ne", "gt", "ge", "lt", "le"),
}

_elements = st.fixed_dictionaries({}, optional={f"sub-{kind}": VALUES[kind] for kind in SCALARS})
#: Canonical data of a Thing.
things = st.fixed_dictionaries(
    {},
    optional={
        **{f"one-{kind}": VALUES[kind] for kind in SCALARS},
        **{f"many-{kind}": st.lists(VALUES[kind], max_size=3) for kind in SCALARS},
        "exactly": texts,
        "one-complex": _elements,
        "many-complex": st.lists(_elements, max_size=3),
    },
)


class Raw:
    """A literal that has no slot yet."""

    def __init__(self, value):
        self.value = value


@st.composite
def comparisons(draw, prefixes):
    kind = draw(st.sampled_from(SCALARS))
    path = draw(st.sampled_from(prefixes))(kind)
    if draw(st.integers(0, 5)) == 0:
        return Present(path)
    if draw(st.integers(0, 8)) == 0:
        return Compare(path, draw(st.sampled_from(("eq", "ne"))), Constant(None))
    op = draw(st.sampled_from(ALLOWED[kind]))
    value = draw(LITERALS[kind])
    return Compare(path, op, Constant(value) if kind == "boolean" else Raw(value))


def _combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, min_size=2, max_size=3).map(lambda terms: And(tuple(terms)))
            | st.lists(inner, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms)))
            | inner.map(Not)
        ),
        max_leaves=5,
    )


_inside = _combined(comparisons([lambda kind: AttrPath(None, f"sub-{kind}")]))
_outside = comparisons(
    [
        lambda kind: AttrPath(None, f"one-{kind}"),
        lambda kind: AttrPath(None, f"many-{kind}"),
        lambda kind: AttrPath(None, "one-complex", f"sub-{kind}"),
        lambda kind: AttrPath("urn:example:odd:1.0:Thing", "many-complex", f"sub-{kind}"),
    ]
)
_elements_of = _inside.map(lambda inner: Element(AttrPath(None, "many-complex"), inner))


def slotted(node):
    """The filter of a tree with raw literals: slots numbered in the order of the text."""
    values = []

    def visit(node):
        match node:
            case Compare(path, op, Raw(value=value)):
                values.append(value)
                return Compare(path, op, Slot(len(values) - 1, "string" if isinstance(value, str) else "number"))
            case And(terms):
                return And(tuple([visit(term) for term in terms]))
            case Or(terms):
                return Or(tuple([visit(term) for term in terms]))
            case Not(term):
                return Not(visit(term))
            case Element(path, inner, then):
                inner = visit(inner)
                return Element(path, inner, visit(then) if then else None)
            case _:
                return node

    tree = visit(node)
    return Filter(tree, tuple(values))


#: Filters that resolve against a Thing.
thing_filters = _combined(_outside | _elements_of).map(slotted)
#: Those that are one pair of brackets.
element_filters = _elements_of.map(slotted)

_first = st.sampled_from("aZ")
_names = st.builds(lambda a, b: a + b, _first, st.text(alphabet="azAZ09-_$", max_size=5)) | st.just("$ref")
_urns = st.none() | st.sampled_from(["urn:x:2.0", "urn:example:a.b:c", "https://example.com/v1.2/x", "u"])
_paths = st.builds(AttrPath, _urns, _names, st.none() | _names)
_plain = st.builds(AttrPath, _urns, _names)
_bare = st.builds(AttrPath, st.none(), _names)
_any_text = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8)
_literal = (
    st.sampled_from([Constant(True), Constant(False), Constant(None)])
    | _any_text.map(Raw)
    | st.integers(-(2**63), 2**63 - 1).map(Raw)
    | st.floats(allow_nan=False, allow_infinity=False).map(Raw)
)


def _leaf(paths):
    return st.builds(Present, paths) | st.builds(Compare, paths, st.sampled_from(OPERATORS), _literal)


_any_inner = _combined(_leaf(_paths))
_any_element = st.builds(Element, _plain, _any_inner, st.none() | _leaf(_bare))
#: Filters of every form, whether any schema has their names or not.
any_filters = _combined(_leaf(_paths) | _any_element).map(slotted)
any_paths = st.builds(Path, _paths) | st.builds(
    lambda path, inner, sub: Path(path, slotted(inner).tree, sub, slotted(inner).values),
    _plain,
    _any_inner,
    st.none() | _names,
)
