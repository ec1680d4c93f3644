"""ListResponse messages, put together as text from resources that are text already."""

import json
from collections.abc import Sequence

from scimcore.service.results import Listing

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def list_body(listing: Listing, resources: Sequence[str]) -> bytes:
    """The message (RFC 7644 section 3.4.2): always with its counts and Resources, as numbers and a list (QRY-001).

    In cursor mode (RFC 9865) startIndex makes no sense and is absent, and so is a total that nobody knows.
    """
    members = [f'"schemas":["{LIST_RESPONSE}"]']
    if listing.total is not None:
        members.append(f'"totalResults":{listing.total}')
    if listing.start_index is not None:
        members.append(f'"startIndex":{listing.start_index}')
    members.append(f'"itemsPerPage":{len(resources)}')
    if listing.previous is not None:
        members.append(f'"previousCursor":{json.dumps(listing.previous)}')
    if listing.next is not None:
        members.append(f'"nextCursor":{json.dumps(listing.next)}')
    opening = f'{{{",".join(members)},"Resources":['
    if not resources:
        return f"{opening}]}}".encode()
    # One large piece of memory, not several: getting one costs more than filling it.
    parts = [text.encode() for text in resources]
    parts[0] = opening.encode() + parts[0]
    parts[-1] += b"]}"
    return b",".join(parts)
