"""ServiceProviderConfig, Schemas and ResourceTypes (RFC 7644 section 4): made once, answered as bytes."""

import json
from collections.abc import Sequence
from typing import Final

from scimcore._cache import Bounded
from scimcore.access import AccessTokens, Schemes
from scimcore.errors import NotFound
from scimcore.resources import (
    describe_discovery_schemas,
    describe_resource_type,
    describe_schema,
    service_provider_config,
)
from scimcore.schema import BoundType, Registry, fold_name
from scimcore.schema.json import JsonObject
from scimcore.service import Limits
from scimcore.web.answers import LIST_RESPONSE
from scimcore.web.options import Options
from scimcore.web.routes import Kind

#: The answers of one API that are remembered: the lists, and one for each schema and resource type.
_ANSWERS: Final = 128


class DiscoveryAnswers:
    """The answers about these types under one base URL. Each is made when a client first asks for it."""

    def __init__(
        self, types: Sequence[BoundType], base_url: str, options: Options, limits: Limits, *, change_password: bool
    ) -> None:
        self._types: Final = types
        self._base: Final = base_url
        self._options: Final = options
        self._limits: Final = limits
        self._change_password: Final = change_password
        # A key that names nothing raises and is not remembered, so a client cannot fill the cache with made-up ids.
        self._bodies: Final = Bounded(self._body, size=_ANSWERS)

    def body(self, kind: Kind, id: str, *, cursors: bool = False) -> bytes:
        """Return the answer. Raises `NotFound` for a schema or a type that is not served.

        `cursors`: ServiceProviderConfig speaks of pages by cursor whatever the options say.
        """
        return self._bodies[kind, fold_name(id), cursors]

    def _body(self, key: tuple[Kind, str, bool]) -> bytes:
        return _bytes(self._described(*key))

    def _described(self, kind: Kind, id: str, cursors: bool) -> JsonObject:
        match kind:
            case "config":
                return self._config(cursors or self._options.advertise_cursors)
            case "schemas":
                return _list(self._schemas())
            case "resource types":
                return _list(self._described_types())
            case "schema":
                # The schemas of discovery itself can be read by their URI (CORE-104). They are not listed: a client
                # that builds its forms from /Schemas would offer them.
                return _one([*self._schemas(), *describe_discovery_schemas(base=self._base)], "id", id, "schema")
            case _:
                return _one(self._described_types(), "name", id, "resource type")

    def _schemas(self) -> list[JsonObject]:
        if not self._types:
            return []
        registry = Registry(*(bound.resource_type for bound in self._types))
        return [describe_schema(schema, base=self._base) for schema in registry.schemas().values()]

    def _described_types(self) -> list[JsonObject]:
        return [describe_resource_type(bound.resource_type, base=self._base) for bound in self._types]

    def _config(self, cursors: bool) -> JsonObject:
        bulk, limits = self._options.bulk, self._limits
        return service_provider_config(
            base=self._base,
            bulk=(bulk.operations, bulk.payload) if bulk else None,
            max_results=limits.max_results,
            authentication=authentication_schemes(self._options.schemes, self._options.tokens),
            documentation_uri=self._options.documentation_uri,
            change_password=self._change_password,
            cursor=cursors,
            default_page=limits.default_page,
            cursor_seconds=limits.cursor_seconds,
        )


def authentication_schemes(schemes: Schemes, tokens: AccessTokens | None) -> list[JsonObject]:
    """Return `authenticationSchemes` of ServiceProviderConfig (RFC 7643 section 5); the first one is the primary."""
    found: list[JsonObject] = []
    if tokens is not None:
        found.append(_scheme("oauth2", "OAuth 2.0", "Access tokens of the client credentials grant.", _OAUTH))
    if schemes.bearer or schemes.header:
        text = "A token from the product's settings, in the Authorization header."
        if not schemes.bearer:
            text = f"A token from the product's settings, in the {schemes.header} header."
        found.append(_scheme("oauthbearertoken", "Bearer token", text, _BEARER))
    if schemes.basic:
        text = "The connection's id as the user name, a token from the product's settings as the password."
        found.append(_scheme("httpbasic", "HTTP Basic", text, _BASIC))
    # RFC 7643 section 5: primary is true at most once.
    return [{**scheme, "primary": True} if scheme is found[0] else scheme for scheme in found]


_OAUTH: Final = "https://www.rfc-editor.org/info/rfc6749"
_BEARER: Final = "https://www.rfc-editor.org/info/rfc6750"
_BASIC: Final = "https://www.rfc-editor.org/info/rfc7617"


def _scheme(type: str, name: str, description: str, spec: str) -> JsonObject:
    return {"type": type, "name": name, "description": description, "specUri": spec}


def _list(resources: Sequence[JsonObject]) -> JsonObject:
    # RFC 7644 section 4: paging, sorting and filters do not apply to discovery, so all of them at once.
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def _one(resources: Sequence[JsonObject], key: str, id: str, kind: str) -> JsonObject:
    """Return the one of that name, in any case (DISC-002). Raises `NotFound`."""
    for resource in resources:
        if fold_name(str(resource[key])) == id:
            return resource
    raise NotFound(f"There is no such {kind} here. Ask without an id for all of them.", code="SC-1022")


def _bytes(resource: JsonObject) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
