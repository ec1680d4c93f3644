"""How a part says what it means: every choice carries the sentence that a product manager says yes or no to.

The sentences are the single source of `describe`, of docs/reference/policy.md and of nothing else: they never decide.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field


def choice(default: str | int | bool, pol: str, means: Mapping[Any, str]) -> Any:
    """One of a closed set; `means` has a sentence for every member. `pol` cites the rows of the requirements."""
    return field(default=default, metadata={"pol": pol, "means": dict(means)})


def setting(default: object, pol: str, says: str, *, empty: str) -> Any:
    """A value of the product's own. `says` is a sentence with {value} in it, `empty` the one for nothing."""
    return field(default=default, metadata={"pol": pol, "says": says, "empty": empty})
