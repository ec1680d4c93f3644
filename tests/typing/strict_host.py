"""A host under `mypy --strict`: the whole seam, total over effects and events, with no ignore."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import assert_never

import sqlalchemy as sa

from scimcore import (
    AUTO,
    STANDARD,
    Application,
    Caller,
    Connection,
    Limits,
    MemoryConnections,
    MemoryRepository,
    Options,
    Policy,
    Request,
    Response,
    ScimError,
    Service,
    __version__,
    issue,
)
from scimcore.host import (
    Account,
    AccountDeleted,
    ActivateAccount,
    Anonymise,
    AnyEffect,
    Approved,
    AuditRecord,
    AwaitSignIn,
    CancelInvitation,
    CreateTeam,
    DeleteAccount,
    DeleteTeam,
    Disconnected,
    Edited,
    EffectRecord,
    Held,
    Holding,
    Host,
    HostEvent,
    JsonObject,
    KeepsInventory,
    KnowsTeams,
    Later,
    MatchKey,
    Note,
    Notify,
    Order,
    ReleaseSeat,
    RenameTeam,
    ReserveSeat,
    RevokeCredentials,
    RolesSet,
    SeatCount,
    SendInvitation,
    SetRoles,
    SettingsChanged,
    SignedIn,
    SuspendAccount,
    SyncMemberships,
    SyncTeam,
    TakesPasswords,
    Team,
    Tenant,
    TimePassed,
    TransferOwnership,
    UpdateProfile,
)
from scimcore.policy import Deactivate, Seats
from scimcore.repository.sql import SqlRepository

_METADATA = sa.MetaData()
_ACCOUNTS = sa.Table(
    "accounts",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text),
    sa.Column("name", sa.Text),
)


class Product:
    """A product over SQLAlchemy, with every power."""

    def tenant(self, tx: sa.Connection, tenant: str) -> Tenant:
        return Tenant(default_role="member", verified_domains=(f"{tenant}.example",))

    def accounts(self, tx: sa.Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        rows = tx.execute(sa.select(_ACCOUNTS.c.id).where(_ACCOUNTS.c.id.in_(ids)))
        return {row.id: Account(id=row.id) for row in rows}

    def match(self, tx: sa.Connection, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        return [Account(id=key.value, matched_by=key.by) for key in keys if key.by == "email"]

    def seats(self, tx: sa.Connection, tenant: str) -> SeatCount | None:
        return SeatCount(limit=5, used=0)

    def other_owner(self, tx: sa.Connection, tenant: str, accounts: Sequence[str]) -> bool:
        return True

    def open(self, tx: sa.Connection, tenant: str, order: Order) -> str:
        id = uuid.uuid4().hex
        tx.execute(sa.insert(_ACCOUNTS).values(id=id, state=order.state, name=str(order.data.get("displayName"))))
        return id

    def handle(
        self, tx: sa.Connection, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None
    ) -> None:
        match effect:
            case ActivateAccount() | AwaitSignIn() | SuspendAccount():
                self._set(tx, effect.account, state=type(effect).__name__)
            case DeleteAccount():
                self._set(tx, effect.account, state=effect.mode)
            case Anonymise():
                self._set(tx, effect.account, name="" if effect.reversible else None)
            case RevokeCredentials():
                assert "sessions" in effect.kinds and effect.within_minutes >= 0
            case ReserveSeat() | ReleaseSeat():
                assert effect.pool == ""
            case SendInvitation() | CancelInvitation() | Notify():
                raise Later
            case SetRoles():
                self._set(tx, effect.account, state=" ".join(effect.roles))
            case UpdateProfile():
                self._set(tx, effect.account, name=str((resource or {}).get("displayName")))
            case TransferOwnership():
                assert effect.to is None or effect.mode == "transfer"
            case SyncMemberships():
                assert not set(effect.join) & set(effect.leave)
            case CreateTeam():
                assert effect.team and not effect.adopt
            case RenameTeam() | DeleteTeam() | SyncTeam():
                assert effect.team
            case _:
                assert_never(effect)

    def team(self, tx: sa.Connection, tenant: str, name: str) -> Team | None:
        return Team(id=name)

    def password(self, tx: sa.Connection, tenant: str, account: str, secret: str) -> None:
        self._set(tx, account, state="has a password")

    def inventory(self, tx: sa.Connection, tenant: str, after: str | None, limit: int) -> Sequence[Holding]:
        rows = tx.execute(sa.select(_ACCOUNTS).limit(limit))
        return [Holding(id=row.id, state="active", profile={"userName": row.name}) for row in rows]

    def _set(self, tx: sa.Connection, account: str, **values: str | None) -> None:
        tx.execute(sa.update(_ACCOUNTS).where(_ACCOUNTS.c.id == account).values(**values))


HOST: Host[sa.Connection] = Product()
TEAMS: KnowsTeams[sa.Connection] = Product()
PASSWORDS: TakesPasswords[sa.Connection] = Product()
INVENTORY: KeepsInventory[sa.Connection] = Product()


def build(engine: sa.Engine) -> tuple[Service[sa.Connection], Application]:
    host = Product()
    service = Service(
        SqlRepository(engine),
        host,
        teams=host,
        passwords=host,
        inventory=host,
        later=(SendInvitation, Notify),
        clock=lambda: time.time_ns() // 1000,
        new_id=lambda: str(uuid.uuid4()),
        secrets=[b"thirty-two bytes, and never told"],
        limits=Limits(effect_attempts=3),
    )
    token, credential = issue(now=0)
    policy = Policy(name=token[:4], deactivate=Deactivate(access="suspend"), seats=Seats())
    connection = Connection(id="c", tenant="acme", dialect=AUTO, policy=policy, credentials=(credential,))
    options = Options(clock=lambda: time.time_ns() // 1000)
    return service, Application(service, MemoryConnections(connection), base_url="https://a.example", options=options)


def ask(application: Application) -> Response:
    return application.handle(Request(method="GET", path="/Users", headers=(("Accept", "*/*"),)))


def tell(service: Service[sa.Connection], tx: sa.Connection, event: HostEvent) -> str:
    told = service.product.tell("acme", event, "account", policy=STANDARD, within=tx)
    refusal: ScimError | None = told.refusal
    return told.outcome if refusal is None else refusal.code


def named(event: HostEvent) -> str:
    match event:
        case SignedIn() | AccountDeleted() | SettingsChanged() | TimePassed() | Disconnected():
            return type(event).__name__
        case RolesSet():
            return " ".join(event.roles)
        case Edited():
            return " ".join(event.paths)
        case Held():
            return "held" if event.on else "free"
        case Approved():
            return "yes" if event.granted else "no"
        case _:
            assert_never(event)


def tutorial(service: Service[sa.Connection]) -> list[str]:
    """The loops of the tutorial and of the how-tos."""
    for record in service.admin.audit("acme"):
        for note in record.notes:
            print(record.operation, record.outcome, "because of", note.rule + ":", note.text)
    dead = [entry for entry in service.admin.effects("acme") if entry.state == "dead"]
    for entry in dead:
        service.admin.retry("acme", entry.key)
    return [_account(entry.effect) for entry in dead]


def _account(effect: AnyEffect) -> str:
    return effect.account


def page(service: Service[sa.Connection]) -> list[JsonObject]:
    """Page after page, as plain data."""
    found: list[JsonObject] = []
    after: tuple[int, str] | None = None
    while records := service.admin.audit("acme", after=after):
        found += [record.as_json() for record in records]
        after = (records[-1].at, records[-1].id)
    return found


def reasons(record: AuditRecord, entry: EffectRecord) -> tuple[tuple[Note, ...], str]:
    return record.notes, entry.error


def in_memory(policy: Policy) -> tuple[str, Caller]:
    MemoryRepository()
    return __version__, Caller(tenant="acme", connection="c", dialect=AUTO, policy=policy)
