"""The contract that every repository is held to: ours, and the host's own.

    class TestOurs(RepositoryContract):
        @pytest.fixture
        def repository(self):
            return OurRepository(...)          # empty, for each test

A repository without the optional capabilities is handed in as `complete(repository)`. Each class below is one part of
the contract and can be used alone.
"""

from typing import Any

import pytest

from scimcore.repository import Repository
from scimcore.testing.contract_amending import AmendContract
from scimcore.testing.contract_marks import MarkContract
from scimcore.testing.contract_reads import ReadContract
from scimcore.testing.contract_recording import BindingContract, RecordingContract
from scimcore.testing.contract_relations import RelationContract
from scimcore.testing.contract_resources import ResourceContract
from scimcore.testing.contract_search import SearchContract
from scimcore.testing.contract_uniques import UniqueContract
from scimcore.testing.contract_units import ConcurrencyContract, JoinContract, UnitContract

__all__ = ["RepositoryContract"]


class RepositoryContract(
    ResourceContract,
    UniqueContract,
    AmendContract,
    ReadContract,
    RelationContract,
    BindingContract,
    MarkContract,
    RecordingContract,
    UnitContract,
    JoinContract,
    ConcurrencyContract,
    SearchContract,
):
    """Everything that a repository promises. A subclass overrides the fixture `repository`, and `begin`."""

    @pytest.fixture
    def repository(self) -> Repository[Any]:
        """An empty repository."""
        raise TypeError("override the fixture `repository` so that it returns an empty repository of yours")
