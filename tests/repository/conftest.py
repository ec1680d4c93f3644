"""Databases for the tests of this folder: started when the first test needs them, emptied before each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.repository.databases import Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)
