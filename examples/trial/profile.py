"""What an account takes over from a SCIM User: its name and its address."""

from typing import Final

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
    """The userName when it is an address, else the primary or the work e-mail, else any."""
    user_name = _text(user.get("userName"))
    return user_name if user_name and _is_address(user_name) else _best_email(user.get("emails"))


def touches(paths: tuple[str, ...], attributes: frozenset[str]) -> bool:
    """Whether one of these canonical paths lies in one of the attributes."""
    return any(path.partition(".")[0].partition("[")[0] in attributes for path in paths)


def _best_email(emails: Json) -> str | None:
    listed = [e for e in emails if isinstance(e, dict) and _text(e.get("value"))] if isinstance(emails, list) else []
    ranked = sorted(listed, key=lambda e: (e.get("primary") is not True, e.get("type") != "work"))
    return _text(ranked[0].get("value")) if ranked else None


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
