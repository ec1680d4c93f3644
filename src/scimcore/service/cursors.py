"""Stateless, signed cursors (RFC 9865): a place in an order, bound to the tenant, the connection and the query.

A cursor grants nothing: whoever holds one still needs a credential of the very connection, and sees what the query
would show anyway. What it holds (a sort key, an id, a total) its holder has just been answered.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import Final

from attrs import field, frozen

from scimcore.errors import ExpiredCursor, InvalidCount, InvalidCursor

Place = tuple[str | int | float | bool | None, ...]
_MAC: Final = 16
#: Longer than any that is issued: a key of 200 characters, each six bytes when escaped, and the rest.
_LONGEST: Final = 4096


@frozen(kw_only=True)
class Cursor:
    """The content of a cursor."""

    #: The sort key and the id of the resource that the page begins after.
    place: Place
    #: Resources on a page: every page of one search has the same size.
    count: int
    #: Seconds since 1970.
    issued: int
    #: How many matches the first page counted. Carried along, because counting again costs more than a page.
    total: int | None = None
    #: The page before, and not the one after.
    backwards: bool = False


@frozen
class CursorKeys:
    """Seals and opens cursors. Several secrets let one be replaced: the first seals, all open."""

    secrets: tuple[bytes, ...] = field(repr=False)
    #: After so long a cursor has expired.
    seconds: int = 3600

    def __attrs_post_init__(self) -> None:
        secrets: tuple[object, ...] = self.secrets
        for secret in secrets:
            # tuple("...") is a tuple of letters: a text in the place of the secrets would fail at the first cursor.
            if not isinstance(secret, bytes):
                kind = type(secret).__name__
                raise TypeError(f"CursorKeys(secrets=...) takes a tuple of bytes, not one of type {kind}.")
        if not self.secrets or any(len(secret) < 16 for secret in self.secrets):
            raise ValueError("a cursor secret has at least 16 bytes; make one with secrets.token_bytes(32)")

    def seal(self, cursor: Cursor, bound_to: Sequence[object]) -> str:
        """Return the cursor as text of unreserved characters (RFC 9865 section 2)."""
        body = json.dumps(
            [list(cursor.place), cursor.count, cursor.issued, cursor.total, cursor.backwards],
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        return urlsafe_b64encode(self._mac(self.secrets[0], body, bound_to) + body).decode().rstrip("=")

    def open(self, text: str, bound_to: Sequence[object], *, count: int | None, now: int) -> Cursor:
        """Return what the cursor says. `now` is in seconds. Raises InvalidCursor, ExpiredCursor or InvalidCount."""
        body = self._verified(text, bound_to)
        place, size, issued, total, backwards = json.loads(body)
        if now - issued > self.seconds:
            raise ExpiredCursor("This cursor is too old. Start again with an empty cursor.")
        if count is not None and count != size:
            raise InvalidCount(f"This cursor was issued for count={size}. Send the same count with every page.")
        return Cursor(place=tuple(place), count=size, issued=issued, total=total, backwards=backwards)

    def _verified(self, text: str, bound_to: Sequence[object]) -> bytes:
        # The length first: nobody makes this process decode and hash a megabyte.
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)) if len(text) <= _LONGEST else b""
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC], raw[_MAC:]
        # In constant time, or the time of the answer would tell how many bytes of a forged MAC are right.
        if not any(compare_digest(mac, self._mac(secret, body, bound_to)) for secret in self.secrets):
            raise InvalidCursor("This cursor was not issued for this query. Start again with an empty cursor.")
        return body

    @staticmethod
    def _mac(secret: bytes, body: bytes, bound_to: Sequence[object]) -> bytes:
        # The scope is part of what is signed and not of the text: the client sends the query with every page anyway.
        scope = json.dumps(list(bound_to), default=list, ensure_ascii=False, separators=(",", ":")).encode()
        return hmac(secret, sha256(scope).digest() + body, sha256).digest()[:_MAC]
