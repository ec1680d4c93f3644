"""Attribute names in bodies: any case is understood, two spellings of one name are refused (RFC 7643 section 2.1)."""

from collections.abc import Mapping
from typing import Any

from scimcore.resources._run import Run, shown
from scimcore.schema import fold_name


def canonical(
    value: Mapping[str, Any], folded: Mapping[str, str], run: Run, *, reject: bool, where: str, note: bool = True
) -> dict[str, Any]:
    """The object under canonical names; `folded` maps folded names to them. What is unknown is left out, and said.

    Only called for an object that has other keys than canonical ones. `where` is the path of the object.
    """
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = folded.get(fold_name(key)) if key.__class__ is str else None
        if name is None:
            if note:
                _unknown(f"{where}{shown(str(key))}", run, reject=reject)
        elif name in found:
            run.syntax.append((f"{where}{name}", "the name is there twice, in different case"))
        else:
            found[name] = item
    return found


def _unknown(path: str, run: Run, *, reject: bool) -> None:
    if reject:
        run.syntax.append((path, "there is no such attribute here; remove it from the attribute mappings"))
    else:
        run.note("RFC 7643 section 3.3", f"{path}: there is no such attribute here; left out")
