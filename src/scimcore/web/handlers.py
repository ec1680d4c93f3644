"""One function for each operation of the route table: it calls the service and makes an answer of the result."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from attrs import evolve

from scimcore.errors import Forbidden, InvalidFilter, NotImplementedHere
from scimcore.resources import etag, location, projector, render, renderer
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType
from scimcore.service import Done, Listing, Resource, Search
from scimcore.web import query
from scimcore.web.answers import list_body
from scimcore.web.context import Api, RequestContext
from scimcore.web.headers import unmodified
from scimcore.web.messages import Response
from scimcore.web.routes import Endpoint, RouteMatch
from scimcore.web.uri_filters import replace_uris

Handler = Callable[[RequestContext], Awaitable[Response]]

#: A client may store a resource and ask again with its ETag; it may store nothing else (HTTP-020).
_REVALIDATE: Final = "private, no-cache"
_NO_STORE: Final = "no-store"
_WHOLE: Final = Projection()


async def get(context: RequestContext) -> Response:
    """Answer GET of a resource (RFC 7644 section 3.4.1). A filter in its query is ignored (GET-005)."""
    endpoint, id = _resource(context)
    _need(context, endpoint.read)
    projection = _projection(context)
    found = await context.service.get(context.caller, endpoint.type, id, projection=projection)
    if "if-none-match" in context.headers and _not_modified(context, found, projection):
        return Response(status=304, headers=_validators(context, found))
    return _answer(context, found, projection, 200, _REVALIDATE)


def _not_modified(context: RequestContext, found: Resource, projection: Projection) -> bool:
    """True if the copy that the client has is still good."""
    if not unmodified(context.headers, found.document.version):
        return False
    # The version does not cover what is derived: a user joins a group, and only the group's version changes. So an
    # answer that shows derived links is always sent again.
    plan = projector(found.type).plan(projection)
    return not any(a.relation is not None and a.relation.inverse and plan.wants(a.name) for a in found.type.relations)


async def create(context: RequestContext) -> Response:
    """Answer POST to a type's endpoint (RFC 7644 section 3.3)."""
    # RFC 7644 section 3.11 leaves it to the service what a POST to /Me creates. A credential is no person here.
    if context.match.kind == "me":
        raise NotImplementedHere("Nothing can be created at /Me. Send the POST to the endpoint of the resource type.")
    endpoint = _endpoint(context)
    _need(context, endpoint.write)
    projection, body = _projection(context), context.body()
    done = await context.service.create(context.caller, endpoint.type, body, projection=projection)
    return _written(context, done, projection, 201)


async def replace(context: RequestContext) -> Response:
    """Answer PUT (RFC 7644 section 3.5.1)."""
    endpoint, id = _resource(context)
    _need(context, endpoint.write)
    projection, versions, body = _projection(context), context.if_match(), context.body()
    done = await context.service.replace(
        context.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _written(context, done, projection, 200)


async def patch(context: RequestContext) -> Response:
    """Answer PATCH (RFC 7644 section 3.5.2)."""
    endpoint, id = _resource(context)
    _need(context, endpoint.write)
    projection, versions, body = _projection(context), context.if_match(), context.body()
    done = await context.service.patch(
        context.caller, endpoint.type, id, body, if_match=versions, projection=projection
    )
    return _written(context, done, projection, 200)


async def delete(context: RequestContext) -> Response:
    """Answer DELETE (RFC 7644 section 3.6)."""
    endpoint, id = _resource(context)
    _need(context, endpoint.write)
    await context.service.delete(context.caller, endpoint.type, id, if_match=context.if_match())
    return Response(status=204, headers={"Cache-Control": _NO_STORE})


async def find(context: RequestContext) -> Response:
    """Answer GET of a type's endpoint or of the root (RFC 7644 section 3.4.2)."""
    types = context.searched_types()
    search = query.search(context.parameters)
    query.check_sensitive(search.filter, context.options.sensitive, context.caller.dialect)
    return await _list(context, types, search)


async def search(context: RequestContext) -> Response:
    """Answer POST to /.search (RFC 7644 section 3.4.3)."""
    types = context.searched_types()
    return await _list(context, types, query.search_request(context.body(), texts=context.caller.dialect.text_search))


async def discover(context: RequestContext) -> Response:
    """Answer GET of the discovery endpoints (RFC 7644 section 4)."""
    await context.service.discover(context.caller)
    cursors = context.caller.dialect.advertises_cursors
    return discovery_response(context.api, context.match, context.parameters, context.media_type, cursors=cursors)


def discovery_response(
    api: Api, match: RouteMatch, parameters: Mapping[str, str], media_type: str, *, cursors: bool
) -> Response:
    """Return the answer of a discovery URL, for a request with or without a credential.

    `cursors`: ServiceProviderConfig speaks of pages by cursor whatever the options say.
    """
    # RFC 7644 section 4: other query parameters SHALL be ignored, but a filter SHOULD be refused with 403.
    if "filter" in parameters:
        raise Forbidden("Discovery takes no filter. Send the request without it to get everything.", code="SC-1021")
    body = api.discovery.body(match.kind, match.id, cursors=cursors)
    return Response(status=200, headers={"Content-Type": media_type, "Cache-Control": _REVALIDATE}, body=body)


#: Operation of the route table -> handler. /Bulk has a module of its own.
HANDLERS: Final[Mapping[str, Handler]] = {
    "get": get,
    "create": create,
    "replace": replace,
    "patch": patch,
    "delete": delete,
    "query": find,
    "search": search,
    "discover": discover,
}


def _need(context: RequestContext, scope: str) -> None:
    """Raise `Forbidden` unless the credential has that scope (POL-162)."""
    refusal = context.admission.refusal(scope)
    if refusal is not None:
        raise refusal


def _projection(context: RequestContext) -> Projection:
    """Return what the client asks to see of the answer."""
    return query.projection(context.parameters) if context.request.query else _WHOLE


def _endpoint(context: RequestContext) -> Endpoint:
    # The route table gives these operations to URLs of a type only.
    if context.match.endpoint is None:
        raise LookupError("this URL is not that of a resource type")
    return context.match.endpoint


def _resource(context: RequestContext) -> tuple[Endpoint, str]:
    """Return the endpoint and the id of the resource that the URL names."""
    if context.match.kind != "me":
        return _endpoint(context), context.match.id
    # RFC 7644 section 3.11: an alias of the User that the credential speaks for. Answered in place: a client that is
    # redirected with 308 MAY repeat the request, and need not.
    subject = context.caller.subject
    if subject is None:
        raise NotImplementedHere("/Me is not offered here: this credential belongs to no user. Use /Users with an id.")
    return context.api.routes.of(context.api.registry["User"]), subject


async def _list(context: RequestContext, types: tuple[BoundType, ...], search: Search) -> Response:
    api, dialect = context.api, context.caller.dialect
    served = [endpoint.type for endpoint in api.routes]
    try:
        filter = replace_uris(search.filter, types, served, api.links_base)
    except InvalidFilter:
        # Nothing that can be read otherwise: the service refuses it then.
        filter = replace_uris(dialect.readable(search.filter or ""), types, served, api.links_base)
    if filter is not search.filter:
        search = evolve(search, filter=filter)
    listing: Listing = await context.service.search(context.caller, types, search)
    # One renderer for each type: what is compiled for the projection is looked up once, not for each of 1,000 users.
    render_as = {
        t.name: renderer(
            t, base=api.links_base, projection=search.projection, registry=api.registry, empty=dialect.shows_empty
        )
        for t in types
    }
    texts = [render_as[found.document.type](found.document, found.links) for found in listing.resources]
    headers = {"Content-Type": context.media_type, "Cache-Control": _NO_STORE}
    return Response(status=200, headers=headers, body=list_body(listing, texts))


def _written(context: RequestContext, done: Done, projection: Projection, status: int) -> Response:
    resource = done.resource
    if resource is None:
        # The policy keeps the request for an administrator's approval, so there is no resource yet.
        return Response(status=202, headers={"Cache-Control": _NO_STORE})
    if not done.echo:
        # RFC 7644 section 3.5.2 allows 204 instead: a group of 100,000 members is not sent back for each new one.
        return Response(status=204, headers={**_validators(context, resource), "Cache-Control": _NO_STORE})
    return _answer(context, resource, projection, status, _NO_STORE)


def _answer(
    context: RequestContext, found: Resource, projection: Projection, status: int, cache_control: str
) -> Response:
    base_url, document = context.api.base_url, found.document
    text = render(
        found.type,
        document,
        found.links,
        base=context.api.links_base,
        projection=projection,
        registry=context.api.registry,
        named=found.named,
        empty=context.caller.dialect.shows_empty,
    )
    headers = {
        "Content-Type": context.media_type,
        "ETag": etag(document.version),
        # RFC 7644: section 3.3 for what is created, section 3.11 for /Me, where it MUST be the permanent URI.
        "Location": location(found.type, document.id, base_url),
        "Cache-Control": cache_control,
        "Vary": "Accept",
    }
    return Response(status=status, headers=headers, body=text.encode())


def _validators(context: RequestContext, found: Resource) -> dict[str, str]:
    """Return the headers of an answer without a body. RFC 9110 section 15.4.5 lists them for a 304."""
    return {
        "ETag": etag(found.document.version),
        "Location": location(found.type, found.document.id, context.api.base_url),
        "Cache-Control": _REVALIDATE,
        "Vary": "Accept",
    }
