"""The library's parts by themselves: filters, resources, PATCH."""

import json
from collections.abc import Callable, Mapping

from scimcore.dialects import AUTO, RFC, Dialect
from scimcore.filters import condition, parse_filter
from scimcore.patch import apply_patch, parse_patch
from scimcore.resources import checker, decode_json, to_text
from scimcore.schema import Registry
from scimcore.schema.json import JsonObject
from tests.benchmarks import samples
from tests.benchmarks.worker import Maker, Settings, Work, loop

_TYPE = Registry()["User"]


def _parse(text: Callable[[int], str]) -> Maker:
    return lambda _: loop(lambda asked: condition(parse_filter(asked), _TYPE).holds, text)


def _holds(text: Callable[[int], str]) -> Maker:
    def make(_: Settings) -> Work:
        data = _stored()
        return loop(condition(parse_filter(text(0)), _TYPE).holds, lambda _: data)

    return make


def _stored() -> JsonObject:
    body = samples.user(0)
    found = checker(_TYPE, RFC.rules).body(body, creating=True).data
    return {**found, "id": samples.user_id(0)}


def _round_trip(dialect: Dialect) -> Maker:
    compiled = checker(_TYPE, dialect.rules)

    def bytes_to_bytes(body: bytes) -> bytes:
        rewritten, _ = dialect.body(_TYPE, decode_json(body))
        return to_text(compiled.body(rewritten, creating=True).data).encode()

    return lambda _: loop(bytes_to_bytes, lambda _: samples.FULL_BYTES)


def _patch(body: Callable[[int], bytes], dialect: Dialect = AUTO) -> Maker:
    def make(_: Settings) -> Work:
        compiled, data, id = checker(_TYPE, dialect.rules), _stored(), samples.user_id(0)

        def patched(sent: bytes) -> object:
            rewritten, _ = dialect.patch(_TYPE, decode_json(sent))
            operations = parse_patch(rewritten)
            return apply_patch(_TYPE, data, operations, checker=compiled, readings=dialect.readings, id=id).data

        assert json.dumps(patched(body(0))) != json.dumps(data)
        return loop(patched, body)

    return make


WORKS: Mapping[str, Maker] = {
    "filter.simple": _parse(samples.simple),
    "filter.six": _parse(samples.six_clauses),
    "filter.value_path": _parse(samples.value_path),
    "holds.eq": _holds(samples.simple),
    "holds.value_path": _holds(samples.value_path),
    "user.rfc": _round_trip(RFC),
    "user.auto": _round_trip(AUTO),
    "patch.active": _patch(samples.patch_active),
    "patch.email": _patch(samples.patch_email),
}
