"""The same for an asynchronous host."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from scimcore import STANDARD, AsyncApplication, AsyncHost, AsyncService, MemoryConnections
from scimcore.host import (
    Account,
    AnyEffect,
    AsyncKnowsTeams,
    JsonObject,
    MatchKey,
    Notify,
    Order,
    SeatCount,
    Team,
    Tenant,
)
from scimcore.repository import AsyncRepository


class Session:
    """The transaction of some asynchronous store."""

    async def execute(self, statement: str) -> str:
        return statement


class Product:
    async def tenant(self, tx: Session, tenant: str) -> Tenant:
        return Tenant(default_role=await tx.execute("select default_role"))

    async def accounts(self, tx: Session, tenant: str, ids: Sequence[str]) -> Mapping[str, Account]:
        return {id: Account(id=id) for id in ids}

    async def match(self, tx: Session, tenant: str, keys: Sequence[MatchKey]) -> Sequence[Account]:
        return ()

    async def seats(self, tx: Session, tenant: str) -> SeatCount | None:
        return None

    async def other_owner(self, tx: Session, tenant: str, accounts: Sequence[str]) -> bool:
        return True

    async def open(self, tx: Session, tenant: str, order: Order) -> str:
        return await tx.execute("insert")

    async def handle(
        self, tx: Session, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None
    ) -> None:
        await tx.execute(f"{type(effect).__name__} {effect.account} {key}")

    async def team(self, tx: Session, tenant: str, name: str) -> Team | None:
        return None


HOST: AsyncHost[Session] = Product()
TEAMS: AsyncKnowsTeams[Session] = Product()


async def build(repository: AsyncRepository[Session]) -> AsyncApplication:
    host = Product()
    service = AsyncService(
        repository,
        host,
        teams=host,
        later=[Notify],
        clock=lambda: 0,
        new_id=lambda: "id",
        secrets=[b"thirty-two bytes, and never told"],
    )
    for record in await service.admin.audit("acme"):
        print([note.rule for note in record.notes])
    done: int = await service.worker.drain("acme", policy=STANDARD)
    if done < 0:
        assert_never(done)  # type: ignore[arg-type]  # a number is never nothing
    return AsyncApplication(service, MemoryConnections(), base_url="https://a.example")
