"""How texts are compared: one function for values, one for names; the same in filters, keys, memory and SQL."""

from unicodedata import is_normalized, normalize


def fold(text: str) -> str:
    """The form in which values of `caseExact: false` attributes are compared and kept as keys: NFC(lower(NFC(s))).

    Lower-casing, not case folding (RFC 8265 section 3.3 UsernameCaseMapped): "ß" and "ss" stay two names.
    """
    if text.isascii():
        return text.lower()
    lowered = normalize("NFC", text).lower()
    return lowered if is_normalized("NFC", lowered) else normalize("NFC", lowered)


def exact(text: str) -> str:
    """The form in which values of `caseExact: true` attributes are compared: NFC, so that é is é however typed."""
    return text if text.isascii() else normalize("NFC", text)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold_name(name: str) -> str:
    """Attribute names and URNs are ASCII (RFC 7643 section 2.1): only A-Z fold, so that "K" (Kelvin) is no "k"."""
    return name.lower() if name.isascii() else name.translate(_LOWER)
