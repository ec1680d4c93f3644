"""How texts are compared: one function for values, one for names; the same in filters, keys, memory and SQL."""

from unicodedata import is_normalized, normalize


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


def fold_name(name: str) -> str:
    """Return the form in which attribute names and URNs are compared (RFC 7643 section 2.1).

    They are ASCII, so only A to Z fold: the Kelvin sign is not a "k".
    """
    return name.lower() if name.isascii() else name.translate(_LOWER)
