"""The `schemas` attribute: what a body may say in it, and what a resource's data says (RFC 7643 section 3)."""

from collections.abc import Mapping
from typing import Any, Final

from scimcore.resources._run import Run, shown
from scimcore.resources._values import kind
from scimcore.resources.rules import Rules
from scimcore.schema import BoundType, fold_name
from scimcore.schema.json import Json


class SchemaList:
    """Reads and computes the list for one resource type. The lists it hands out are shared: nobody may change them."""

    def __init__(self, type: BoundType, rules: Rules) -> None:
        self.base: Final[Json] = [type.urn]
        self._urn: Final = type.urn
        self._extensions: Final = tuple(schema.id for schema in type.extensions.values())
        self._known: Final = frozenset([fold_name(type.urn), *type.extensions])
        self._usual: Final = ([type.urn], [type.urn, *self._extensions])
        self._reject: Final = rules.unknown == "reject"
        self._infer: Final = rules.missing_schemas == "infer"

    def check(self, said: Any, run: Run) -> None:
        """Looks at what the client says; what is stored is computed anew from the data."""
        if said in self._usual:
            return
        if not said:
            if not self._infer:
                run.syntax.append(("schemas", f'it is missing; add "schemas": ["{self._urn}"]'))
            return
        if said.__class__ is not list or not all(urn.__class__ is str for urn in said):
            text = (
                f"an array of URIs is expected, not {kind(said)}" if said.__class__ is not list else "URIs are expected"
            )
            run.syntax.append(("schemas", text))
            return
        self._look(said, run)

    def _look(self, said: list[str], run: Run) -> None:
        """URIs in another case are understood; unknown ones are left out or refused, the base URI must be there."""
        folded = {fold_name(urn): urn for urn in said}
        for urn in [urn for key, urn in folded.items() if key not in self._known][:10]:
            if self._reject:
                run.syntax.append(("schemas", f"{shown(urn)} is no schema of this resource type"))
            else:
                run.note("RFC 7643 section 3", f"schemas: {shown(urn)} is no schema of this resource type; left out")
        if not self._infer and fold_name(self._urn) not in folded:
            # RFC 7643 section 3.3: the base schema MUST be among them.
            run.syntax.append(("schemas", f"{self._urn} must be among them"))

    def used(self, data: Mapping[str, object]) -> Json:
        """The base schema and the extensions that are really there, in the order of the resource type."""
        return [self._urn, *[urn for urn in self._extensions if urn in data]]
