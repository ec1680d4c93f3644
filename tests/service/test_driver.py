"""The operations are written once, as coroutines; the synchronous face drives them with a single send."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from inspect import isfunction, signature
from typing import Any

import pytest

from scimcore._driver import run
from scimcore.host import (
    AsyncHost,
    AsyncKeepsInventory,
    AsyncKnowsTeams,
    AsyncTakesPasswords,
    Host,
    KeepsInventory,
    KnowsTeams,
    TakesPasswords,
)
from scimcore.repository import AsyncUnit, Unit
from scimcore.service import (
    Admin,
    AsyncAdmin,
    AsyncProduct,
    AsyncService,
    AsyncWorker,
    Product,
    Service,
    Worker,
)
from scimcore.service.arguments import check_host, check_repository
from scimcore.testing.trial import Trial

_GROUPS = (Product, Admin, Worker)


async def _answer(value: int) -> int:
    return value + 1


async def _fail() -> None:
    raise KeyError("as it was")


class _Suspension:
    def __await__(self) -> Generator[None, None, None]:
        yield


async def _wait() -> None:
    await _Suspension()


class TestTheDriver:
    def test_returns_what_the_coroutine_returns(self) -> None:
        assert run(_answer(41)) == 42

    def test_passes_errors_on_as_they_are(self) -> None:
        with pytest.raises(KeyError, match="as it was"):
            run(_fail())

    def test_says_one_plain_sentence_when_something_waits(self) -> None:
        with pytest.raises(RuntimeError, match="use AsyncService"):
            run(_wait())


class _AsynchronousRepository:
    @asynccontextmanager
    async def unit(self, tenant: str, *, write: bool) -> Any:
        yield None

    def join(self, transaction: object, tenant: str) -> Any:
        raise AssertionError


class _AsynchronousHost:
    async def tenant(self, tx: object, tenant: str) -> object:
        raise AssertionError


class TestWhatIsAsynchronousIsRefusedWhenTheServiceIsBuilt:
    def test_a_repository_of_coroutines(self) -> None:
        with pytest.raises(TypeError, match="unit is asynchronous: use AsyncService"):
            check_repository("Service", _AsynchronousRepository(), asynchronous=False)

    def test_a_host_of_coroutines(self) -> None:
        with pytest.raises(TypeError, match="tenant is asynchronous: use AsyncService"):
            check_host("Service", _AsynchronousHost(), asynchronous=False)


def _methods(kind: type) -> Mapping[str, Sequence[str]]:
    """By name, each parameter as it is written: the type variables of two classes are two objects of one name."""
    names = [n for n in dir(kind) if not n.startswith("_") and isfunction(getattr(kind, n))]
    return {name: [str(p) for p in signature(getattr(kind, name)).parameters.values()] for name in names}


class TestTheTwoFacesHaveOneSignature:
    """A synchronous and an asynchronous host read the same documentation."""

    @pytest.mark.parametrize(
        ("synchronous", "asynchronous"),
        [
            (Service, AsyncService),
            (Product, AsyncProduct),
            (Admin, AsyncAdmin),
            (Worker, AsyncWorker),
            (Unit, AsyncUnit),
            (Host, AsyncHost),
            (KnowsTeams, AsyncKnowsTeams),
            (TakesPasswords, AsyncTakesPasswords),
            (KeepsInventory, AsyncKeepsInventory),
        ],
    )
    def test_method_by_method(self, synchronous: type, asynchronous: type) -> None:
        assert _methods(synchronous) == _methods(asynchronous)

    def test_group_by_group(self) -> None:
        service = Trial.start().service
        groups = {name: type(value).__name__ for name, value in vars(service).items() if type(value) in _GROUPS}
        twins = {name: type(getattr(service.asynchronous, name)).__name__ for name in groups}

        assert groups == {"product": "Product", "admin": "Admin", "worker": "Worker"}
        assert twins == {name: f"Async{kind}" for name, kind in groups.items()}
