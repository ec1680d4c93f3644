"""A policy in sentences that a product manager can say yes or no to."""

from collections.abc import Iterator
from typing import Any

from attrs import Attribute, fields, frozen, has

from scimcore.policy.choices.sentences import counted
from scimcore.policy.policy import Policy


@frozen
class Statement:
    """One choice of a policy."""

    #: `deactivate.access`.
    path: str
    value: object
    #: The sentence for this value.
    text: str
    #: The rows of the requirements that the choice answers.
    pol: str
    #: The value is the default.
    usual: bool


def statements(policy: Policy) -> tuple[Statement, ...]:
    """Return every choice of the policy, part by part."""
    return tuple(_statements(policy))


def _statements(policy: Policy) -> Iterator[Statement]:
    usual = Policy()
    for part in fields(Policy):
        mine = getattr(policy, part.name)
        if not has(type(mine)):
            continue
        for field in fields(type(mine)):
            value, default = getattr(mine, field.name), getattr(getattr(usual, part.name), field.name)
            path = f"{part.name}.{field.name}"
            yield Statement(path, value, sentence(field, value), field.metadata["pol"], value == default)


def sentence(field: "Attribute[Any]", value: object) -> str:
    """Return the sentence for one choice."""
    means = field.metadata.get("means")
    if means is not None:
        return str(means[value])
    if value is None or value == 0 or value == ():
        return str(field.metadata["empty"])
    unit = field.metadata.get("unit")
    return str(field.metadata["says"]).format(value=_counted(value, unit) if unit else shown(value))


def _counted(value: Any, unit: str) -> str:
    """One or several numbers with the unit in the right form: `1 day`, `30, 7, 1 days`."""
    return counted(value, unit) if isinstance(value, int) else f"{shown(value)} {unit}s"


def shown(value: Any) -> str:
    """Return a value as it stands in a sentence."""
    if isinstance(value, tuple):
        return ", ".join(shown(element) for element in value)
    if has(type(value)):
        return " -> ".join(shown(getattr(value, field.name)) for field in fields(type(value)))
    return str(value)


def describe(policy: Policy, *, changed_only: bool = False) -> str:
    """Return the policy in sentences, a paragraph per part.

    Sentences that differ from the default have a star. `changed_only`: no other sentences.
    """
    lines = [f"Policy {policy.name!r}"]
    if policy.nonconformant:
        lines.append("This policy is nonconformant on purpose: it contradicts a MUST or what identity providers need.")
    part = ""
    for statement in statements(policy):
        if changed_only and statement.usual:
            continue
        head = statement.path.partition(".")[0]
        if head != part:
            part = head
            lines += ["", part.capitalize()]
        lines.append(f"  {'  ' if statement.usual else '* '}{statement.text}")
    return "\n".join(lines) + "\n"
