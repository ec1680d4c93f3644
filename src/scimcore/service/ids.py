"""Ids of resources, as the host makes them."""

from collections.abc import Callable

from scimcore._arguments import shown


def checked(new_id: Callable[[], str]) -> Callable[[], str]:
    """The same ids; raises ValueError for one that no resource may have.

    RFC 7643 section 3.1: an id is not empty, and "bulkId" is reserved: "bulkId:x" would be a reference.
    """

    def make() -> str:
        id: object = new_id()
        if not isinstance(id, str):
            raise TypeError(f"new_id() must return a text, not {shown(id)}. For a UUID: lambda: str(uuid.uuid4()).")
        if not id or "bulkid" in id.lower():
            raise ValueError(f'new_id() gave {id!r}; an id is never empty, and "bulkId" is no part of one')
        return id

    return make
