"""Whole requests, in process: through the trial product, policy, effects and audit, to durable SQLite."""

from collections.abc import Callable, Mapping
from random import Random
from time import time_ns

from scimcore.web import Request
from tests.benchmarks import samples
from tests.benchmarks.ours.support import SeededProduct, seeded_product
from tests.benchmarks.worker import Maker, Settings, Work, loop

_RANDOM = Random(1)
#: Nobody has this number yet, in a database that an earlier run has filled either.
_NEW = time_ns() // 1_000


def _work(request: Callable[[SeededProduct, int], Request]) -> Maker:
    def make(settings: Settings) -> Work:
        ready = seeded_product(settings, settings.users)
        return loop(ready.ask, lambda number: request(ready, number))

    return make


def someone(of: SeededProduct) -> int:
    """The number of one of the users."""
    return _RANDOM.randrange(of.users)


def get(of: SeededProduct, _: int) -> Request:
    """One user by id."""
    return of.request("GET", f"/Users/{samples.user_id(someone(of))}")


def by_name(of: SeededProduct, _: int) -> Request:
    """One user by userName."""
    return of.request("GET", "/Users", samples.query_by_name(samples.user_name(someone(of))))


def page(of: SeededProduct, _: int) -> Request:
    """A hundred users."""
    return of.request("GET", "/Users", "startIndex=1&count=100")


def post(of: SeededProduct, number: int) -> Request:
    """A new user."""
    return of.request("POST", "/Users", body=samples.body(samples.user(_NEW + number)))


def _patch(body: Callable[[int], bytes]) -> Maker:
    def request(of: SeededProduct, number: int) -> Request:
        # The same user twice: what is switched off is switched on again.
        id = samples.user_id(number // 2 % of.users)
        return of.request("PATCH", f"/Users/{id}", body=body(number))

    return _work(request)


WORKS: Mapping[str, Maker] = {
    "web.get": _work(get),
    "web.by_name": _work(by_name),
    "web.list": _work(page),
    "web.post": _work(post),
    "web.patch_title": _patch(samples.patch_title),
    "web.patch_name": _patch(samples.patch_name),
    "web.patch_active": _patch(samples.patch_active),
}
