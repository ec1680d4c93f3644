"""A policy in sentences that a product manager can say yes or no to, and the reference page of all of them."""

from collections.abc import Iterator
from typing import Any

from attrs import Attribute, fields, frozen, has

from scimcore.policy.policy import Policy


@frozen
class Statement:
    """One choice as it stands: its path, its value, the sentence, and the requirement rows."""

    path: str
    value: object
    text: str
    pol: str
    usual: bool


def statements(policy: Policy) -> tuple[Statement, ...]:
    """Every choice of the policy, part by part."""
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
    """What a choice means, in one sentence."""
    means = field.metadata.get("means")
    if means is not None:
        return str(means[value])
    if value is None or value == 0 or value == ():
        return str(field.metadata["empty"])
    return str(field.metadata["says"]).format(value=shown(value))


def shown(value: Any) -> str:
    """A value of the product's own, as it stands in a sentence."""
    if isinstance(value, tuple):
        return ", ".join(shown(element) for element in value)
    if has(type(value)):
        return " -> ".join(shown(getattr(value, field.name)) for field in fields(type(value)))
    return str(value)


def describe(policy: Policy, *, changed_only: bool = False) -> str:
    """The policy in sentences, a paragraph per part; `changed_only`: only where it differs from the default."""
    lines = [f"Policy {policy.name!r}"]
    if policy.nonconformant:
        lines.append("Meant to be nonconformant: some choices contradict a MUST or what identity providers need.")
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


def reference() -> str:
    """The page docs/reference/policy.md: every field, its choices with what they mean, its default, its rows."""
    lines = [_HEAD]
    for part in fields(Policy):
        default = part.default
        if has(type(default)):
            lines += _part(part.name, default)
    return "\n".join(lines) + "\n"


def _part(name: str, default: Any) -> list[str]:
    lines = ["", f"## {name}", "", (type(default).__doc__ or "").strip().split("\n\n")[0].replace("\n", " "), ""]
    lines += ["| field | choices | rows |", "|---|---|---|"]
    for field in fields(type(default)):
        lines.append(f"| `{field.name}` | {_choices(field, getattr(default, field.name))} | {field.metadata['pol']} |")
    return lines


def _choices(field: "Attribute[Any]", default: object) -> str:
    means = field.metadata.get("means")
    if means is None:
        usual = shown(default) if default not in (None, 0, ()) else "nothing"
        text = str(field.metadata["says"]).format(value="_value_")
        return f"{text}<br>{field.metadata['empty']}<br>Default: {usual}."
    return "<br>".join(f"{_word(choice, bold=choice == default)}: {text}" for choice, text in means.items())


def _word(choice: object, *, bold: bool) -> str:
    word = str(choice).lower() if isinstance(choice, bool) else str(choice)
    return f"**`{word}`**" if bold else f"`{word}`"


_HEAD = """# The policy, field by field

Every choice that a `Policy` has, what each means, and the requirement rows that it answers. Defaults are bold. A policy
is built in Python (`Policy(deactivate=Deactivate(access="anonymise"), ...)`), or read from a TOML or JSON file with a
table per part (`load("policy.toml")`). `describe(policy)` prints the sentences of one policy. Parts that contradict
each other, a MUST of the RFCs or what identity providers need are refused when the policy is built, unless it says
`nonconformant = true`.

This page is generated from the code: `python -m scimcore.policy.drawing` writes it anew."""
