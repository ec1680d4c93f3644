"""What each operation of the route table does: from the request to the service, and from its result to the answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from attrs import evolve

from scimcore.errors import Forbidden, NotImplementedHere
from scimcore.resources import etag, location, projector, render, renderer
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType
from scimcore.service import Done, Listing, Resource, Search
from scimcore.web import query
from scimcore.web.answers import list_body
from scimcore.web.bulk_endpoint import bulk
from scimcore.web.context import RequestContext, Served
from scimcore.web.headers import unmodified
from scimcore.web.messages import Response
from scimcore.web.routes import Endpoint, RouteMatch
from scimcore.web.uri_filters import located

Handler = Callable[[RequestContext], Awaitable[Response]]

#: A resource may be kept by the client, and asked about again by its ETag; nothing else may be kept (HTTP-020).
_REVALIDATED: Final = "private, no-cache"
_NEVER_KEPT: Final = "no-store"


async def get(context: RequestContext) -> Response:
    """RFC 7644 section 3.4.1. A filter in the query of a single resource is ignored (GET-005)."""
    endpoint, id = _resource(context)
    context.need(endpoint.read)
    projection = context.projection()
    found = await context.service.get(context.caller, endpoint.type, id, projection=projection)
    if "if-none-match" in context.headers and _same(context, found, projection):
        return Response(status=304, headers=_validators(context, found))
    return _shown(context, found, projection, 200, _REVALIDATED)


def _same(context: RequestContext, found: Resource, projection: Projection) -> bool:
    """Whether the client's copy is still good. The version does not cover what is derived: a user's groups."""
    if not unmodified(context.headers, found.document.version):
        return False
    plan = projector(found.type).plan(projection)
    return not any(a.relation is not None and a.relation.inverse and plan.wants(a.name) for a in found.type.relations)


async def create(context: RequestContext) -> Response:
    """RFC 7644 section 3.3."""
    if context.match.kind == "me":
        raise NotImplementedHere("Nothing can be created at /Me; use the endpoint of the resource type.")
    endpoint = context.endpoint
    context.need(endpoint.write)
    projection, body = context.projection(), context.body()
    done = await context.service.create(context.caller, endpoint.type, body, projection=projection)
    return _done(context, done, projection, 201)


async def replace(context: RequestContext) -> Response:
    """RFC 7644 section 3.5.1."""
    endpoint, id = _resource(context)
    context.need(endpoint.write)
    projection, versions, body = context.projection(), context.if_match(), context.body()
    done = await context.service.replace(
        context.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _done(context, done, projection, 200)


async def patch(context: RequestContext) -> Response:
    """RFC 7644 section 3.5.2."""
    endpoint, id = _resource(context)
    context.need(endpoint.write)
    projection, versions, body = context.projection(), context.if_match(), context.body()
    done = await context.service.patch(
        context.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _done(context, done, projection, 200)


async def delete(context: RequestContext) -> Response:
    """RFC 7644 section 3.6."""
    endpoint, id = _resource(context)
    context.need(endpoint.write)
    await context.service.delete(context.caller, endpoint.type, id, if_match=context.if_match())
    return Response(status=204, headers={"Cache-Control": _NEVER_KEPT})


async def find(context: RequestContext) -> Response:
    """RFC 7644 section 3.4.2, on a type's endpoint or on the root."""
    types = context.types()
    search = query.search(context.parameters)
    query.check_sensitive(search.filter, context.options.sensitive)
    return await _found(context, types, search)


async def search(context: RequestContext) -> Response:
    """RFC 7644 section 3.4.3."""
    types = context.types()
    return await _found(context, types, query.search_request(context.body()))


async def discover(context: RequestContext) -> Response:
    """RFC 7644 section 4: everything in the query is ignored, but a filter is refused."""
    await context.service.discover(context.caller)
    return discovered(context.served, context.match, context.parameters, context.media_type())


def discovered(served: Served, match: RouteMatch, parameters: Mapping[str, str], media_type: str) -> Response:
    """The answer of a discovery URL, with or without somebody who asked."""
    if "filter" in parameters:
        raise Forbidden("Discovery takes no filter; leave it out and everything is answered.", code="SC-1021")
    body = served.discovery.body(match.kind, match.id)
    return Response(status=200, headers={"Content-Type": media_type, "Cache-Control": _REVALIDATED}, body=body)


HANDLERS: Final[Mapping[str, Handler]] = {
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


def _resource(context: RequestContext) -> tuple[Endpoint, str]:
    """The endpoint and id that the URL means; /Me is another name of the subject's (RFC 7644 section 3.11)."""
    if context.match.kind != "me":
        return context.endpoint, context.match.id
    subject = context.caller.subject
    if subject is None:
        raise NotImplementedHere("/Me is not offered here: this credential speaks for no particular user.")
    return context.served.table.of(context.served.registry["User"]), subject


async def _found(context: RequestContext, types: tuple[BoundType, ...], search: Search) -> Response:
    served = [endpoint.type for endpoint in context.served.table]
    filter = located(search.filter, types, served, context.base)
    if filter is not search.filter:
        search = evolve(search, filter=filter)
    listing: Listing = await context.service.search(context.caller, types, search)
    registry, base, projection = context.served.registry, context.base, search.projection
    render_as = {t.name: renderer(t, base=base, projection=projection, registry=registry) for t in types}
    texts = [render_as[found.document.type](found.document, found.links) for found in listing.resources]
    headers = {"Content-Type": context.media_type(), "Cache-Control": _NEVER_KEPT}
    return Response(status=200, headers=headers, body=list_body(listing, texts))


def _done(context: RequestContext, done: Done, projection: Projection, status: int) -> Response:
    resource = done.resource
    if resource is None:
        # Nothing to show yet: the policy keeps it for an admin's approval.
        return Response(status=202, headers={"Cache-Control": _NEVER_KEPT})
    if not done.echo:
        return Response(status=204, headers={**_validators(context, resource), "Cache-Control": _NEVER_KEPT})
    return _shown(context, resource, projection, status, _NEVER_KEPT)


def _shown(context: RequestContext, found: Resource, projection: Projection, status: int, kept: str) -> Response:
    base, document = context.base, found.document
    text = render(
        found.type,
        document,
        found.links,
        base=base,
        projection=projection,
        registry=context.served.registry,
        named=found.named,
    )
    headers = {
        "Content-Type": context.media_type(),
        "ETag": etag(document.version),
        "Location": location(found.type, document.id, base),
        "Cache-Control": kept,
        "Vary": "Accept",
    }
    return Response(status=status, headers=headers, body=text.encode())


def _validators(context: RequestContext, found: Resource) -> dict[str, str]:
    """What an answer without a body says about the resource."""
    return {
        "ETag": etag(found.document.version),
        "Location": location(found.type, found.document.id, context.base),
        "Cache-Control": _REVALIDATED,
        "Vary": "Accept",
    }
