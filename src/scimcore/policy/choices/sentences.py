"""The fields of choices: each says what it means and refuses wrong values.

The sentences are what a product manager says yes or no to. They are the single source of `describe` and of
docs/reference/policy.md; they never decide anything, so their wording is free.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field

from scimcore._arguments import Validator, each, one_of, optional, text

#: For settings that name something of the product's own: a role, an account.
NAME_OR_NONE: Validator = optional(text(empty=False))
#: For settings that list such names.
NAMES: Validator = each(text(empty=False), "a tuple of texts")


def choice(default: str | int | bool, pol: str, means: Mapping[Any, str]) -> Any:
    """A field that takes one of a closed set of values.

    `means` has a sentence for every value, and is the set: what has no sentence is refused. `pol` cites the rows of
    the requirements.
    """
    # Checked here and not by the type alone: most hosts run no type checker over their policy, and a value with a
    # typing error would otherwise act as the `else` of some rule, at the first leaver.
    return field(default=default, validator=one_of(tuple(means)), metadata={"pol": pol, "means": dict(means)})


def setting(
    default: object,
    pol: str,
    says: str,
    *,
    empty: str,
    check: Validator,
    unit: str = "",
    record: type | None = None,
) -> Any:
    """A field that takes a value of the product's own.

    `says` is a sentence with {value} in it, `empty` the sentence for 0, None and (). `check` refuses wrong values.
    `unit` is counted with the value: `hour` makes "1 hour" and "2 hours". `record` is the class of a tuple's members,
    so that files can have tables for them.
    """
    metadata = {"pol": pol, "says": says, "empty": empty, "unit": unit, "record": record}
    return field(default=default, validator=check, metadata=metadata)


def counted(number: int, noun: str) -> str:
    """The number with its noun in the right form: `1 user`, `2 users`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
