"""What a PATCH or PUT asks of a relation, in order, before anybody has looked at the links that are there.

Operations that name ids cost what they name; `Clear` and `DropWhere` need the links streamed.
"""

from attrs import frozen

from scimcore.filters.condition import Condition
from scimcore.resources.changes import Link


@frozen
class AddLinks:
    """These are linked afterwards. A link's type may be "" when the request did not say."""

    links: tuple[Link, ...]


@frozen
class DropLinks:
    """These ids are not linked afterwards."""

    ids: tuple[str, ...]


@frozen
class ClearLinks:
    """None of the links from before stays."""


@frozen
class DropWhere:
    """Of the links at that point, those go whose element (value, type, $ref, display) meets the condition."""

    condition: Condition


LinkStep = AddLinks | DropLinks | ClearLinks | DropWhere


@frozen
class LinkRequest:
    """The steps asked of one relation."""

    relation: str
    steps: tuple[LinkStep, ...]
