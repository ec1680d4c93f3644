"""What one check of a body finds: faults, in two families, and notes."""

from typing import Final

from scimcore.errors import Fault, InvalidSyntax, InvalidValue

#: A message lists so many faults; an administrator who mends ten will send again anyway.
_LISTED: Final = 10
#: A client can send any number of unknown names, and each note is stored in the audit trail.
_NOTES: Final = 50

REQUIRED: Final = "a value is required"


class Report:
    """The findings of one check, with the paths of the values.

    What is wrong with the message itself (names that clash, names that are refused) is separate, as `syntax`: it is
    answered as `invalidSyntax`, and it comes first (RFC 7644 section 3.12).
    """

    __slots__ = ("faults", "notes", "syntax")

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self.syntax: list[tuple[str, str]] = []
        self.notes: dict[tuple[str, str], None] = {}

    def fault(self, path: str, text: str) -> None:
        """Add that the value at the path does not fit."""
        self.faults.append((path, text))

    def note(self, rule: str, text: str) -> None:
        """Add what was left out and the rule that says so. The same note is kept once."""
        if len(self.notes) < _NOTES:
            self.notes[rule, text] = None

    def raise_faults(self) -> None:
        """Raise one error with everything that was found, if anything was."""
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
