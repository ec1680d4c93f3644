"""A second, slow reading of filters: straight from the tree, value by value, sharing nothing with the closures."""

from datetime import UTC, datetime
from unicodedata import normalize

from scimcore.filters import And, Compare, Constant, Element, Not, Or, Present


def evaluate(node, values, data, type):
    """What the documentation says that the filter means on the resource."""
    match node:
        case And(terms):
            return all(evaluate(term, values, data, type) for term in terms)
        case Or(terms):
            return any(evaluate(term, values, data, type) for term in terms)
        case Not(term):
            return not evaluate(term, values, data, type)
        case Present(path):
            return is_present(found(path, data, type))
        case Compare(path, op, literal):
            attribute, candidates = leaf(path, type), found(path, data, type)
            return compare(attribute, candidates, op, literal, values)
        case Element(path, inner):
            attribute = type.find(path.urn, path.name).attribute
            elements = data.get(attribute.name) or []
            return any(on_element(inner, values, one, attribute) for one in elements)


def on_element(node, values, element, attribute):
    match node:
        case And(terms):
            return all(on_element(term, values, element, attribute) for term in terms)
        case Or(terms):
            return any(on_element(term, values, element, attribute) for term in terms)
        case Not(term):
            return not on_element(term, values, element, attribute)
        case Present(path):
            return is_present([element.get(path.name)])
        case Compare(path, op, literal):
            return compare(attribute.sub(path.name), [element.get(path.name)], op, literal, values)


def leaf(path, type):
    return type.find(path.urn, path.name, path.sub).leaf


def found(path, data, type):
    """All values at the path: of each element where there may be several."""
    attribute = type.find(path.urn, path.name).attribute
    value = data.get(attribute.name)
    several = value if isinstance(value, list) else [] if path.sub and value is None else [value]
    return [(one or {}).get(path.sub) for one in several] if path.sub else several


def is_present(values):
    def empty(value):
        if isinstance(value, list):
            return all(empty(inner) for inner in value)
        if isinstance(value, dict):
            return all(empty(inner) for inner in value.values())
        return value is None or value == ""

    return any(not empty(value) for value in values)


def compare(attribute, candidates, op, literal, values):
    wanted = literal.value if isinstance(literal, Constant) else values[literal.index]
    if wanted is None:
        return {"eq": not is_present(candidates), "ne": is_present(candidates)}.get(op, False)
    if op == "ne":
        return not compare(attribute, candidates, "eq", literal, values)
    if attribute.name == "primary" and op == "eq" and wanted is False:
        return any(value is not True for value in candidates)
    return any(one(attribute, value, op, wanted) for value in candidates if value is not None)


def one(attribute, value, op, wanted):
    value, wanted = comparable(attribute, value), comparable(attribute, wanted)
    match op:
        case "eq":
            return value == wanted
        case "co":
            return wanted in value
        case "sw":
            return value[: len(wanted)] == wanted
        case "ew":
            return wanted == "" or value[-len(wanted) :] == wanted
        case "gt":
            return value > wanted
        case "ge":
            return value > wanted or value == wanted
        case "lt":
            return value < wanted
        case "le":
            return value < wanted or value == wanted


def comparable(attribute, value):
    if attribute.type == "dateTime":
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, str):
        composed = normalize("NFC", value)
        return composed if attribute.case_exact else normalize("NFC", composed.lower())
    return value
