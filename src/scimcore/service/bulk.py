"""Bulk: several operations in one request, each atomic by itself, referring to each other's new ids (RFC 7644 3.7).

An operation waits until the resources that it refers to have been created, so that references may point forwards as
well as backwards, and everything else keeps the client's order. What is left waiting refers to itself in a circle: its
first resource is created without the references that have no id yet, and those are added when the circle is closed.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal
from urllib.parse import unquote

from attrs import define, evolve, field, frozen

from scimcore._budget import Budget
from scimcore.access.caller import Caller
from scimcore.errors import Conflict, InvalidPath, InvalidSyntax, InvalidValue, ScimError, TooManyRequests, quoted
from scimcore.patch.operations import PATCH_OP_URN
from scimcore.schema import BoundType, Registry, fold_name
from scimcore.schema.folding import named_twice
from scimcore.schema.json import Json, JsonObject
from scimcore.service.committing import LINK_WORK
from scimcore.service.results import Done
from scimcore.service.service import AsyncService

Method = Literal["POST", "PUT", "PATCH", "DELETE"]

_SLASHES = re.compile(r"//+")
_METHODS: dict[str, Method] = {"POST": "POST", "PUT": "PUT", "PATCH": "PATCH", "DELETE": "DELETE"}
#: The work of any operation, whatever it changes.
_OPERATION = 2000
_STATUS = {"POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


#: As a value; inside a PATCH path's filter; at the end of a URI.
_VALUE = re.compile(r"bulkId:(.+)\Z", re.DOTALL)
_IN_PATH = re.compile(r'"bulkId:([^"\\]+)"')
_IN_URI = re.compile(r"/bulkId:([^/?#]+)\Z")


@frozen(kw_only=True)
class BulkOperation:
    """One operation as the client sent it."""

    #: In capitals; "" where it could not be read.
    method: str
    #: Relative to the base URL: "/Users" or "/Users/{id}".
    path: str = ""
    #: The client's name for the resource that a POST makes.
    bulk_id: str | None = None
    # Not in the repr: it may hold a password, and a repr ends in logs.
    data: Json = field(default=None, repr=False)
    #: The versions that the client accepts to change; None: any.
    if_match: frozenset[int] | None = None
    #: Why it cannot even be tried. It fails alone, and the others are done (BULK-003).
    fault: ScimError | None = None


@frozen(kw_only=True)
class BulkResult:
    """The result of one operation."""

    method: str
    #: The HTTP status that the operation would have had as a request of its own.
    status: int
    #: As the client sent it: the answer to an operation that failed has no other location.
    path: str = ""
    bulk_id: str | None = None
    #: Which resource, where there is one.
    type: BoundType | None = None
    id: str | None = None
    version: int | None = None
    error: ScimError | None = None


@frozen
class _Target:
    type: BoundType
    id: str | None


@define
class _Pending:
    """An operation that is still to be done. `awaits` are the bulkIds of resources that are not there yet."""

    index: int
    operation: BulkOperation
    awaits: set[str]
    #: The resource is created already; what is left are the references of its circle.
    created: Done | None = None


@frozen(kw_only=True)
class Bulk:
    """Runs bulk jobs. `may` tells whether the caller may write resources of a type.

    `shield` turns an exception that is no `ScimError` into one, so that what was done before it is still reported;
    without it, the exception ends the job.
    """

    service: AsyncService[Any]
    caller: Caller
    registry: Registry
    #: Scopes are checked for each operation: one token may write users and not groups.
    may: Callable[[BoundType], ScimError | None] = lambda _: None
    shield: Callable[[Exception], ScimError] | None = None

    async def run(self, operations: Sequence[BulkOperation], fail_on_errors: int | None = None) -> list[BulkResult]:
        """Return the results of what was done, in the client's order.

        After `fail_on_errors` errors the rest is left out (RFC 7644 section 3.7, failOnErrors).
        """
        job = _Job(self, operations, fail_on_errors)
        await job.run()
        return [job.results[index] for index in sorted(job.results)]


class _Job:
    def __init__(self, bulk: Bulk, operations: Sequence[BulkOperation], fail_on_errors: int | None) -> None:
        self.bulk, self.operations, self.fail_on_errors = bulk, operations, fail_on_errors
        #: By the operation's place in the request.
        self.results: dict[int, BulkResult] = {}
        #: The id of each resource that was made, by its bulkId.
        self.ids: dict[str, str] = {}
        #: The bulkIds whose resource will never be there.
        self.failed: set[str] = set()
        self.errors = 0
        #: The place of the operation that makes the resource, by bulkId.
        self.makers = _makers(operations)
        #: What waits for a resource that is not there yet, by place.
        self.waiting: dict[int, _Pending] = {}
        #: What was created without the references of its circle.
        self.stripped: list[_Pending] = []
        # Twice what one request may cost, for all operations together.
        self.budget = Budget(2 * bulk.service.limits.work)
        self.caller = evolve(bulk.caller, budget=self.budget)

    @property
    def stopped(self) -> bool:
        return self.fail_on_errors is not None and self.errors >= self.fail_on_errors

    async def run(self) -> None:
        for index, operation in enumerate(self.operations):
            if self.stopped:
                break
            await self._take(_Pending(index, operation, self._unknown(operation)))
        # RFC 7644 section 3.7.1: "The service provider MUST try to resolve circular cross-references between resources
        # in a single bulk job".
        while self.waiting and not self.stopped:
            await self._break_circle()
        await self._close_circles()

    def _unknown(self, operation: BulkOperation) -> set[str]:
        """The bulkIds that it refers to whose resources are not there yet."""
        return {name for name in references(operation.path, operation.data) if name not in self.ids}

    async def _take(self, pending: _Pending) -> None:
        """Do it, or keep it until what it waits for is there; then everything that waited for it."""
        # A list and no recursion: a client may chain a thousand operations, each waiting for the one before.
        ready = [pending]
        while ready and not self.stopped:
            now = ready.pop(0)
            if self._blocked(now):
                self.waiting[now.index] = now
                continue
            await self._do(now)
            ready += self._freed()

    def _blocked(self, pending: _Pending) -> bool:
        missing = pending.awaits - self.ids.keys()
        # What waits for an operation that failed, or that nobody sent, is tried at once: so it gets its own error.
        doomed = any(name in self.failed or name not in self.makers for name in missing)
        return bool(missing) and not doomed and pending.operation.fault is None

    def _freed(self) -> list[_Pending]:
        # In the client's order, which an identity provider expects where nothing forces another one.
        self.budget.count(sum([len(pending.awaits) for pending in self.waiting.values()]) // 16)
        found = [pending for _, pending in sorted(self.waiting.items()) if not self._blocked(pending)]
        for pending in found:
            del self.waiting[pending.index]
        return found

    async def _do(self, pending: _Pending) -> None:
        self._finish(pending, await self._result(pending.operation, partial(self._execute, pending.operation)))

    def _finish(self, pending: _Pending, result: BulkResult) -> None:
        operation = pending.operation
        self.results[pending.index] = result
        self.errors += result.error is not None
        # Only the first operation of a bulkId names its resource; a second one was refused when it was read.
        if operation.method == "POST" and operation.bulk_id and self.makers.get(operation.bulk_id) == pending.index:
            if result.error is None and result.id is not None:
                self.ids[operation.bulk_id] = result.id
            else:
                self.failed.add(operation.bulk_id)

    async def _result(self, operation: BulkOperation, work: Callable[[], Awaitable[BulkResult]]) -> BulkResult:
        """The work's result, its error as one. Each operation is atomic by itself: the service undoes what fails."""
        try:
            return await work()
        except ScimError as error:
            return self._failure(operation, error)
        except Exception as problem:
            # The resources of earlier operations are there: their results must reach the client all the same.
            if self.bulk.shield is None:
                raise
            return self._failure(operation, self.bulk.shield(problem))

    def _failure(self, operation: BulkOperation, error: ScimError) -> BulkResult:
        return BulkResult(
            method=operation.method, path=operation.path, bulk_id=operation.bulk_id, status=error.status, error=error
        )

    async def _execute(self, operation: BulkOperation) -> BulkResult:
        if operation.fault is not None:
            raise operation.fault
        self._check_budget()
        target = self._target(operation)
        refusal = self.bulk.may(target.type)
        if refusal is not None:
            raise refusal
        data = self._resolved(operation.data)
        return self._success(operation, target, await self._call(operation, target, data))

    def _check_budget(self) -> None:
        """Refuse what is left over when the job has cost enough: nothing of it is done, so it can be sent again."""
        self.budget.count(_OPERATION)
        if self.budget.left < 0:
            raise TooManyRequests(
                f"The operations before this one cost {self.budget.most} units of work, the limit for one bulk "
                "request. Send this one again, in another request.",
                retry_after=1,
                code="SC-1025",
            )

    async def _call(self, operation: BulkOperation, target: _Target, data: Json) -> Done:
        service, caller = self.bulk.service, self.caller
        if target.id is None:
            return await service.create(caller, target.type, _object(data))
        if operation.method == "PUT":
            body = _object(data)
            return await service.replace(caller, target.type, target.id, body, if_match=operation.if_match)
        if operation.method == "PATCH":
            body = _object(data)
            return await service.patch(caller, target.type, target.id, body, if_match=operation.if_match)
        return await service.delete(caller, target.type, target.id, if_match=operation.if_match)

    def _success(self, operation: BulkOperation, target: _Target, done: Done) -> BulkResult:
        document = done.resource.document if done.resource else None
        return BulkResult(
            method=operation.method,
            path=operation.path,
            bulk_id=operation.bulk_id,
            status=_STATUS[operation.method],
            type=target.type,
            id=document.id if document else target.id,
            version=document.version if document else None,
        )

    def _target(self, operation: BulkOperation) -> _Target:
        """The resource or type that the path means (RFC 7644 section 3.7: relative to the base URL)."""
        path = operation.path
        if "//" in path and self.bulk.caller.dialect.double_slashes:
            # As in the URL of a single request.
            path = _SLASHES.sub("/", path)
        parts = path.removeprefix("/").split("/")
        type = self.bulk.registry.at(f"/{parts[0]}") if parts[0] else None
        one = operation.method != "POST"
        # Neither /Bulk nor a search is an operation on a resource, although their paths look like one.
        if (
            type is None
            or len(parts) != 1 + one
            or not all(parts)
            or "?" in operation.path
            or parts[-1].lower() == ".search"
        ):
            wanted = "/Users/{id}, with the resource's id" if one else "/Users, the endpoint of a resource type"
            raise InvalidPath(f"path {operation.path!r}: {operation.method} takes one as in {wanted}.", code="SC-1411")
        return _Target(type, self._id(parts[1]) if one else None)

    def _id(self, segment: str) -> str:
        name = bulk_id(segment)
        if name is not None:
            return self._known(name)
        # As in the URL of a single request: percent-decoded once (HTTP-010).
        id = unquote(segment)
        if "\0" in id:
            raise InvalidPath(f"path: {segment!r} is no id.", code="SC-1411")
        return id

    def _known(self, name: str) -> str:
        if name not in self.ids:
            why = "the operation that should have created it failed" if name in self.makers else "nothing creates it"
            raise Conflict(f"bulkId:{name} stands for no resource: {why}.", code="SC-1412")
        return self.ids[name]

    def _resolved(self, data: Json) -> Json:
        return replaced(data, self._known)

    # circles

    async def _break_circle(self) -> None:
        """Create the first resource that waits, without what has no id yet; the others may follow then."""
        # There is always one: what waits for something that nobody creates was refused when it was taken.
        first = next(p for _, p in sorted(self.waiting.items()) if p.operation.method == "POST")
        del self.waiting[first.index]
        await self._create_stripped(first)
        for pending in self._freed():
            await self._take(pending)

    async def _create_stripped(self, pending: _Pending) -> None:
        operation = pending.operation

        async def work() -> BulkResult:
            target = self._target(operation)
            refusal = self.bulk.may(target.type)
            if refusal is not None:
                raise refusal
            # What has come since it began to wait can be sent now; only the rest has to be added later.
            self._check_budget()
            pending.awaits -= self.ids.keys()
            # What is left out is added in any case when the circle is closed, so it is paid for now.
            self.budget.count(_OPERATION + LINK_WORK * len(pending.awaits))
            bare = without(_object(operation.data), frozenset(self.ids))
            pending.created = await self._call(operation, target, replaced(bare, self._known))
            return self._success(operation, target, pending.created)

        self._finish(pending, await self._result(operation, work))
        if pending.created is not None:
            self.stripped.append(pending)

    async def _close_circles(self) -> None:
        for pending in self.stripped:
            result = await self._result(pending.operation, partial(self._close, pending))
            if result.error is not None and self.results[pending.index].error is None:
                self.errors += 1
            self.results[pending.index] = result

    async def _close(self, pending: _Pending) -> BulkResult:
        """Add the references that were left out. If one of them never came to be, the resource goes again."""
        before = self.results[pending.index]
        if before.type is None or before.id is None:
            return before
        service, caller, target = self.bulk.service, self.caller, _Target(before.type, before.id)
        try:
            left_out = only(_object(pending.operation.data), pending.awaits)
            body: JsonObject = {
                "schemas": [PATCH_OP_URN],
                "Operations": [{"op": "add", "value": replaced(left_out, self._known)}],
            }
            return self._success(pending.operation, target, await service.patch(caller, before.type, before.id, body))
        except ScimError:
            # Each operation is done whole or not at all (RFC 7644 section 3.7 with 3.5.2).
            await service.delete(caller, before.type, before.id)
            raise


def _makers(operations: Sequence[BulkOperation]) -> Mapping[str, int]:
    """The place of the operation that creates the resource, by bulkId."""
    found: dict[str, int] = {}
    for index, operation in enumerate(operations):
        if operation.method == "POST" and operation.bulk_id:
            # The first one counts: `read_operation` refuses the others.
            found.setdefault(operation.bulk_id, index)
    return found


def _object(data: Json) -> JsonObject:
    if not isinstance(data, dict):
        raise InvalidSyntax("data must be a JSON object.", code="SC-1413")
    return data


def read_operation(raw: Json, seen: set[str], tags: Callable[[str], frozenset[int]]) -> BulkOperation:
    """One operation of a BulkRequest. What is wrong with it fails it alone (BULK-003). `tags` reads `version`."""
    if not isinstance(raw, dict):
        return BulkOperation(method="", fault=InvalidSyntax("An operation must be a JSON object.", code="SC-1414"))
    # RFC 7643 section 2.1: attribute names are case insensitive. Here those of messages are, too.
    members = {fold_name(name): value for name, value in raw.items()}
    if len(members) < len(raw) and (twice := named_twice(raw)) is not None:
        fault = InvalidSyntax(f"{quoted(twice)} is there twice, in different case. Send it once.", code="SC-1414")
        return BulkOperation(method="", fault=fault)
    texts = {name: value for name in ("method", "path", "bulkid") if isinstance(value := members.get(name), str)}
    method = texts.get("method", "").upper()
    operation = BulkOperation(
        method=method,
        path=texts.get("path", ""),
        bulk_id=texts.get("bulkid"),
        data=members.get("data"),
        if_match=_versions(members.get("version"), tags),
    )
    wrong = _fault(operation, seen)
    if operation.bulk_id and method == "POST":
        seen.add(operation.bulk_id)
    return (
        operation
        if wrong is None
        else BulkOperation(method=method, path=operation.path, bulk_id=operation.bulk_id, fault=wrong)
    )


def _versions(version: Json, tags: Callable[[str], frozenset[int]]) -> frozenset[int] | None:
    # `version` stands for the If-Match of a single request, of which "*" means any version.
    if version is None or version == "*":
        return None
    return tags(version) if isinstance(version, str) else frozenset()


def _fault(operation: BulkOperation, seen: set[str]) -> ScimError | None:
    if operation.method not in _METHODS:
        return InvalidSyntax("method must be POST, PUT, PATCH or DELETE.", code="SC-1415")
    if not operation.path:
        return InvalidSyntax("path is missing.", code="SC-1416")
    if operation.method == "POST" and not operation.bulk_id:
        return InvalidSyntax("bulkId is required with POST.", code="SC-1417")
    if operation.method == "POST" and operation.bulk_id in seen:
        return InvalidValue(f"bulkId {operation.bulk_id!r} was used before in this request.", code="SC-1418")
    if operation.method != "DELETE" and not isinstance(operation.data, dict):
        return InvalidSyntax("data must be a JSON object.", code="SC-1413")
    return None


# references to resources that are not there yet: "bulkId:qwerty" wherever an id may stand (RFC 7644 section 3.7.2)


def references(path: str, data: Json) -> frozenset[str]:
    """The bulkIds that an operation refers to, in its path and anywhere in its data (BULK-005)."""
    found: set[str] = set()

    def remember(name: str) -> str:
        found.add(name)
        return name

    replaced(data, remember)
    found.update(name for part in path.split("/") if (name := bulk_id(part)) is not None)
    return frozenset(found)


def bulk_id(text: str) -> str | None:
    """The bulkId that a text stands for, if it does: "bulkId:qwerty" for qwerty."""
    match = _VALUE.match(text)
    return match[1] if match else None


def replaced(data: Json, id_of: Callable[[str], str], key: str = "") -> Json:
    """Return the same data with `id_of` in the place of every bulkId."""
    # The recursion is as deep as the data, and reading JSON bounds its depth.
    if isinstance(data, dict):
        return {name: replaced(value, id_of, name) for name, value in data.items()}
    if isinstance(data, list):
        return [replaced(value, id_of, key) for value in data]
    return _text(data, id_of, fold_name(key)) if isinstance(data, str) and "bulkId:" in data else data


def _text(text: str, id_of: Callable[[str], str], key: str) -> str:
    match = _VALUE.match(text)
    if match:
        return id_of(match[1])
    if key == "path":
        return _IN_PATH.sub(lambda found: f'"{id_of(found[1])}"', text)
    if key == "$ref":
        return _IN_URI.sub(lambda found: f"/{id_of(found[1])}", text)
    return text


def _names(data: Json) -> Iterator[str]:
    found: list[str] = []

    def remember(name: str) -> str:
        found.append(name)
        return name

    replaced(data, remember)
    yield from found


def without(data: JsonObject, known: frozenset[str]) -> JsonObject:
    """Return the data without references to bulkIds that are not known: elements of lists, else whole attributes."""
    remaining = {name: _remaining(value, known) for name, value in data.items()}
    return {name: value for name, value in remaining.items() if value is not None}


def _remaining(value: Json, known: frozenset[str]) -> Json:
    if known.issuperset(_names(value)):
        return value
    if isinstance(value, list):
        return [item for item in value if known.issuperset(_names(item))]
    if isinstance(value, dict):
        # An extension loses the attributes concerned; a complex attribute is one reference and goes whole.
        inner = without(value, known)
        return inner if any(isinstance(v, dict | list) for v in value.values()) and inner else None
    return None


def only(data: JsonObject, names: set[str]) -> JsonObject:
    """The opposite: just what refers to these bulkIds."""
    found = {name: _referring(value, names) for name, value in data.items() if names.intersection(_names(value))}
    return {name: value for name, value in found.items() if value is not None}


def _referring(value: Json, names: set[str]) -> Json:
    if isinstance(value, list):
        return [item for item in value if names.intersection(_names(item))]
    if isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values()):
        return only(value, names)
    return value
