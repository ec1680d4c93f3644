"""The meaning of the names in a tree for one resource type, and the check that each comparison can be made.

Where RFC 7644 leaves a filter without a meaning, the choice is made here and nowhere else: `resolved` trees leave no
question open. docs/reference/filters.md lists the choices for people.
"""

from typing import Literal, assert_never

from attrs import frozen

from scimcore.errors import InvalidFilter
from scimcore.filters.ast import And, AttrPath, Compare, Constant, Element, Node, Not, Operator, Or, Present, Slot
from scimcore.filters.resolved import AllOf, AnyOf, Has, Kind, Never, No, Resolved, Some, Test
from scimcore.schema import Attribute, BoundType, Target

_ORDERING: frozenset[Operator] = frozenset(("gt", "ge", "lt", "le"))
_EQUALITY: frozenset[Operator] = frozenset(("eq", "ne"))
_TEXT: frozenset[Operator] = frozenset(("co", "sw", "ew"))

#: The operators that compare values of each type (RFC 7644 section 3.4.2.2, table 3).
#: "Boolean and Binary attributes SHALL cause a failed response" with gt, ge, lt and le (FLT-009). For co, sw and ew the
#: table speaks of substrings, so they are for texts (FLT-010).
OPERATORS: dict[str, frozenset[Operator]] = {
    "string": _EQUALITY | _TEXT | _ORDERING,
    "reference": _EQUALITY | _TEXT | _ORDERING,
    "integer": _EQUALITY | _ORDERING,
    "decimal": _EQUALITY | _ORDERING,
    "dateTime": _EQUALITY | _ORDERING,
    "boolean": _EQUALITY,
    "binary": _EQUALITY,
}

_KINDS: dict[str, Kind] = {
    "reference": "exact",
    "integer": "number",
    "decimal": "number",
    "dateTime": "instant",
    "boolean": "boolean",
    "binary": "binary",
}
_LITERALS: dict[Kind, str] = {
    "folded": "a string in double quotes",
    "exact": "a string in double quotes",
    "binary": "base64 in double quotes",
    "instant": 'a date and time in double quotes, as in "2011-05-13T04:42:34Z"',
    "number": "a number",
    "boolean": "true or false",
}


@frozen
class Resolver:
    """Resolves trees for one type, under the choices of a dialect and of a query.

    `unknown="never"` is for queries over several types: there a name that this type lacks has no value (RFC 7644
    section 3.4.2.1). On the type's own endpoint it is an error: an empty answer would make an identity provider
    believe that the user does not exist, and create a duplicate.
    """

    type: BoundType
    short_names: bool = True
    text_booleans: bool = False
    unknown: Literal["error", "never"] = "error"
    text_numbers: bool = False

    def resolve(self, node: Node) -> Resolved:
        """The tree over whole resources. Raises InvalidFilter."""
        match node:
            case Compare(path, op, value):
                target = self._target(path)
                if target is None:
                    return self._unknown(op, value)
                # On a whole resource the question is about its elements, not about one value under the path.
                if _asks_for_the_rest(target, op, value):
                    return _one_not_primary(target, op)
                return self._compare(target, op, value)
            case Present(path):
                target = self._target(path)
                return Never() if target is None else Has(target)
            case Element(path, inner, then):
                return self._element(path, inner, then)
            case And(terms):
                # Each term by itself: only brackets tie terms to one element (RFC 7644 table 5).
                return AllOf(tuple(self.resolve(term) for term in terms))
            case Or(terms):
                return AnyOf(tuple(self.resolve(term) for term in terms))
            case Not(term):
                return No(self.resolve(term))
            case _:
                assert_never(node)

    def inside(self, target: Target, node: Node) -> Resolved:
        """The tree over one element of the attribute at `target`. Raises InvalidFilter."""
        match node:
            case Compare(path, op, value):
                sub = self._sub_target(target, path)
                return _not_primary(sub, op) if _asks_for_the_rest(sub, op, value) else self._compare(sub, op, value)
            case Present(path):
                return Has(self._sub_target(target, path))
            case And(terms):
                return AllOf(tuple(self.inside(target, term) for term in terms))
            case Or(terms):
                return AnyOf(tuple(self.inside(target, term) for term in terms))
            case Not(term):
                return No(self.inside(target, term))
            case Element(path):
                raise InvalidFilter(f"{path}[…] is inside the brackets of {target}. Brackets cannot contain brackets.")
            case _:
                assert_never(node)

    def _target(self, path: AttrPath) -> Target | None:
        target = self.type.find(path.urn, path.name, path.sub, short=self.short_names)
        if target is None:
            if self.unknown == "never":
                return None
            raise InvalidFilter(
                f"{self.type.name} has no attribute {path}. See /Schemas for those that it has.", code="SC-1112"
            )
        return _allowed(target)

    @staticmethod
    def _unknown(op: Operator, value: Slot | Constant) -> Resolved:
        """The result of `_compare` for an attribute that never has a value."""
        absent = value == Constant(None)
        holds = (op == "eq") if absent else (op == "ne")
        return No(Never()) if holds else Never()

    def _element(self, path: AttrPath, inner: Node, then: Compare | Present | None) -> Resolved:
        if then is not None:
            raise InvalidFilter(
                f"{path}[…].{then.path} is not a filter. Write it inside the brackets, "
                f'as in emails[type eq "work" and value eq "x"].',
                code="SC-1116",
            )
        target = self._target(path)
        if target is None:
            return Never()
        attribute = target.leaf
        if attribute is None or target.sub or not (attribute.multi_valued or attribute.type == "complex"):
            raise InvalidFilter(f"{target} has no elements. Compare it without brackets.", code="SC-1116")
        resolved = self.inside(target, inner)
        # A single complex attribute is its own only element. RFC 7644 has brackets for multi-valued attributes, but
        # nothing in figure 1 forbids `name[familyName pr]`.
        return Some(target, resolved) if attribute.multi_valued else AllOf((Has(target), resolved))

    def _sub_target(self, target: Target, path: AttrPath) -> Target:
        attribute = target.attribute
        if attribute is not None and path.urn is None and path.sub is None:
            # RFC 7644 section 3.5.2.2 compares "a 'value'" of simple multi-valued attributes: `tags[value eq "x"]`.
            if attribute.type != "complex" and path.name.lower() == "value":
                return target
            sub = attribute.find_sub(path.name)
            if sub is not None:
                return _allowed(Target(target.urn, attribute, sub))
        raise InvalidFilter(f"{target} has no sub-attribute {path}.", code="SC-1112")

    def _compare(self, target: Target, op: Operator, value: Slot | Constant) -> Resolved:
        if value == Constant(None):
            return _compare_null(target, op)
        target = self._value_of(target)
        attribute = _leaf(target)
        if op not in OPERATORS[attribute.type]:
            raise InvalidFilter(
                f"{target} is of the type {attribute.type}, which {op} does not compare. "
                f"Use {', '.join(o for o in _ALL if o in OPERATORS[attribute.type])} or pr.",
                code="SC-1113",
            )
        kind = kind_of(attribute)
        if not self._fits(kind, value):
            raise InvalidFilter(f"{target} must be compared with {_LITERALS[kind]}.", code="SC-1114")
        # `ne` is `not eq`, also where there is no value or there are several (FLT-027): otherwise `title ne "x"` would
        # leave out the users without a title, and a resource could meet neither a filter nor its negation.
        return No(Test(target, "eq", value, kind)) if op == "ne" else Test(target, op, value, kind)

    def _value_of(self, target: Target) -> Target:
        """`emails` means `emails.value` (FLT-014); `manager` means `manager.value` (Entra ID, FLT-035)."""
        attribute = _leaf(target)
        if attribute.type != "complex":
            return target
        value = attribute.find_sub("value")
        if value is None:
            example = attribute.sub_attributes[0].name
            raise InvalidFilter(
                f"{target} is complex. Compare one of its sub-attributes, as in {target}.{example}.", code="SC-1115"
            )
        return _allowed(Target(target.urn, attribute, value))

    def _fits(self, kind: Kind, value: Slot | Constant) -> bool:
        # "True" as a text: Entra ID without its compatibility flag (ENTRA-006), and the validator (ENTRA-028).
        if kind == "boolean":
            return isinstance(value, Constant) or (value.kind == "string" and self.text_booleans)
        if kind == "number":
            return isinstance(value, Slot) and (value.kind == "number" or self.text_numbers)
        return isinstance(value, Slot) and value.kind == "string"


_ALL: tuple[Operator, ...] = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


def _leaf(target: Target) -> Attribute:
    leaf = target.leaf
    assert leaf is not None, "only for targets below a schema"  # noqa: S101
    return leaf


def kind_of(attribute: Attribute) -> Kind:
    """Return how values of that attribute compare."""
    # References are always exact (RFC 7643 section 2.3.7: "case exact"); strings as the schema says, folded by default.
    return _KINDS.get(attribute.type) or ("exact" if attribute.case_exact else "folded")


def _allowed(target: Target) -> Target:
    """Refuse a schema as a whole, and attributes that are never returned.

    A client could read a password out by `password sw "a"`, `sw "b"` and so on (FLT-030).
    """
    if target.attribute is None:
        raise InvalidFilter(f'{target} is a schema. Filter by schemas eq "{target}".', code="SC-1115")
    for attribute in (target.attribute, target.sub):
        if attribute is not None and (attribute.returned == "never" or attribute.mutability == "writeOnly"):
            raise InvalidFilter(f"{target} is never returned, so it cannot be used in a filter.", code="SC-1117")
    return target


def _asks_for_the_rest(target: Target, op: Operator, value: Slot | Constant) -> bool:
    """True if `primary` is compared with false.

    RFC 7643 section 2.4: if not specified, `primary` "SHALL be assumed to be "false"". So `primary eq false` is met by
    an element that does not mention it.
    """
    attribute, sub = target.attribute, target.sub
    several = attribute is not None and attribute.multi_valued
    primary = several and sub is not None and sub.name == "primary" and sub.type == "boolean"
    return primary and op in _EQUALITY and value == Constant(False)


def _not_primary(target: Target, op: Operator) -> Resolved:
    """The test on one element."""
    primary = Test(target, "eq", Constant(True), "boolean")
    return No(primary) if op == "eq" else primary


def _one_not_primary(target: Target, op: Operator) -> Resolved:
    """The test on a resource: it has such an element. `ne` is `not eq`, as everywhere."""
    some = Some(Target(target.urn, target.attribute), _not_primary(target, "eq"))
    return some if op == "eq" else No(some)


def _compare_null(target: Target, op: Operator) -> Resolved:
    """`eq null` is `not pr`, `ne null` is `pr`, and no value is greater or less than null (FLT-026).

    RFC 7643 section 2.5: unassigned attributes, null and empty arrays are "equivalent in "state"".
    """
    if op == "eq":
        return No(Has(target))
    if op == "ne":
        return Has(target)
    attribute = target.leaf
    if op in _ORDERING and attribute is not None and op in OPERATORS.get(attribute.type, ()):
        return Never()
    raise InvalidFilter(f"{target} cannot be compared with null by {op}. Use eq, ne or pr.", code="SC-1113")
