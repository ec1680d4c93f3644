"""What each operation of the route table does: from the request to the service, and from its result to the answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from attrs import evolve

from scimcore.errors import Forbidden, NotImplementedHere
from scimcore.resources import location, projector, render, renderer
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType
from scimcore.service import Done, Listing, Resource, Search
from scimcore.web import query
from scimcore.web.bulk import bulk
from scimcore.web.exchange import Exchange, Served
from scimcore.web.headers import etag, unmodified
from scimcore.web.listing import list_body
from scimcore.web.messages import Response
from scimcore.web.references import located
from scimcore.web.routes import Endpoint, Match
from scimcore.web.sensitive import check_sensitive

Operation = Callable[[Exchange], Awaitable[Response]]

#: A resource may be kept by the client, and asked about again by its ETag; nothing else may be kept (HTTP-020).
_REVALIDATED: Final = "private, no-cache"
_NEVER_KEPT: Final = "no-store"


async def get(exchange: Exchange) -> Response:
    """RFC 7644 section 3.4.1. A filter in the query of a single resource is ignored (GET-005)."""
    endpoint, id = _resource(exchange)
    exchange.need(endpoint.read)
    projection = exchange.projection()
    found = await exchange.service.get(exchange.caller, endpoint.type, id, projection=projection)
    if "if-none-match" in exchange.headers and _same(exchange, found, projection):
        return Response(status=304, headers=_validators(exchange, found))
    return _shown(exchange, found, projection, 200, _REVALIDATED)


def _same(exchange: Exchange, found: Resource, projection: Projection) -> bool:
    """Whether the client's copy is still good. The version does not cover what is derived: a user's groups."""
    if not unmodified(exchange.headers, found.document.version):
        return False
    plan = projector(found.type).plan(projection)
    relations = ((a.name, a.relation) for a in found.type.attributes.values())
    return not any(relation is not None and relation.inverse and plan.wants(name) for name, relation in relations)


async def create(exchange: Exchange) -> Response:
    """RFC 7644 section 3.3."""
    if exchange.match.kind == "me":
        raise NotImplementedHere("Nothing can be created at /Me; use the endpoint of the resource type.")
    endpoint = exchange.endpoint
    exchange.need(endpoint.write)
    projection, body = exchange.projection(), exchange.body()
    done = await exchange.service.create(exchange.caller, endpoint.type, body, projection=projection)
    return _done(exchange, done, projection, 201)


async def replace(exchange: Exchange) -> Response:
    """RFC 7644 section 3.5.1."""
    endpoint, id = _resource(exchange)
    exchange.need(endpoint.write)
    projection, versions, body = exchange.projection(), exchange.if_match(), exchange.body()
    done = await exchange.service.replace(
        exchange.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _done(exchange, done, projection, 200)


async def patch(exchange: Exchange) -> Response:
    """RFC 7644 section 3.5.2."""
    endpoint, id = _resource(exchange)
    exchange.need(endpoint.write)
    projection, versions, body = exchange.projection(), exchange.if_match(), exchange.body()
    done = await exchange.service.patch(
        exchange.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _done(exchange, done, projection, 200)


async def delete(exchange: Exchange) -> Response:
    """RFC 7644 section 3.6."""
    endpoint, id = _resource(exchange)
    exchange.need(endpoint.write)
    await exchange.service.delete(exchange.caller, endpoint.type, id, if_match=exchange.if_match())
    return Response(status=204, headers={"Cache-Control": _NEVER_KEPT})


async def find(exchange: Exchange) -> Response:
    """RFC 7644 section 3.4.2, on a type's endpoint or on the root."""
    types = exchange.types()
    search = query.search(exchange.parameters)
    check_sensitive(search.filter, exchange.options.sensitive)
    return await _found(exchange, types, search)


async def search(exchange: Exchange) -> Response:
    """RFC 7644 section 3.4.3."""
    types = exchange.types()
    return await _found(exchange, types, query.search_request(exchange.body()))


async def discover(exchange: Exchange) -> Response:
    """RFC 7644 section 4: everything in the query is ignored, but a filter is refused."""
    await exchange.service.discover(exchange.caller)
    return discovered(exchange.served, exchange.match, exchange.parameters, exchange.media_type())


def discovered(served: Served, match: Match, parameters: Mapping[str, str], media_type: str) -> Response:
    """The answer of a discovery URL, with or without somebody who asked."""
    if "filter" in parameters:
        raise Forbidden("Discovery takes no filter; leave it out and everything is answered.", code="SC-1021")
    body = served.discovery.body(match.kind, match.id)
    return Response(status=200, headers={"Content-Type": media_type, "Cache-Control": _REVALIDATED}, body=body)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "get": get,
    "create": create,
    "replace": replace,
    "patch": patch,
    "delete": delete,
    "query": find,
    "search": search,
    "bulk": bulk,
    "discover": discover,
}


def _resource(exchange: Exchange) -> tuple[Endpoint, str]:
    """The endpoint and id that the URL means; /Me is another name of the subject's (RFC 7644 section 3.11)."""
    if exchange.match.kind != "me":
        return exchange.endpoint, exchange.match.id
    subject = exchange.caller.subject
    if subject is None:
        raise NotImplementedHere("/Me is not offered here: this credential speaks for no particular user.")
    return exchange.served.table.of(exchange.served.registry["User"]), subject


async def _found(exchange: Exchange, types: tuple[BoundType, ...], search: Search) -> Response:
    served = [endpoint.type for endpoint in exchange.served.table]
    filter = located(search.filter, types, served, exchange.base)
    if filter is not search.filter:
        search = evolve(search, filter=filter)
    listing: Listing = await exchange.service.search(exchange.caller, types, search)
    registry, base, projection = exchange.served.registry, exchange.base, search.projection
    render_as = {t.name: renderer(t, base=base, projection=projection, registry=registry) for t in types}
    texts = [render_as[found.document.type](found.document, found.links) for found in listing.resources]
    headers = {"Content-Type": exchange.media_type(), "Cache-Control": _NEVER_KEPT}
    return Response(status=200, headers=headers, body=list_body(listing, texts))


def _done(exchange: Exchange, done: Done, projection: Projection, status: int) -> Response:
    resource = done.resource
    if resource is None:
        # Nothing to show yet: the policy keeps it for an admin's approval.
        return Response(status=202, headers={"Cache-Control": _NEVER_KEPT})
    if not done.echo:
        return Response(status=204, headers={**_validators(exchange, resource), "Cache-Control": _NEVER_KEPT})
    return _shown(exchange, resource, projection, status, _NEVER_KEPT)


def _shown(exchange: Exchange, found: Resource, projection: Projection, status: int, kept: str) -> Response:
    base, document = exchange.base, found.document
    text = render(
        found.type,
        document,
        found.links,
        base=base,
        projection=projection,
        registry=exchange.served.registry,
        named=found.named,
    )
    headers = {
        "Content-Type": exchange.media_type(),
        "ETag": etag(document.version),
        "Location": location(found.type, document.id, base),
        "Cache-Control": kept,
        "Vary": "Accept",
    }
    return Response(status=status, headers=headers, body=text.encode())


def _validators(exchange: Exchange, found: Resource) -> dict[str, str]:
    """What an answer without a body says about the resource."""
    return {
        "ETag": etag(found.document.version),
        "Location": location(found.type, found.document.id, exchange.base),
        "Cache-Control": _REVALIDATED,
        "Vary": "Accept",
    }
