"""The headers of a request: content types (RFC 9110 section 8.3), and entity tags with their conditions (13.1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from scimcore.errors import PreconditionRequired, UnsupportedMediaType

SCIM_JSON: Final = "application/scim+json"
JSON: Final = "application/json"

#: RFC 9110 section 8.8.3: the characters that an entity tag may hold.
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
#: Versions are small numbers. int() of what a client makes up could take long.
_VERSION = re.compile(r"(0|[1-9][0-9]{0,17})\Z")


def check_content_type(headers: Mapping[str, str]) -> None:
    """Raise `UnsupportedMediaType` unless the body is declared as JSON in UTF-8, or not declared (HTTP-005)."""
    declared = headers.get("content-type", "")
    # The common spellings first. RFC 7644 section 3.8: application/scim+json MUST, application/json SHOULD be
    # accepted. Google and old clients send no Content-Type at all, and mean JSON (HTTP-005).
    if declared in ("", SCIM_JSON, JSON):
        encoded = headers.get("content-encoding", "")
    else:
        kind, _, rest = declared.partition(";")
        parameters = rest.lower().replace(" ", "").replace('"', "").split(";")
        charset = next((p[8:] for p in parameters if p.startswith("charset=")), "utf-8")
        if kind.strip().lower() not in ("", SCIM_JSON, JSON) or charset not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType(f"Send the body as {SCIM_JSON}, in UTF-8.")
        encoded = headers.get("content-encoding", "")
    if encoded.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("No Content-Encoding is supported. Send the body as it is.", code="SC-1008")


def answer_type(headers: Mapping[str, str]) -> str:
    """Return application/json if the client prefers it, else application/scim+json (HTTP-004)."""
    qualities = {JSON: -1.0, SCIM_JSON: -1.0}
    for item in headers.get("accept", "").lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        if kind in qualities:
            qualities[kind] = max(qualities[kind], _quality(parameters))
    # A tie goes to SCIM's own type: OneLogin sends both, and `*/*` names neither.
    return JSON if qualities[JSON] > max(0.0, qualities[SCIM_JSON]) else SCIM_JSON


def _quality(parameters: Sequence[str]) -> float:
    said = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    return float(said) if re.fullmatch(r"[01](\.[0-9]{0,3})?", said) else 1.0


def versions(tags: str) -> frozenset[int]:
    """Return the versions that a list of entity tags names. A tag that is not ours matches nothing."""
    # RFC 9110 section 13.1.1 compares If-Match strongly. SCIM's tags are weak and would never match (ETAG-004).
    found = (match[1] for match in _TAG.finditer(tags))
    return frozenset(int(tag) for tag in found if _VERSION.match(tag))


def if_match(headers: Mapping[str, str], *, required: bool = False) -> frozenset[int] | None:
    """Return the versions that the client allows itself to overwrite; None: any (no header, or "*")."""
    said = headers.get("if-match")
    if said is None:
        if required:
            raise PreconditionRequired("Send If-Match with the ETag of the resource as you last read it.")
        return None
    return None if said.strip() == "*" else versions(said)


def unmodified(headers: Mapping[str, str], version: int) -> bool:
    """True if If-None-Match says that the client has this version already."""
    said = headers.get("if-none-match")
    return said is not None and (said.strip() == "*" or version in versions(said))
