"""Rewrites of keys: paths that stand where only the names of attributes belong."""

from attrs import evolve

from scimcore.dialects._paths import find, locate
from scimcore.dialects.rewrite import Rewrite
from scimcore.patch.readings import Readings
from scimcore.schema import BoundType


def _dotted(type: BoundType, urn: str | None, key: str) -> str | None:
    if "." not in key or ":" in key or "[" in key:
        return None
    return _known(type, _qualified(urn, key))


def _qualified_name(type: BoundType, urn: str | None, key: str) -> str | None:
    if ":" not in key or "[" in key or urn is not None:
        return None
    return _known(type, key)


def _filtered(type: BoundType, urn: str | None, key: str) -> str | None:
    path = _qualified(urn, key)
    return path if "[" in key and locate(type, path) is not None else None


def _short(type: BoundType, urn: str | None, key: str) -> str | None:
    if urn is not None or "." in key or ":" in key:
        return None
    target = find(type, key)
    return None if target is None or target.attribute is None else str(target)


def _qualified(urn: str | None, key: str) -> str:
    return key if urn is None else f"{urn}:{key}"


def _known(type: BoundType, path: str) -> str | None:
    """The path if it leads to an attribute, with its URN if it needs one."""
    target = find(type, path)
    return None if target is None or target.attribute is None else str(target)


DOTTED_KEYS = Rewrite(
    name="dotted-keys",
    note='a key such as "name.givenName" is taken as that path',
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_dotted,
)
URN_KEYS = Rewrite(
    name="urn-keys",
    note="a key that is a URN and an attribute is taken as that path",
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_qualified_name,
)
FILTERED_KEYS = Rewrite(
    name="filtered-keys",
    note='a key such as "emails[type eq "work"].value" is taken as that path',
    source="Entra ID: scim-compatibility, flag aadOptscim062020",
    observed="2026-09",
    key=_filtered,
)


def _short_names(readings: Readings) -> Readings:
    return evolve(readings, short_names=True)


SHORT_NAMES = Rewrite(
    name="short-names",
    note="an attribute that only one extension has may stand without its URN",
    source="Entra ID: use-scim, example 5 (path manager) and reference checks (manager eq)",
    observed="2026-09",
    key=_short,
    readings=_short_names,
    short_names=True,
)
