"""Mistakes that a type checker must find: where an ignore is not needed any more, mypy complains about it."""

import time
from collections.abc import Sequence
from typing import assert_never

from scimcore import MemoryRepository, Service
from scimcore.host import (
    Account,
    ActivateAccount,
    AnyEffect,
    EffectRecord,
    Host,
    HostEvent,
    JsonObject,
    KnowsTeams,
    RevokeCredentials,
    SeatCount,
    SignedIn,
    SuspendAccount,
    SyncTeam,
    Tenant,
)
from scimcore.policy import Deactivate, Policy
from scimcore.repository import Journal
from scimcore.testing.host import TrialHost


def forgets_effects(effect: AnyEffect) -> None:
    match effect:
        case SuspendAccount() | RevokeCredentials():
            pass
        case _:
            assert_never(effect)  # type: ignore[arg-type]  # seventeen are left


def forgets_events(event: HostEvent) -> None:
    match event:
        case SignedIn():
            pass
        case _:
            assert_never(event)  # type: ignore[arg-type]  # eight are left


class ReturnsTrue(TrialHost):
    def handle(  # type: ignore[override]  # handle returns nothing
        self, tx: Journal, tenant: str, effect: AnyEffect, *, key: str, resource: JsonObject | None
    ) -> bool:
        return True


class HasNoKey(TrialHost):
    def handle(self, tx: Journal, tenant: str, effect: AnyEffect, resource: JsonObject | None) -> None:  # type: ignore[override]  # handle is given a key
        pass


class Small:
    def tenant(self, tx: Journal, tenant: str) -> Tenant:
        return Tenant(verified_domain=("a.example",))  # type: ignore[call-arg]  # the name of a fact

    def match(self, tx: Journal, tenant: str, keys: Sequence[str]) -> Sequence[Account]:
        return ()


SMALL: Host[Journal] = Small()  # type: ignore[assignment]  # it lacks five methods
TEAMLESS: KnowsTeams[Journal] = Small()  # type: ignore[assignment]  # it has no team()
SEATS = SeatCount("5", 2)  # type: ignore[arg-type]  # a number
OFF = Deactivate(access="suspnd")  # type: ignore[arg-type]  # one of the choices
POLICY = Policy(deactivate="anonymise")  # type: ignore[arg-type]  # a Deactivate
TEAM = SyncTeam(team="t")  # type: ignore[call-arg]  # an account, be it ""
FROM_THE_CALLER = RevokeCredentials(account="a", kinds=("cookies",))  # type: ignore[arg-type]  # a kind of credential


def build() -> None:
    host, secrets = TrialHost(), [b"thirty-two bytes, and never told"]
    Service(MemoryRepository(), TrialHost, clock=lambda: 1, new_id=lambda: "id", secrets=secrets)  # type: ignore[arg-type]  # an instance
    Service(MemoryRepository(), host, clock=time.time, new_id=lambda: "id", secrets=secrets)  # type: ignore[arg-type]  # microseconds, whole
    Service(MemoryRepository(), host, clock=lambda: 1, new_id=lambda: 7, secrets=secrets)  # type: ignore[arg-type, return-value]  # a text
    Service(MemoryRepository(), host, later=("Notify",), clock=lambda: 1, new_id=lambda: "id", secrets=secrets)  # type: ignore[arg-type]  # types
    Service(MemoryRepository(), host, teams=Small(), clock=lambda: 1, new_id=lambda: "id", secrets=secrets)  # type: ignore[arg-type]  # team()


def reads(service: Service[Journal], entry: EffectRecord) -> None:
    for record in service.admin.audit("acme"):
        print(record["notes"])  # type: ignore[index]  # a record, not a dictionary
    effect: ActivateAccount = entry.effect  # type: ignore[assignment]  # any of them
    print(effect.team)  # type: ignore[attr-defined]  # it has no team
