"""What an account takes over from a SCIM User: its name and its address."""

from typing import Final

from scimcore.policy.values import email
from scimcore.schema.json import Json, JsonObject

#: The top-level attributes that each of the two is made of.
NAME_FROM: Final = frozenset({"displayName", "name"})
EMAIL_FROM: Final = frozenset({"userName", "emails"})


def name_of(user: JsonObject) -> str | None:
    """displayName, else the formatted name, else given and family name; the userName until one of them is sent."""
    name = user.get("name")
    parts = name if isinstance(name, dict) else {}
    whole = _text(user.get("displayName")) or _text(parts.get("formatted"))
    both = " ".join(filter(None, (_text(parts.get("givenName")), _text(parts.get("familyName")))))
    return whole or both or _text(user.get("userName"))


def email_of(user: JsonObject) -> str | None:
    """The account's address, as scimcore understands it: its rules about domains are then about this address."""
    return email(user)


def touches(paths: tuple[str, ...], attributes: frozenset[str]) -> bool:
    """Whether one of these canonical paths lies in one of the attributes."""
    return any(path.partition(".")[0].partition("[")[0] in attributes for path in paths)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
