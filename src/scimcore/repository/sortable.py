"""Numbers, truth and instants as texts that compare bytewise as the values do, for the value index."""

from decimal import Context, Decimal

#: Enough digits that nothing is rounded: 64-bit integers and the largest float, 309 digits.
_EXACT = Context(prec=400)
_NINES = str.maketrans("0123456789", "9876543210")
#: From here on all floats are whole numbers and their shortest decimal text is not exact; beyond 64 bits there are
#: no integers to compare them with.
_WHOLE, _BEYOND = 2**53, 2**65
_EXPONENT = 5000
_INSTANT = 10**17


def number(value: int | float) -> str:
    """Equal texts for equal numbers, whole or not, and in their order."""
    whole = isinstance(value, int) or _WHOLE <= abs(value) < _BEYOND
    exactly = Decimal(value) if whole else Decimal(repr(value))
    if not exactly:
        return "1"
    sign, digits, _ = exactly.normalize(_EXACT).as_tuple()
    body = f"{exactly.adjusted() + _EXPONENT:04d}{''.join(map(str, digits))}"
    return f"0{body.translate(_NINES)}~" if sign else f"2{body}"


def instant(microseconds: int) -> str:
    """Microseconds since 1970; years 1 to 9999 fit."""
    return f"{microseconds + _INSTANT:018d}"


def truth(value: bool) -> str:
    """false before true."""
    return "true" if value else "false"
