"""What an audit record keeps of a request: codes, attributes and digests, never a client's own words.

A client's words may name a person: an e-mail as an id in the URL, another user's userName in a 409, a filter in a path,
an attribute that is called like somebody. The answer may repeat them. A record may not, because it stays when the
person has to be forgotten, and nothing in it would tell whom the words are about.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from scimcore._cache import Bounded
from scimcore._codes import MEANINGS
from scimcore.errors import AnswerText, ScimError
from scimcore.policy.plans import Note
from scimcore.policy.refusals import CODES
from scimcore.repository import AsyncUnit
from scimcore.repository.keys import unique
from scimcore.schema import BoundType
from scimcore.schema.json import JsonObject

#: What may be an attribute in a sentence: with a colon or a dot, or with a capital inside. A plain word ("name") is
#: one only before a colon, where our sentences put the attribute that they are about.
_MENTION: Final = re.compile(r"[A-Za-z][\w$.:-]*")
_INDEX: Final = re.compile(r"\[[^\]]*\]")
#: More are of no use to anybody, and one request may be wrong in a thousand places.
_MOST: Final = 10


def detail_of(error: ScimError, type: BoundType | None) -> str:
    """Return what a record says of an error: the meaning of its code, and the attributes that it is about."""
    meaning = CODES.get(error.code) or MEANINGS.get(error.code) or "the request was refused"
    sentence = f"{meaning[0].upper()}{meaning[1:]}."
    names = list(dict.fromkeys(_attributes(error, _NAMES[type])))[:_MOST] if type else []
    return f"{sentence} Attributes: {', '.join(names)}." if names else sentence


def recorded(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Return the notes as they are stored: without a client's words, and each once.

    What each is about stands in the record's changes and effects already.
    """
    found = (Note(note.rule, note.text.recorded if isinstance(note.text, AnswerText) else note.text) for note in notes)
    return tuple(dict.fromkeys(found))


def name_digest(type: BoundType, data: JsonObject) -> str:
    """Return what a refusal to create is recorded under: a digest of the unique name, so that it can be looked up."""
    return f"name:{sha256(unique(type, data, '').encode()).hexdigest()}"


async def target_of(unit: AsyncUnit[Any], type: str, id: str) -> str:
    """Return the id under which a refusal is recorded: a digest for one that no resource has.

    In the URL a client may write anything, so an unknown id may be a name.
    """
    if not id or await unit.types_of((type,), (id,)) or await unit.binding(id) is not None:
        return id
    return f"id:{sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _attributes(error: ScimError, names: frozenset[str]) -> Iterator[str]:
    # Only names of the schema itself: what a client calls an attribute is the client's own word.
    for fault in error.faults:
        path = _INDEX.sub("", fault.path)
        if path in names:
            yield path
    for found in _MENTION.finditer(_INDEX.sub("", error.text)):
        word = found.group().rstrip(".")
        plain = word.rstrip(":").islower() and "." not in word and not word.endswith(":")
        if not plain and word.rstrip(":") in names:
            yield word.rstrip(":")


def _names(type: BoundType) -> frozenset[str]:
    """All names of the type as a path spells them."""
    found = {a.name: a for a in type.attributes.values()}
    for urn, attributes in type.extension_attributes.items():
        found |= {f"{type.extensions[urn].id}:{a.name}": a for a in attributes.values()}
    subs = {f"{name}.{sub.name}" for name, attribute in found.items() for sub in attribute.sub_attributes}
    return frozenset({*found, *subs})


_NAMES: Final = Bounded(_names, size=200)
