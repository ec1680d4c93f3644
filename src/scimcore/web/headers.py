"""What the headers of a request say, and the few that answers share."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from scimcore.errors import PreconditionRequired, UnsupportedMediaType

SCIM_JSON: Final = "application/scim+json"
JSON: Final = "application/json"

#: An entity tag as RFC 9110 section 8.8.3 writes it.
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"(0|[1-9][0-9]{0,17})\Z")


def folded(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The headers by lower-case name. What comes twice is joined as RFC 9110 section 5.3 says.

    Two Authorization headers thus become one that fits nobody, instead of one of them winning.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def check_content_type(headers: Mapping[str, str]) -> None:
    """Raises `UnsupportedMediaType` unless the body is declared as JSON in UTF-8, or not declared (HTTP-005)."""
    declared = headers.get("content-type", "")
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
        raise UnsupportedMediaType("Send the body as it is: no Content-Encoding is supported.", code="SC-1008")


def answer_type(headers: Mapping[str, str]) -> str:
    """application/json where the client prefers that, else application/scim+json (HTTP-004, OneLogin)."""
    qualities = {JSON: -1.0, SCIM_JSON: -1.0}
    for item in headers.get("accept", "").lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        if kind in qualities:
            qualities[kind] = max(qualities[kind], _quality(parameters))
    return JSON if qualities[JSON] > max(0.0, qualities[SCIM_JSON]) else SCIM_JSON


def _quality(parameters: Sequence[str]) -> float:
    said = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    return float(said) if re.fullmatch(r"[01](\.[0-9]{0,3})?", said) else 1.0


def versions(tags: str) -> frozenset[int]:
    """The versions that a list of entity tags names. What is none of ours names nothing, and so matches nothing.

    Compared weakly although If-Match asks for strong tags: SCIM's are weak, and would never match (ETAG-004).
    """
    found = (match[1] for match in _TAG.finditer(tags))
    return frozenset(int(tag) for tag in found if _VERSION.match(tag))


def if_match(headers: Mapping[str, str], *, required: bool = False) -> frozenset[int] | None:
    """The versions that the client lets itself overwrite; None: whichever is there (no header, or "*")."""
    said = headers.get("if-match")
    if said is None:
        if required:
            raise PreconditionRequired("Send If-Match with the ETag of the resource as you last read it.")
        return None
    return None if said.strip() == "*" else versions(said)


def unmodified(headers: Mapping[str, str], version: int) -> bool:
    """Whether If-None-Match says that the client has this version already."""
    said = headers.get("if-none-match")
    return said is not None and (said.strip() == "*" or version in versions(said))
