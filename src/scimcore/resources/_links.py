"""Values of a relation attribute in a request, as links: which resources are meant (RFC 7643 section 4.2)."""

from collections.abc import Mapping
from typing import Any, Final

from scimcore.errors import quoted
from scimcore.resources.changes import Link
from scimcore.resources.values import REQUIRED, Mismatch, is_blank, kind, name_like, string
from scimcore.schema import Attribute, BoundType, Registry, fold, fold_name

#: Links are rows of their own, and large customers have groups of this size.
MOST_LINKS: Final = 100_000


class LinkCheck:
    """The check of one element of a relation attribute.

    A link is said by `value`, the id. `type` or the endpoint in `$ref` say of which type the resource is, if they are
    there. `display` is derived from the other resource, so what a client sends of it is not looked at (erratum 6011).
    """

    def __init__(self, attribute: Attribute, type: BoundType, registry: Registry | None) -> None:
        reference = attribute.sub("$ref")
        names = reference.reference_types if reference is not None else ()
        #: The resource types that may be linked, by folded name; empty: any.
        self._types: Final[Mapping[str, str]] = {} if "uri" in names else {fold(name): name for name in names}
        #: The resource types by the folded endpoint that a URI has.
        self._endpoints: Final = _endpoints(type, names, registry)

    def link(self, id: Any, type: Any, reference: Any) -> Link:
        """Return the link that these three say. Raises Mismatch."""
        if is_blank(id):
            raise Mismatch(REQUIRED, "value")
        if id.__class__ is not str:
            raise Mismatch("the id of a resource is expected, a string", "value")
        # The id becomes a part of a URI and of log lines.
        if not id.isprintable():
            name_like(id)
        if type is not None:
            type = self._named(type)
        if reference is not None:
            type = self._referred(reference, type)
        return Link(type or "", id)

    def _named(self, type: Any) -> str:
        if type.__class__ is not str:
            raise Mismatch(f"a string is expected, not {kind(type)}", "type")
        # RFC 7643 section 2.3.7: the types are names of resource types, which clients write in any case.
        name = string(type)
        if not name or not self._types:
            return name
        if fold(name) not in self._types:
            raise Mismatch(f"{' or '.join(self._types.values())} is expected, not {quoted(name)!r}", "type")
        return self._types[fold(name)]

    def _referred(self, reference: Any, type: str | None) -> str | None:
        """The type that the URI's endpoint names (RFC 7643 section 2.3.7); it must be one that may be linked."""
        if reference.__class__ is not str:
            raise Mismatch(f"a string is expected, not {kind(reference)}", "$ref")
        segments = reference.partition("?")[0].rstrip("/").rsplit("/", 2)
        if len(segments) < 2:
            # A bare id: the URI says nothing that `value` does not say.
            return type
        meant = self._endpoints.get(fold_name(segments[-2]))
        if self._types and meant not in self._types.values():
            raise Mismatch(f"the URI of a {' or '.join(self._types.values())} is expected", "$ref")
        if type and meant and type != meant:
            raise Mismatch(f"it names a {meant}, type says {type}", "$ref")
        return meant or type


def _endpoints(type: BoundType, names: tuple[str, ...], registry: Registry | None) -> Mapping[str, str]:
    if registry is not None:
        return {fold_name(other.resource_type.endpoint[1:]): other.name for other in registry}
    # Without a registry: the plural of each type's name, which is what nearly every service uses.
    return {fold_name(f"{name}s"): name for name in names} | {fold_name(type.resource_type.endpoint[1:]): type.name}


def add_link(found: dict[str, Link], link: Link) -> None:
    """Add a link to those found. Of two links to one resource that one stays that says of which type it is."""
    if link.id not in found or not found[link.id].type:
        found[link.id] = link
