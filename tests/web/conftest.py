import pytest

from scimcore.testing.trial import Trial


@pytest.fixture
def trial() -> Trial:
    """A whole service in memory, and a client with the token of its tenant."""
    return Trial.start()
