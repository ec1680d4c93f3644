"""The walk over a PATCH message: the message, its operations, their values, and keys that become operations."""

from scimcore.dialects._bodies import MessageRewriter, Moved
from scimcore.dialects._paths import Located, locate
from scimcore.dialects.rewrite import Notes
from scimcore.schema import fold_name
from scimcore.schema.json import Json, JsonObject

_MEMBERS = frozenset({"op", "path", "value"})
_WRITES = ("add", "replace")


def rewrite_patch(walk: MessageRewriter, body: JsonObject, notes: Notes) -> JsonObject:
    """The message in RFC form, the same object if it was. What is no such message is left as it is."""
    for rewrite in walk.messages:
        if rewrite.message is not None and (after := rewrite.message(body)) is not body:
            notes.add(rewrite, "body")
            body = after
    key = "Operations" if "Operations" in body else next((k for k in body if fold_name(k) == "operations"), None)
    operations = body.get(key) if key is not None else None
    if key is None or not isinstance(operations, list):
        return body
    rewritten: list[Json] = []
    for item in operations:
        rewritten.extend(_operation(walk, item, notes) if isinstance(item, dict) else (item,))
    if len(rewritten) == len(operations) and all(new is old for new, old in zip(rewritten, operations, strict=True)):
        return body
    return {**body, key: rewritten}


def _operation(walk: MessageRewriter, item: JsonObject, notes: Notes) -> list[JsonObject]:
    """The operations that it becomes, mostly itself."""
    operation, located = _rewritten(walk, item if item.keys() <= _MEMBERS else _known(item), notes)
    value = operation.get("value")
    if value is None or operation.get("op") not in _WRITES:
        return [_removal(walk, operation, located, notes)]
    if operation.get("path") is None or (located and located.target.attribute is None):
        return _spread(walk, operation, located, notes) if isinstance(value, dict) else [operation]
    return [_with_value(walk, operation, located, notes)]


def _rewritten(walk: MessageRewriter, operation: JsonObject, notes: Notes) -> tuple[JsonObject, Located | None]:
    """The operation after the rewrites of operations, and what its path means then."""
    located = _located(walk, operation)
    for rewrite in walk.operations:
        target = located.target if located else None
        after = rewrite.operation(operation, target) if rewrite.operation is not None else operation
        if after is not operation:
            # The target, not the path: a filter in it may hold values of people.
            notes.add(rewrite, located.target if located else "operation")
            operation, located = after, _located(walk, after)
    return operation, located


def _known(item: JsonObject) -> JsonObject:
    """The same with "op", "path" and "value" spelled so; itself when that is so already, or when one stands twice."""
    folded = [fold_name(key) for key in item]
    if not any(name in _MEMBERS and name != key for name, key in zip(folded, item, strict=True)):
        return item
    if len(set(folded)) < len(folded):
        return item
    return {name: value for name, value in zip(folded, item.values(), strict=True) if name in _MEMBERS}


def _located(walk: MessageRewriter, operation: JsonObject) -> Located | None:
    path = operation.get("path")
    return locate(walk.type, path) if isinstance(path, str) else None


def _with_value(walk: MessageRewriter, operation: JsonObject, located: Located | None, notes: Notes) -> JsonObject:
    value = operation["value"]
    values = walk.at(located) if located is not None else None
    after = values.value(value, notes) if values is not None else value
    return operation if after is value else {**operation, "value": after}


def _removal(walk: MessageRewriter, operation: JsonObject, located: Located | None, notes: Notes) -> JsonObject:
    """A remove that lists elements: the same forms of an element as elsewhere."""
    lists = operation.get("op") == "remove" and isinstance(operation.get("value"), list)
    if not lists or located is None or located.filtered or located.target.sub is not None:
        return operation
    return _with_value(walk, operation, located, notes)


def _spread(walk: MessageRewriter, operation: JsonObject, located: Located | None, notes: Notes) -> list[JsonObject]:
    """A value that holds attributes: what is plain stays one operation, each key that is a path becomes its own.

    An object has no order (RFC 8259 section 4), so the plain part goes first.
    """
    value = operation["value"]
    urn = located.target.urn if located is not None else None
    if not isinstance(value, dict):
        return [operation]
    after, moved = walk.attributes(urn, value, notes, _always)
    plain = [operation] if after is value else [{**operation, "value": after}]
    if moved and not any(_says(part) for part in after.values()):
        plain = []
    return plain + [_on_path(walk, operation, item, notes) for item in moved]


def _says(part: Json) -> bool:
    return part != {}


def _on_path(walk: MessageRewriter, operation: JsonObject, moved: Moved, notes: Notes) -> JsonObject:
    value = walk.moved(moved, notes)
    located = locate(walk.type, moved.path)
    if located is not None and located.target.attribute is None:
        # With the extension as its path, a replace would replace all of it (RFC 7644 section 3.5.2.3).
        return {"op": operation["op"], "value": {moved.path: value}}
    return _rewritten(walk, {"op": operation["op"], "path": moved.path, "value": value}, notes)[0]


def _always(path: str, part: Json) -> bool:
    return True
