"""The PatchOp message (RFC 7644 section 3.5.2), read strictly. A dialect has put it into RFC form before."""

from typing import Any, Literal, NamedTuple

from scimcore.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, TooLarge
from scimcore.schema import fold_name
from scimcore.schema.json import Json, JsonObject

Op = Literal["add", "remove", "replace"]

PATCH_OP_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: How many operations one request may have. The interop profile asks for 50 (PATCH-049).
MAX_OPERATIONS = 1000

_OPS: dict[Any, Op] = {"add": "add", "remove": "remove", "replace": "replace"}
_FOLDED_URN = fold_name(PATCH_OP_URN)
_KNOWN = frozenset({"op", "path", "value"})


class PatchOperation(NamedTuple):
    """One operation."""

    op: Op
    #: The path as it was sent, or None without one.
    path: str | None = None
    value: Json = None


def parse_patch(body: JsonObject, *, limit: int = MAX_OPERATIONS) -> tuple[PatchOperation, ...]:
    """Read the operations of a PATCH body, in their order. Their paths are resolved when they are applied.

    Raises InvalidSyntax for a body that is not a PatchOp message, NoTarget for a remove without a path, InvalidValue
    for an add or replace without a value, and TooLarge for more than `limit` operations.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object, a PatchOp message.", code="SC-1310")
    operations = _member(body, "operations", "Operations")
    _check_schemas(_member(body, "schemas", "schemas"))
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax('"Operations" is missing. Send a list of one or more operations.', code="SC-1311")
    if len(operations) > limit:
        raise TooLarge(
            f"The request has {len(operations)} operations. Send at most {limit}, and the rest in further requests.",
            code="SC-1312",
        )
    return tuple([_operation(number, item) for number, item in enumerate(operations, 1)])


def _member(body: JsonObject, folded: str, usual: str) -> Json:
    # RFC 7643 section 2.1: names have no case. A message with just the two usual names is all but every message.
    if usual in body and len(body) <= 2:
        return body[usual]
    found = [value for name, value in body.items() if fold_name(name) == folded]
    if len(found) > 1:
        raise InvalidSyntax(f'"{usual}" is there twice, in different case. Send it once.', code="SC-1311")
    return found[0] if found else None


def _check_schemas(schemas: Json) -> None:
    if isinstance(schemas, list):
        for urn in schemas:
            if urn == PATCH_OP_URN or (isinstance(urn, str) and fold_name(urn) == _FOLDED_URN):
                return
    raise InvalidSyntax(f'"schemas" must contain {PATCH_OP_URN} (RFC 7644 section 3.5.2).', code="SC-1310")


def _operation(number: int, item: Json) -> PatchOperation:
    if not isinstance(item, dict):
        raise InvalidSyntax(f"Operation {number} is not a JSON object.", code="SC-1313")
    if not item.keys() <= _KNOWN:
        item = _known(number, item)
    op = item.get("op")
    if not isinstance(op, str) or op not in _OPS:
        raise InvalidSyntax(f'Operation {number}: "op" must be add, remove or replace.', code="SC-1313")
    path = item.get("path")
    if path is None:
        if op == "remove":
            # RFC 7644 section 3.5.2.2: "If path is unspecified, the operation fails with […] noTarget".
            raise NoTarget(f'Operation {number}: a remove needs a "path" that says what to remove.', code="SC-1314")
    elif not isinstance(path, str):
        raise InvalidPath(f'Operation {number}: "path" must be a string.', code="SC-1320")
    # A null is a value: replace by null unassigns (RFC 7643 section 2.5).
    if "value" not in item and op != "remove":
        raise InvalidValue(f'Operation {number}: {op} needs a "value".', code="SC-1315")
    return PatchOperation(_OPS[op], path, item.get("value"))


def _known(number: int, item: JsonObject) -> JsonObject:
    """The members that mean something, by their usual names. Others are ignored: Entra ID sends a "name"."""
    known: JsonObject = {}
    for name, value in item.items():
        folded = fold_name(name)
        if folded in _KNOWN and known.setdefault(folded, value) is not value:
            raise InvalidSyntax(f'Operation {number}: "{folded}" is there twice, in different case.', code="SC-1313")
    return known
