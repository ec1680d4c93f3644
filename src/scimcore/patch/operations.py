"""The PatchOp message (RFC 7644 section 3.5.2), taken apart strictly; dialects have rewritten it before."""

from typing import Any, Literal, NamedTuple

from scimcore.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, TooLarge
from scimcore.schema import fold_name
from scimcore.schema.json import Json, JsonObject

Op = Literal["add", "remove", "replace"]

PATCH_OP_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: How many operations one request may hold. The interop profile asks for 50 (PATCH-049).
MAX_OPERATIONS = 1000

_OPS: dict[Any, Op] = {"add": "add", "remove": "remove", "replace": "replace"}
_FOLDED_URN = fold_name(PATCH_OP_URN)
_KNOWN = frozenset({"op", "path", "value"})


class PatchOperation(NamedTuple):
    """One operation. `path` is as written, None when absent; a `value` that was not given is None, as `given` says."""

    op: Op
    path: str | None = None
    value: Json = None
    given: bool = True


def parse_patch(body: JsonObject, *, limit: int = MAX_OPERATIONS) -> tuple[PatchOperation, ...]:
    """The operations of a PATCH body, in order; their paths are resolved when they are applied.

    Raises InvalidSyntax for what is no PatchOp message, NoTarget for a remove without a path, InvalidValue for an
    add or replace without a value, TooLarge for more than `limit` operations.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("the body must be a JSON object, a PatchOp message", code="SC-1310")
    operations = _member(body, "operations", "Operations")
    _check_schemas(_member(body, "schemas", "schemas"))
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax('"Operations" is missing; send a list of one or more operations', code="SC-1311")
    if len(operations) > limit:
        raise TooLarge(
            f"{len(operations)} operations in one request; send at most {limit}, the rest in further requests",
            code="SC-1312",
        )
    return tuple([_operation(number, item) for number, item in enumerate(operations, 1)])


def _member(body: JsonObject, folded: str, usual: str) -> Json:
    if usual in body and len(body) <= 2:
        return body[usual]
    found = [value for name, value in body.items() if fold_name(name) == folded]
    if len(found) > 1:
        raise InvalidSyntax(f'"{usual}" stands twice, in different case; send it once', code="SC-1311")
    return found[0] if found else None


def _check_schemas(schemas: Json) -> None:
    if isinstance(schemas, list):
        for urn in schemas:
            if urn == PATCH_OP_URN or (isinstance(urn, str) and fold_name(urn) == _FOLDED_URN):
                return
    raise InvalidSyntax(f'"schemas" must hold {PATCH_OP_URN} (RFC 7644 section 3.5.2)', code="SC-1310")


def _operation(number: int, item: Json) -> PatchOperation:
    if not isinstance(item, dict):
        raise InvalidSyntax(f"operation {number} is no JSON object", code="SC-1313")
    if not item.keys() <= _KNOWN:
        item = _known(number, item)
    op = item.get("op")
    if not isinstance(op, str) or op not in _OPS:
        raise InvalidSyntax(f'operation {number}: "op" must be add, remove or replace', code="SC-1313")
    path = item.get("path")
    if path is None:
        if op == "remove":
            # RFC 7644 section 3.5.2.2: "If path is unspecified, the operation fails with […] noTarget".
            raise NoTarget(f'operation {number}: remove needs a "path" that says what to remove', code="SC-1314")
    elif not isinstance(path, str):
        raise InvalidPath(f'operation {number}: "path" must be a string', code="SC-1320")
    given = "value" in item
    if not given and op != "remove":
        raise InvalidValue(f'operation {number}: {op} needs a "value"', code="SC-1315")
    return PatchOperation(_OPS[op], path, item.get("value"), given)


def _known(number: int, item: JsonObject) -> JsonObject:
    """The members that mean something, by their usual names; further ones, as Entra ID adds, are let pass."""
    known: JsonObject = {}
    for name, value in item.items():
        folded = fold_name(name)
        if folded in _KNOWN and known.setdefault(folded, value) is not value:
            raise InvalidSyntax(f'operation {number}: "{folded}" stands twice, in different case', code="SC-1313")
    return known
