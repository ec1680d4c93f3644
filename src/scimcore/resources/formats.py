"""Formats that go beyond an attribute's type, looked at only where `Rules.formats` enforces them.

By default they are not policed: identity providers send what their administrators typed (RFC 7643 section 4.1).
"""

import re
from binascii import a2b_base64
from collections.abc import Callable

from scimcore.resources._values import Bad
from scimcore.schema import Attribute

_URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-])+\Z")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*\Z")
_LANGUAGES = re.compile(r"(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*q=[01](?:\.\d{1,3})?)?\Z")
_COUNTRY = re.compile(r"[A-Za-z]{2}\Z")
_TIMEZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){0,2}\Z")


def _matches(pattern: re.Pattern[str], text: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.match(value):
            raise Bad(text)
        return value

    return check


def _languages(value: str) -> str:
    """RFC 7231 section 5.3.5: languages with weights, separated by commas."""
    if not all(_LANGUAGES.match(part.strip()) for part in value.split(",")):
        raise Bad('languages as in Accept-Language are expected, as in "en-US,fr;q=0.8"')
    return value


def _uri(value: str) -> str:
    if not _URI.match(value):
        raise Bad("a URI is expected")
    return value


def _absolute(value: str) -> str:
    if not _ABSOLUTE.match(_uri(value)):
        raise Bad('an absolute URI is expected, as in "https://example.com/babs"')
    return value


def _certificate(value: str) -> str:
    """Exactly one DER certificate (RFC 7643 section 4.1.2): one SEQUENCE whose length is all there is."""
    octets = a2b_base64(value + "=" * (-len(value) % 4))
    if len(octets) < 2 or octets[0] != 0x30 or _der_length(octets) != len(octets):
        raise Bad("exactly one DER certificate is expected")
    return value


def _der_length(octets: bytes) -> int:
    """How long the first DER element says it is, its own header included."""
    first = octets[1]
    if first < 0x80:
        return 2 + first
    size = first & 0x7F
    return 2 + size + int.from_bytes(octets[2 : 2 + size], "big")


#: By canonical path of the RFC's own attributes.
FORMATS: dict[str, Callable[[str], str]] = {
    "preferredLanguage": _languages,
    "locale": _matches(_LANGUAGE_TAG, 'a language tag is expected, as in "en-US"'),
    "timezone": _matches(_TIMEZONE, 'a time zone name is expected, as in "Europe/Paris"'),
    "addresses.country": _matches(_COUNTRY, 'a two-letter country code is expected, as in "US"'),
    "x509Certificates.value": _certificate,
}


def format_of(path: str, attribute: Attribute) -> Callable[[str], str] | None:
    """The format that the attribute at that path of the core User has beyond its type, None if it has none."""
    if attribute.type == "reference":
        return _absolute if attribute.reference_types == ("external",) else _uri
    return FORMATS.get(path)
