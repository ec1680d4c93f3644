"""What one check of a body gathers: faults, in two families, and notes."""

from typing import Final

from scimcore.errors import Fault, InvalidSyntax, InvalidValue

_LISTED: Final = 10
_NOTES: Final = 50
_SHOWN: Final = 80

REQUIRED: Final = "a value is required"


class Run:
    """The gathering of one check. `faults` holds paths relative to where the check stands; callers put theirs in front.

    What is wrong with the message itself (names that clash, names that are refused) is kept apart as `syntax`: it is
    `invalidSyntax`, and it comes first.
    """

    __slots__ = ("faults", "notes", "syntax")

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self.syntax: list[tuple[str, str]] = []
        self.notes: dict[tuple[str, str], None] = {}

    def fault(self, path: str, text: str) -> None:
        self.faults.append((path, text))

    def note(self, rule: str, text: str) -> None:
        if len(self.notes) < _NOTES:
            self.notes[rule, text] = None

    def prefix(self, mark: int, head: str, joint: str = ".") -> None:
        """Puts the place of an element or an attribute in front of the faults found inside it since `mark`."""
        self.faults[mark:] = [
            (f"{head}{path}" if path[:1] in ("[", "") else f"{head}{joint}{path}", text)
            for path, text in self.faults[mark:]
        ]

    def settle(self) -> None:
        """Raises one error with everything that was found, if anything was."""
        if self.syntax:
            syntax = [*dict.fromkeys(self.syntax)]
            raise InvalidSyntax(_prose(syntax), faults=_faults(syntax))
        if self.faults:
            # SC-1211: nothing else is wrong than that required values are missing.
            code = "SC-1211" if all(text == REQUIRED for _, text in self.faults) else None
            raise InvalidValue(_prose(self.faults), faults=_faults(self.faults), code=code)


def _faults(found: list[tuple[str, str]]) -> tuple[Fault, ...]:
    return tuple(Fault(path, text) for path, text in found)


def _prose(found: list[tuple[str, str]]) -> str:
    listed = [f"{path}: {text}" if path else text for path, text in found[:_LISTED]]
    if len(found) > _LISTED:
        listed.append(f"and {len(found) - _LISTED} more")
    return "; ".join(listed) + "."


def shown(name: str) -> str:
    """A client's own text, short and harmless enough for a message."""
    cut = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]
