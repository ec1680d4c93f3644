"""Laws of filters, held by random filters and resources."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimcore.errors import ScimError
from scimcore.filters import And, Compare, Element, Filter, Not, Or, condition, parse_filter, render
from scimcore.filters import parsing as parsing_module
from scimcore.filters.ast import join_element
from scimcore.filters.condition import element_condition
from scimcore.filters.parsing import parse_path
from scimcore.filters.rendering import render_path
from scimcore.filters.sorting import sort_target
from scimcore.schema import Target
from tests.filters.generated import any_filters, any_paths, element_filters, thing_filters, things
from tests.filters.naive import evaluate
from tests.filters.samples import ODD, USER_TYPE, USER_WITH_EVERYTHING

few = settings(max_examples=150, deadline=None)


def holds(filter, data):
    return condition(filter, ODD).holds(data)


class TestRendering:
    """`parse(render(x)) == x` (FLT-001, FLT-006): the text of a tree says the tree, whole and with every literal."""

    @few
    @given(any_filters)
    def test_of_filters_comes_back(self, filter):
        again = parse_filter(render(filter))
        assert again == filter
        assert [type(value) for value in again.values] == [type(value) for value in filter.values]

    @few
    @given(any_paths)
    def test_of_paths_comes_back(self, path):
        assert parse_path(render_path(path)) == path

    @few
    @given(any_filters, st.randoms(use_true_random=False))
    def test_in_any_case_and_spacing_is_the_same_filter(self, filter, random):
        """FLT-002, FLT-004."""
        text = render(filter)
        pieces = re.split(r'("(?:[^"\\]|\\.)*")', text, flags=re.DOTALL)
        keyword = r"(?<= )(?:eq|ne|co|sw|ew|gt|ge|lt|le|pr|and|or)(?![^ )\]])|(?<![^ (\[])not(?= \()"
        for index in range(0, len(pieces), 2):
            varied = re.sub(keyword, lambda found: random.choice([str.upper, str.title])(found[0]), pieces[index])
            pieces[index] = re.sub(" ", lambda _: random.choice([" ", "  ", "\t", "\r\n "]), varied)
        assert parse_filter("".join(pieces)) == filter


class TestMeaning:
    @settings(max_examples=400, deadline=None)
    @given(thing_filters, things)
    def test_of_closures_is_that_of_the_naive_reading(self, filter, data):
        """FLT-011..017, FLT-020..028 in every combination."""
        assert holds(filter, data) is evaluate(filter.tree, filter.values, data, ODD)

    @few
    @given(thing_filters, st.lists(things, max_size=3))
    def test_of_a_cached_shape_is_that_of_a_freshly_parsed_one(self, filter, resources):
        text = render(filter)
        parse_filter(text)
        cached = condition(parse_filter(text), ODD)
        parsing_module._read_key.cache_clear()
        parsing_module._read_shape.cache_clear()
        fresh = condition(parse_filter(text), ODD)
        assert cached == fresh
        assert [cached.holds(data) for data in resources] == [fresh.holds(data) for data in resources]

    @few
    @given(thing_filters, things)
    def test_obeys_de_morgan(self, filter, data):
        """`not` is the complement, also of what is missing and of several values (FLT-027)."""
        tree, values = filter.tree, filter.values
        denied = Not(tree)
        assert holds(Filter(denied, values), data) is not holds(filter, data)
        assert holds(Filter(Not(Not(tree)), values), data) is holds(filter, data)
        for one, other in ((And, Or), (Or, And)):
            if isinstance(tree, one):
                dual = Not(other(tuple(Not(term) for term in tree.terms)))
                assert holds(Filter(dual, values), data) is holds(filter, data)

    @few
    @given(thing_filters, things)
    def test_of_ne_is_not_eq(self, filter, data):
        """FLT-027."""

        def swapped(node):
            match node:
                case Compare(path, "ne", value):
                    return Not(Compare(path, "eq", value))
                case Compare(path, "eq", value):
                    return Not(Compare(path, "ne", value))
                case And(terms):
                    return And(tuple(swapped(term) for term in terms))
                case Or(terms):
                    return Or(tuple(swapped(term) for term in terms))
                case Not(term):
                    return Not(swapped(term))
                case Element(path, inner):
                    return Element(path, swapped(inner))
                case _:
                    return node

        assert holds(Filter(swapped(filter.tree), filter.values), data) is holds(filter, data)

    @few
    @given(element_filters, things)
    def test_of_brackets_is_some_one_element(self, filter, data):
        """FLT-013: the element condition of a path and the filter agree, element by element."""
        element = filter.tree
        path = parse_path(render(filter))
        target = ODD.find(None, element.path.name)
        one = element_condition(path, target, ODD)
        several = data.get(element.path.name, [])
        assert holds(filter, data) is any(one.holds(each) for each in several)
        assert holds(filter, data) is any(holds(filter, {element.path.name: [each]}) for each in several)

    @few
    @given(element_filters, things)
    def test_of_a_joined_element_is_one_more_term(self, filter, data):
        """FLT-034: `x[a].b pr` is `x[a and b pr]`."""
        parsed = parse_filter(f"{render(filter)}.sub-string pr")
        joined = Filter(join_element(parsed.tree), parsed.values)
        elements = [each for each in data.get("many-complex", []) if each.get("sub-string")]
        assert holds(joined, data) is holds(filter, {"many-complex": elements})


_fragments = st.sampled_from(
    [
        *('userName eq "x"', "emails[", "]", "(", ")", "not ", " and ", " or ", " pr", '"', "\\", "title", "name."),
        *(".value", "urn:a:", " eq ", "null", "true", " 5", "-1e9", "'", "\x00", "\ud800", "é", "$ref", " gt "),
        *("password", "members"),
    ]
)
_garbage = st.text(max_size=30) | st.lists(_fragments, max_size=12).map("".join)


class TestGarbage:
    """Whatever a client sends is answered with a SCIM error, or is a filter (FLT-031)."""

    @settings(max_examples=400, deadline=None)
    @given(_garbage)
    @example("a eq " + "9" * 4301)
    @example('"')
    @example("a eq \x1f5")
    def test_raises_scim_errors_and_nothing_else(self, text):
        for attempt in (self._filter, self._path, lambda text: sort_target(text, USER_TYPE)):
            try:
                attempt(text)
            except ScimError as error:
                assert error.status == 400
                str(error).encode()

    @staticmethod
    def _filter(text):
        parsed = parse_filter(text)
        assert parse_filter(render(parsed)) == parsed
        for unknown in ("never", "error"):
            assert condition(parsed, USER_TYPE, unknown=unknown).holds(USER_WITH_EVERYTHING) in (True, False)

    @staticmethod
    def _path(text):
        parsed = parse_path(text)
        assert parse_path(render_path(parsed)) == parsed
        if parsed.tree is not None:
            target = Target(None, USER_TYPE.attributes["emails"])
            assert element_condition(parsed, target, USER_TYPE).holds({"type": "work"}) in (True, False)

    @few
    @given(any_filters)
    def test_of_names_never_is_an_answer_over_several_types(self, filter):
        """QRY-004: whatever the names, with `unknown="never"` it is an answer or a SCIM error."""
        try:
            joined = Filter(join_element(filter.tree), filter.values)
            condition(joined, USER_TYPE, unknown="never").holds(USER_WITH_EVERYTHING)
        except ScimError as error:
            assert error.scim_type == "invalidFilter"
