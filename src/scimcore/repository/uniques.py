"""Unique values for units that keep none besides the name: as marks, which the required part has."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final

from scimcore.repository.protocol import Clash
from scimcore.repository.records import Keys, Mark, UniqueKey
from scimcore.resources.document import Document

#: What is supplied together.
UNIQUES: Final = ("insert", "replace", "amend", "delete", "taken_by")


class MarkedUniques:
    """The writes of a unit, with `Keys.also_unique` kept as marks.

    There are two marks: one for each key, with the id of the resource that has it, and one for each resource, with its
    keys, so that they are found when it changes or goes. Both are under digests: a mark holds no personal value.
    """

    def __init__(self, unit: Any, delete: Callable[[str, str], bool]) -> None:
        self._unit = unit
        self._delete = delete

    def insert(self, document: Document, keys: Keys) -> None:
        """Store a new resource. Raises `Clash`."""
        self._unit.insert(document, keys)
        if keys.also_unique:
            self._keep(document, keys.also_unique)

    def replace(self, document: Document, keys: Keys, *, expect: int) -> None:
        """Store a new version of a resource. Raises `Stale`, `Gone` or `Clash`."""
        self._unit.replace(document, keys, expect=expect)
        if keys.also_unique or self._kept(document.type, document.id):
            self._keep(document, keys.also_unique)

    def amend(self, document: Document, keys: Keys, before: Keys, *, expect: int) -> None:
        """Do the same; without such keys, before and after, nothing is looked up."""
        if hasattr(self._unit, "amend"):
            self._unit.amend(document, keys, before, expect=expect)
        else:
            self._unit.replace(document, keys, expect=expect)
        if keys.also_unique != before.also_unique:
            self._keep(document, keys.also_unique)

    def delete(self, type: str, id: str) -> bool:
        """Remove the resource, and what it kept from others."""
        self._let_go(type, id, self._kept(type, id))
        return self._delete(type, id)

    def taken_by(self, type: str, key: UniqueKey) -> str | None:
        """Return the id of the resource that has this further unique key."""
        return self._ids([_digest(type, key)]).get(_digest(type, key))

    def _keep(self, document: Document, keys: Iterable[UniqueKey]) -> None:
        # Units that write a unique value wait here for each other: between looking and writing nobody else may take it,
        # and a mark has no index that would refuse a second owner.
        self._unit.guard("unique")
        type, id = document.type, document.id
        wanted = {_digest(type, key): key.path for key in keys}
        for digest, owner in self._ids(list(wanted)).items():
            if owner != id:
                raise Clash(f"{type} {id} has not {wanted[digest]} alone", path=wanted[digest])
        self._let_go(type, id, [digest for digest in self._kept(type, id) if digest not in wanted])
        for digest in wanted:
            self._unit.mark(Mark(kind="unique", name=digest, values=(id,)))
        if wanted:
            self._unit.mark(Mark(kind="unique", name=_of(type, id), values=tuple(wanted)))

    def _let_go(self, type: str, id: str, digests: Iterable[str]) -> None:
        found = list(digests)
        for digest in found:
            self._unit.unmark("unique", digest)
        if found:
            self._unit.unmark("unique", _of(type, id))

    def _kept(self, type: str, id: str) -> tuple[str, ...]:
        mark: Mark | None = self._unit.marks("unique", [_of(type, id)]).get(_of(type, id))
        return () if mark is None else mark.values

    def _ids(self, digests: list[str]) -> dict[str, str]:
        return {name: mark.values[0] for name, mark in self._unit.marks("unique", digests).items()}


def _of(type: str, id: str) -> str:
    return f"of\n{type}\n{id}"


def _digest(type: str, key: UniqueKey) -> str:
    return f"key\n{sha256(chr(10).join((type, *key)).encode()).hexdigest()}"
