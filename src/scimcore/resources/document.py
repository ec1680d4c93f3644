"""A stored resource: an immutable JSON object that knows its type, its version and its times."""

import json
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from scimcore.schema.json import JsonObject


@frozen(kw_only=True)
class Document:
    """One resource as the repository keeps it.

    `text` is canonical JSON that opens with `{"schemas":[…]`, without id, meta, relations (members, groups) and
    secrets, so that an answer is spliced around it and nothing is parsed. Times are microseconds since 1970, UTC.
    """

    type: str
    id: str
    version: int
    created: int
    modified: int
    text: str
    #: The connection that provisioned it.
    connection: str = ""

    @cached_property
    def data(self) -> "JsonObject":
        """`text`, parsed. Shared: build a new object to change anything."""
        parsed: JsonObject = json.loads(self.text)
        return parsed

    def known(self, data: "JsonObject") -> "Document":
        """The same, told what its text says, so that nobody has to parse what was just written."""
        object.__setattr__(self, "data", data)
        return self


#: One encoder for all: `json.dumps` makes a new one for every call that is not the default.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False)


def to_text(data: object) -> str:
    """The canonical text of a document's data, or of any JSON: no spaces, real Unicode, order as given."""
    return _ENCODER.encode(data)
