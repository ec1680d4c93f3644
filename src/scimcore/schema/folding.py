"""How texts are compared: one function for values, one for names; the same in filters, keys, memory and SQL."""

from collections.abc import Iterable
from typing import Final
from unicodedata import combining, is_normalized, normalize

#: Combining marks that may follow each other in a text: the bound of Unicode's stream-safe format (UAX #15 section 13).
#: No language comes near it.
MOST_MARKS: Final = 30


def fold(text: str) -> str:
    """Return the form in which values of `caseExact: false` attributes are compared and stored as keys.

    It is NFC(lower(NFC(s))). Lower-casing, not case folding (RFC 8265 section 3.3, UsernameCaseMapped): "ß" and "ss"
    stay two names.
    """
    # Nearly all of them are ASCII, where normalising changes nothing.
    if text.isascii():
        return text.lower()
    lowered = normalize("NFC", text).lower()
    # Lower-casing may undo the normal form: there is one character for j with a caron, but none for J.
    return lowered if is_normalized("NFC", lowered) else normalize("NFC", lowered)


def exact(text: str) -> str:
    """Return the form in which values of `caseExact: true` attributes are compared: NFC, however é was typed."""
    return text if text.isascii() else normalize("NFC", text)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def named_twice(names: Iterable[str]) -> str | None:
    """Return the first name that is there in another spelling already, None if all differ."""
    seen: set[str] = set()
    for name in names:
        folded = fold_name(name)
        if folded in seen:
            return name
        seen.add(folded)
    return None


def fold_name(name: str) -> str:
    """Return the form in which attribute names and URNs are compared (RFC 7643 section 2.1).

    They are ASCII, so only A to Z fold: the Kelvin sign is not a "k".
    """
    return name.lower() if name.isascii() else name.translate(_LOWER)


def has_endless_marks(text: str) -> bool:
    """Return True if more than `MOST_MARKS` combining marks follow each other somewhere.

    Python sorts such a run in quadratic time when it normalises: 80,000 marks take ten seconds, in one call that
    nothing interrupts. So no text with one may be stored or compared.
    """
    if text.isascii():
        return False
    # A run that is too long covers every 31st place, so nothing else has to be looked at.
    places = range(MOST_MARKS, len(text), MOST_MARKS + 1)
    return any(_is_mark(text[place]) and _run(text, place) > MOST_MARKS for place in places)


def _is_mark(character: str) -> bool:
    # A few characters have no class of their own, but come apart into marks only (U+0F73, and the halfwidth U+FF9E).
    return character > "\u02ff" and (combining(character) or combining(normalize("NFKD", character)[0])) > 0


def _run(text: str, place: int) -> int:
    """The length of the run of marks around that place; not longer than needed to say that it is too long."""
    first = last = place
    while first and place - first <= MOST_MARKS and _is_mark(text[first - 1]):
        first -= 1
    while last + 1 < len(text) and last - place <= MOST_MARKS and _is_mark(text[last + 1]):
        last += 1
    return last - first + 1
