"""The product's own pages, as plain JSON, for people and for tests. Framework-neutral, like scimcore's own `web`."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from attrs import frozen
from sqlalchemy import Connection

from scimcore.access import Caller, MemoryConnections, Unauthenticated, authenticate
from scimcore.policy.triggers import HostEvent, RolesSet, SignedIn
from scimcore.repository.protocol import Serialization, Unavailable
from scimcore.schema.json import JsonObject
from scimcore.service import EventResult, Service
from scimcore.web import Request, Response
from trial import accounts, bodies, listings, settings
from trial.bodies import BadBody
from trial.host import ProductHost
from trial.listings import Visit

Answer = tuple[HTTPStatus, JsonObject]

#: How often a page is tried when the database could not keep it apart from another request.
_ATTEMPTS: Final = 8
_NOWHERE: Final[Answer] = (HTTPStatus.NOT_FOUND, {"error": "there is no such page, or not for that method"})


@frozen
class Pages:
    """Answers what lies below `/trial`, for whoever has the tenant's token."""

    service: Service[Connection]
    host: ProductHost
    connections: MemoryConnections

    def handle(self, request: Request) -> Response:
        """One request, one transaction."""
        try:
            caller = authenticate(request.headers, self.connections, accounts.now())
            return _response(*self._answer(caller, request))
        except BadBody as wrong:
            return _response(HTTPStatus.BAD_REQUEST, {"error": str(wrong)})
        except Unavailable:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the database is away"}, {"Retry-After": "5"})
        except Unauthenticated as missing:
            return _response(HTTPStatus.UNAUTHORIZED, {"error": str(missing)}, {"WWW-Authenticate": missing.challenge})

    def before_body(self, request: Request) -> Response | None:
        """The refusal of somebody without a token, before anybody reads what else was sent."""
        try:
            authenticate(request.headers, self.connections, accounts.now())
        except Unauthenticated as missing:
            return _response(HTTPStatus.UNAUTHORIZED, {"error": str(missing)}, {"WWW-Authenticate": missing.challenge})
        return None

    def _answer(self, caller: Caller, request: Request) -> Answer:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["effects"]:
                return HTTPStatus.OK, listings.effects(self.service, caller.tenant)
            case "GET", ["audit"]:
                return HTTPStatus.OK, listings.audit(self.service, caller.tenant)
            case "GET", [name] if name in listings.PAGES:
                return self._read(caller, listings.PAGES[name])
            case "POST", ["settings"]:
                return self._write(caller, request, self.change_settings)
            case "POST", ["accounts"]:
                return self._write(caller, request, self.open_account)
            case "POST", ["accounts", account, "sign-in"]:
                return self._write(caller, request, self.sign_in, account)
            case "POST", ["accounts", account, "roles"]:
                return self._write(caller, request, self.set_roles, account)
        return _NOWHERE

    def _read(self, caller: Caller, page: Callable[[Visit], JsonObject]) -> Answer:
        with self.host.repository.unit(caller.tenant, write=False) as unit:
            return HTTPStatus.OK, page(Visit(unit=unit, tenant=caller.tenant, policy=caller.policy, body={}))

    def _write(self, caller: Caller, request: Request, deed: Callable[[Visit], Answer], account: str = "") -> Answer:
        """In a transaction that is committed whatever the answer: the audit trail tells of refusals too."""
        body = bodies.read(request.body)
        for _ in range(_ATTEMPTS):
            try:
                with self.host.repository.unit(caller.tenant, write=True) as unit:
                    visit = Visit(unit=unit, tenant=caller.tenant, policy=caller.policy, account=account, body=body)
                    return deed(visit)
            except Serialization:
                continue
        return HTTPStatus.CONFLICT, {"error": "others kept changing the same at the same time: try again"}

    def _tell(self, visit: Visit, event: HostEvent) -> EventResult:
        return self.service.product.tell(visit.tenant, event, visit.account, policy=visit.policy, within=visit.tx)

    def change_settings(self, visit: Visit) -> Answer:
        """POST /trial/settings."""
        changed = bodies.settings(settings.read(visit.tx, visit.tenant), visit.body)
        settings.write(visit.tx, visit.tenant, changed)
        return HTTPStatus.OK, listings.settings_page(visit)

    def open_account(self, visit: Visit) -> Answer:
        """POST /trial/accounts: made by hand, not by SCIM. It uses a seat like any other."""
        email, name = bodies.text(visit.body, "email"), bodies.text(visit.body, "name", "-")
        owner = bodies.flag(visit.body, "owner", default=False)
        # Lock, then look: the same guard that scimcore takes before it asks for the seats.
        visit.unit.guard("seats")
        seats = self.host.seats(visit.tx, visit.tenant)
        if seats is not None and seats.limit is not None and seats.used >= seats.limit:
            return HTTPStatus.FORBIDDEN, {"error": f"all {seats.limit} seats are in use"}
        role = accounts.OWNER if owner else settings.read(visit.tx, visit.tenant).default_role
        id = accounts.insert(visit.tx, visit.tenant, email=email, name=name, state="active", roles=[role], ready=True)
        return HTTPStatus.CREATED, _shown(visit, id)

    def sign_in(self, visit: Visit) -> Answer:
        """POST /trial/accounts/{id}/sign-in: asks scimcore first, and obeys."""
        if visit.account not in accounts.find(visit.tx, visit.tenant, [visit.account]):
            return _unknown(visit)
        told = self._tell(visit, SignedIn())
        if told.refusal is not None:
            return HTTPStatus.FORBIDDEN, {"error": str(told.refusal)}
        account = accounts.find(visit.tx, visit.tenant, [visit.account])[visit.account]
        if account.state != "active":
            return HTTPStatus.FORBIDDEN, {"error": f"the account is {account.state}"}
        accounts.mark_ready(visit.tx, visit.tenant, account.id)
        session = accounts.start_session(visit.tx, visit.tenant, account.id)
        return HTTPStatus.OK, {"session": session, "account": account.id, "live": True}

    def set_roles(self, visit: Visit) -> Answer:
        """POST /trial/accounts/{id}/roles: a local admin's hand. Scimcore is told, and may refuse."""
        roles = bodies.texts(visit.body, "roles")
        account = accounts.find(visit.tx, visit.tenant, [visit.account]).get(visit.account)
        if account is None:
            return _unknown(visit)
        if account.state in accounts.GONE:
            return HTTPStatus.FORBIDDEN, {"error": f"the account is {account.state}"}
        told = self._tell(visit, RolesSet(roles))
        if told.refusal is not None:
            return HTTPStatus(told.refusal.status), {"error": str(told.refusal)}
        if not told.managed and not self._set_own_roles(visit, account, roles):
            return HTTPStatus.FORBIDDEN, {"error": "this is the last owner: make somebody else an owner first"}
        return HTTPStatus.OK, _shown(visit, visit.account)

    def _set_own_roles(self, visit: Visit, account: accounts.Account, roles: tuple[str, ...]) -> bool:
        """An account that no identity provider manages: the product itself looks after its last owner."""
        visit.unit.guard("owners")
        steps_down = account.owner and accounts.OWNER not in roles
        if steps_down and not self.host.other_owner(visit.tx, visit.tenant, [account.id]):
            return False
        accounts.set_roles(visit.tx, visit.tenant, account.id, roles)
        return True


def _shown(visit: Visit, id: str) -> JsonObject:
    return listings.account(visit, accounts.find(visit.tx, visit.tenant, [id])[id])


def _unknown(visit: Visit) -> Answer:
    return HTTPStatus.NOT_FOUND, {"error": f"there is no account {visit.account}"}


def _response(status: HTTPStatus, content: JsonObject, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(status=status.value, headers={"Content-Type": "application/json", **(headers or {})}, body=body)
