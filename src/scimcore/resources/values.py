"""Checks of single values: which JSON fits which SCIM type (RFC 7643 section 2.3, Table 1).

A check takes a value and returns it, or raises `Mismatch` with what is expected instead. A `Report` gathers what is
wrong with the values of a whole body.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, Final
from unicodedata import category

from scimcore.errors import Fault, InvalidSyntax, InvalidValue
from scimcore.filters.instants import instant
from scimcore.resources.rules import Rules
from scimcore.schema import Attribute, fold, has_endless_marks
from scimcore.schema.folding import MOST_MARKS

#: Returns the value that fits. Raises Mismatch.
Check = Callable[[Any], Any]

_KINDS = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "an array", dict: "an object"}
# RFC 7643 gives integers no bound; every database that stores them does.
_MAX_INTEGER = 2**63 - 1


#: A message lists so many faults; an administrator who mends ten will send again anyway.
_LISTED: Final = 10
#: A client can send any number of unknown names, and each note is stored in the audit trail.
_NOTES: Final = 50

REQUIRED: Final = "a value is required"
ENDLESS_MARKS: Final = f"at most {MOST_MARKS} combining marks may follow each other"


class Mismatch(Exception):
    """A value does not fit; `text` says what is expected, `sub` in which sub-attribute. Never leaves this package."""

    def __init__(self, text: str, sub: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.sub = sub


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


def kind(value: object) -> str:
    """Return what a JSON value is, for people to read."""
    return _KINDS.get(type(value), "null")


def expected(what: str, value: object) -> Mismatch:
    """Return the error for a value of the wrong JSON kind."""
    return Mismatch(f"{what} is expected, not {kind(value)}")


def string(value: Any) -> str:
    """Check for a text that every store can hold and UTF-8 can carry (RFC 7643 section 2.3.1).

    The empty text is a value: it is not the same as null (CORE-006).
    """
    if value.__class__ is not str:
        raise expected("a string", value)
    if not value.isascii() or "\0" in value:
        storable(value)
    return value


def storable(value: str) -> None:
    """Raise Mismatch for what no store can hold, and for what would take for ever to compare."""
    # PostgreSQL has no NUL in texts. JSON can spell it, so one must arrive as an error and not as a failed statement.
    if "\0" in value:
        raise Mismatch("the NUL character cannot be stored")
    try:
        value.encode()
    except UnicodeEncodeError:
        # JSON may escape half of a surrogate pair (RFC 8259 section 8.2); UTF-8 has no octets for it.
        raise Mismatch("a lone surrogate is not a character") from None
    if has_endless_marks(value):
        raise Mismatch(ENDLESS_MARKS)


def is_json_text(value: object) -> bool:
    """True for a text that is a JSON object or array, or is meant to be one.

    Some clients send a complex value as a document in a string. Nothing that a complex value is known by looks so.
    """
    if value.__class__ is not str:
        return False
    bare = str(value).strip()
    return bare[:1] in ("{", "[") and bare[-1:] in ("}", "]")


def name_like(value: Any) -> str:
    """Check for a text that identifies: no control characters (RFC 7644 section 5, RFC 8265 section 3.3)."""
    # isprintable is False for more than control characters (spaces of other scripts), so it only saves a closer look.
    text = string(value)
    if not text.isprintable() and any(category(character) == "Cc" for character in text):
        raise Mismatch("control characters are not allowed here")
    return text


def boolean(value: Any) -> bool:
    """Check for true or false (RFC 7643 section 2.3.2)."""
    # Entra sends "True" as a text; its dialect makes it true before this is asked.
    if value is True or value is False:
        return bool(value)
    raise expected("true or false", value)


def integer(value: Any) -> int:
    """Check for a whole number (RFC 7643 section 2.3.4: no fraction and no exponent, so 3.0 is not one)."""
    # The class, not isinstance: for Python true is an int.
    if value.__class__ is not int:
        raise Mismatch("a whole number without fraction or exponent is expected" + _but(value))
    return _bounded(value)


def decimal(value: Any) -> int | float:
    """Check for a JSON number; `decode_json` has refused those that a double does not hold exactly."""
    if value.__class__ is int:
        return _bounded(value)
    if value.__class__ is not float:
        raise expected("a number", value)
    if not isfinite(value):
        raise Mismatch("a finite number is expected")
    return value


def _but(value: Any) -> str:
    return "" if value.__class__ is float else f", not {kind(value)}"


def _bounded(value: int) -> int:
    if -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER:
        return value
    raise Mismatch("the number does not fit into 64 bits")


def date_time(value: Any) -> str:
    """Check for an xsd:dateTime with date and time (RFC 7643 section 2.3.5). It is stored as it was sent."""
    text = string(value)
    try:
        instant(text)
    except ValueError:
        raise Mismatch('a date and time is expected, as in "2026-05-13T04:42:34Z"') from None
    return text


def binary(value: Any) -> str:
    """Check for base64 with or without its padding (RFC 7643 section 2.3.6). It is stored as it was sent."""
    if value.__class__ is not str:
        raise expected("a string", value)
    padding = -len(value) % 4
    try:
        # Padding may be left out, but half of it is neither one form nor the other.
        if padding and value.endswith("="):
            raise ValueError(value)
        a2b_base64(value + "=" * padding, strict_mode=True)
    except ValueError:
        raise Mismatch("base64 is expected (RFC 4648 section 4)") from None
    return value


_CHECKS: Mapping[str, Check] = {
    "string": string,
    "boolean": boolean,
    "decimal": decimal,
    "integer": integer,
    "dateTime": date_time,
    "binary": binary,
    # RFC 7643 section 2.3.7: absolute or relative, so nearly every text is one; `Rules.formats` may ask for more.
    "reference": string,
}


def check_of(attribute: Attribute, path: str, rules: Rules) -> Check:
    """Return the check of one value of a simple attribute; `path` is its path in the schema."""
    check = _CHECKS[attribute.type]
    if check is string and attribute.uniqueness != "none":
        # userName and its like are compared as identifiers, so what nobody can see does not belong in them.
        check = name_like
    if rules.canonical_values == "enforce" and attribute.canonical_values:
        check = _both(check, _one_of(attribute.canonical_values))
    extra = format_of(path, attribute) if rules.formats == "enforce" else None
    return check if extra is None else _both(check, extra)


def is_blank(value: object) -> bool:
    """Return True if a required attribute would still be without a value: spaces alone are none."""
    return value is None or (value.__class__ is str and not value.strip())


def _both(first: Check, second: Check) -> Check:
    return lambda value: second(first(value))


def _one_of(values: Iterable[str]) -> Check:
    # Compared without case even if the attribute is case exact: the suggested values are words, and "Work" is "work".
    known = {fold(value) for value in values}
    text = "one of " + ", ".join(values) + " is expected"

    def check(value: Any) -> Any:
        # RFC 7643 section 8.7.2: canonicalValues are texts, so they say nothing about numbers and booleans.
        if value.__class__ is str and fold(value) not in known:
            raise Mismatch(text)
        return value

    return check


# Formats that go beyond an attribute's type. By default they are not policed: identity providers send what their
# administrators typed, and RFC 7643 section 4.1 says of most of them only that they SHOULD follow the format.

_URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-])+\Z")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
# With an underscore too: RFC 7643 section 4.1.1 allows it, since many systems store locales so.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*\Z")
_LANGUAGES = re.compile(r"(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*q=[01](?:\.\d{1,3})?)?\Z")
# Two letters, as in ISO 3166-1. The RFC's own examples had "USA" (errata 5990 and 5991).
_COUNTRY = re.compile(r"[A-Za-z]{2}\Z")
_TIMEZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){0,2}\Z")


def _matches(pattern: re.Pattern[str], text: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.match(value):
            raise Mismatch(text)
        return value

    return check


def _languages(value: str) -> str:
    """RFC 7231 section 5.3.5: languages with weights, separated by commas."""
    if not all(_LANGUAGES.match(part.strip()) for part in value.split(",")):
        raise Mismatch('languages as in Accept-Language are expected, as in "en-US,fr;q=0.8"')
    return value


def _uri(value: str) -> str:
    if not _URI.match(value):
        raise Mismatch("a URI is expected")
    return value


def _absolute(value: str) -> str:
    if not _ABSOLUTE.match(_uri(value)):
        raise Mismatch('an absolute URI is expected, as in "https://example.com/babs"')
    return value


def _certificate(value: str) -> str:
    """Exactly one DER certificate (RFC 7643 section 4.1.2): one SEQUENCE whose length is all there is."""
    octets = a2b_base64(value + "=" * (-len(value) % 4))
    if len(octets) < 2 or octets[0] != 0x30 or _der_length(octets) != len(octets):
        raise Mismatch("exactly one DER certificate is expected")
    return value


def _der_length(octets: bytes) -> int:
    """Return how long the first DER element says it is, its own header included."""
    first = octets[1]
    if first < 0x80:
        return 2 + first
    # X.690 section 8.1.3.5: the lower seven bits count the octets that the length takes.
    size = first & 0x7F
    return 2 + size + int.from_bytes(octets[2 : 2 + size], "big")


#: By canonical path of the RFC's own attributes.
FORMATS: Mapping[str, Callable[[str], str]] = {
    "preferredLanguage": _languages,
    "locale": _matches(_LANGUAGE_TAG, 'a language tag is expected, as in "en-US"'),
    "timezone": _matches(_TIMEZONE, 'a time zone name is expected, as in "Europe/Paris"'),
    "addresses.country": _matches(_COUNTRY, 'a two-letter country code is expected, as in "US"'),
    "x509Certificates.value": _certificate,
}


def format_of(path: str, attribute: Attribute) -> Callable[[str], str] | None:
    """Return the format that the attribute at that path of the core User has beyond its type, None if it has none."""
    if attribute.type == "reference":
        return _absolute if attribute.reference_types == ("external",) else _uri
    return FORMATS.get(path)
