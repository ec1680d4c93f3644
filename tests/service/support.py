"""A trial under a policy, and short words for what a test does and sees: HTTP in, the product's tables out."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, evolve

from scimcore.access import Caller
from scimcore.dialects import AUTO, Dialect
from scimcore.policy import Policy
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Tenant
from scimcore.policy.triggers import HostEvent
from scimcore.schema import USER_URN
from scimcore.service import EventResult
from scimcore.testing.host import HostAccount, TrialHost
from scimcore.testing.trial import Answer, Trial

HOUR = 3_600_000_000
DAY = 24 * HOUR
ADA = "ada@acme.com"
BEN = "ben@acme.com"


def policy(**parts: Any) -> Policy:
    """The standard policy with other parts: `policy(deactivate=Deactivate(seat="keep"))`."""
    return Policy(name="test", **parts)


def replace(path: str, value: object) -> Mapping[str, object]:
    return {"op": "replace", "path": path, "value": value}


def add_member(*users: str) -> Mapping[str, object]:
    return {"op": "add", "path": "members", "value": [{"value": user} for user in users]}


def drop_member(user: str) -> Mapping[str, object]:
    return {"op": "remove", "path": f'members[value eq "{user}"]'}


OFF, ON = replace("active", False), replace("active", True)


@define
class Stage:
    """A trial whose product has the tenant `acme`."""

    trial: Trial
    policy: Policy

    @property
    def host(self) -> TrialHost:
        return self.trial.host

    def user(self, name: str = ADA, **attributes: object) -> str:
        return self.trial.user(name, **attributes)

    def patch(self, id: str, *operations: Mapping[str, object], status: int = 200) -> Answer:
        """A PATCH of a user that is answered so."""
        return self._expect(self.trial.patch(f"/Users/{id}", *operations), status)

    def regroup(self, id: str, *operations: Mapping[str, object], status: int = 200) -> Answer:
        return self._expect(self.trial.patch(f"/Groups/{id}", *operations), status)

    def off(self, id: str, status: int = 200) -> Answer:
        return self.patch(id, OFF, status=status)

    def on(self, id: str, status: int = 200) -> Answer:
        return self.patch(id, ON, status=status)

    def delete(self, id: str, status: int = 204) -> Answer:
        return self._expect(self.trial.delete(f"/Users/{id}"), status)

    def post(self, name: str, status: int = 201, **attributes: object) -> Answer:
        body = {"schemas": [USER_URN], "userName": name, **attributes}
        return self._expect(self.trial.post("/Users", body), status)

    def _expect(self, answer: Answer, status: int) -> Answer:
        assert answer.status == status, (answer.status, answer.body)
        return answer

    # the product

    def accounts(self) -> list[HostAccount]:
        return self.host.all("acme")

    def account(self, number: int = 0) -> HostAccount:
        return self.accounts()[number]

    def effects(self, kind: str = "") -> list[AnyEffect]:
        """The effects that the product has handled, all or those of one kind."""
        return [effect for effect in self.host.effects("acme") if not kind or type(effect).__name__ == kind]

    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.effects()]

    def waiting(self) -> list[str]:
        return [e.type for e in self.trial.service.admin.effects("acme") if e.state == "waiting"]

    def tell(self, event: HostEvent, account: str = "") -> EventResult:
        return self.trial.service.product.tell("acme", event, account or self.account().id, policy=self.policy)

    def later(self, microseconds: int) -> None:
        """Time passes, and the product's worker does what is due."""
        self.trial.clock.now += microseconds
        while self.trial.service.worker.run_due("acme", policy=self.policy):
            pass
        while self.trial.service.worker.drain("acme", policy=self.policy):
            pass

    def settings(self, seat_limit: int | None = None, pools: Mapping[str, int] | None = None, **facts: Any) -> None:
        known = evolve(Tenant(default_role="member"), **facts)
        self.host.configure("acme", seat_limit=seat_limit, facts=known, pools=pools)

    # why

    def notes(self) -> set[str]:
        """The rules in the notes of the last record."""
        record = self.trial.service.admin.audit("acme")[-1]
        return {note.rule for note in record.notes}

    def caller(self) -> Caller:
        connection = next(iter(self.trial.connections))
        return Caller(
            tenant="acme", connection=connection.id, dialect=connection.dialect, policy=self.policy, request="r-1"
        )


def start(
    chosen: Policy | None = None, *, host: TrialHost | None = None, dialect: Dialect = AUTO, **parts: Any
) -> Stage:
    """A stage under that policy, or under the standard one with these parts."""
    using = chosen or policy(**parts)
    return Stage(Trial.start(policy=using, host=host, dialect=dialect), using)


def members(answer: Answer) -> list[str]:
    """The ids of the members that an answer lists."""
    listed: Sequence[Mapping[str, str]] = answer.body.get("members", [])
    return [member["value"] for member in listed]
