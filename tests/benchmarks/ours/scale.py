"""The same requests against a large database and against one a tenth of its size."""

import json
from collections.abc import Callable, Mapping

from scimcore.web import Request
from tests.benchmarks.ours import web
from tests.benchmarks.ours.support import SeededProduct, seeded_product
from tests.benchmarks.samples import quote
from tests.benchmarks.worker import Maker, Settings, Work, loop

_PAGE = 100


def _work(part: int, request: Callable[[SeededProduct, int], Request]) -> Maker:
    def make(settings: Settings) -> Work:
        ready = seeded_product(settings, settings.scale // part)
        return loop(ready.ask, lambda number: request(ready, number))

    return make


def _page(of: SeededProduct, cursor: str) -> Request:
    return of.request("GET", "/Users", f"count={_PAGE}&cursor={quote(cursor)}")


def _first(of: SeededProduct, _: int) -> Request:
    return _page(of, "")


def _listed(of: SeededProduct, _: int) -> Request:
    return of.request("GET", "/Users", f"startIndex=1&count={_PAGE}")


def _keyset(part: int, pages: Callable[[int], int]) -> Maker:
    """A page so many pages in: one walks there, as a client does."""

    def make(settings: Settings) -> Work:
        ready = seeded_product(settings, settings.scale // part)
        cursor = ""
        for _ in range(pages(settings.scale // part // _PAGE)):
            cursor = json.loads(ready.ask(_page(ready, cursor)).body)["nextCursor"]
        request = _page(ready, cursor)
        return loop(ready.ask, lambda _: request)

    return make


def _second(_: int) -> int:
    return 1


def _last(all: int) -> int:
    return max(0, all - 1)


WORKS: Mapping[str, Maker] = {
    "scale.get.large": _work(1, web.get),
    "scale.get.tenth": _work(10, web.get),
    "scale.by_name.large": _work(1, web.by_name),
    "scale.by_name.tenth": _work(10, web.by_name),
    "scale.keyset.first": _work(1, _first),
    "scale.keyset.second": _keyset(1, _second),
    "scale.keyset.end": _keyset(1, _last),
    "scale.keyset.tenth": _keyset(10, _second),
    "scale.first.tenth": _work(10, _first),
    "scale.list.large": _work(1, _listed),
    "scale.list.tenth": _work(10, _listed),
}
