"""The state machine: two tenants, everything that can happen to them, and what must hold after every step."""

import json
from collections.abc import Callable
from typing import Any, Literal

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from policies.dastra import DASTRA
from policies.secoda import SECODA
from scimcore.access import Caller
from scimcore.errors import ScimError
from scimcore.policy import STANDARD, Note, Plan
from scimcore.policy.effects import EFFECTS, OPENED
from scimcore.policy.facts import Tenant
from scimcore.policy.triggers import AccountDeleted, Held, HostEvent, RolesSet, SignedIn
from scimcore.testing.trial import Answer, Trial
from tests.machine.model import GONE, SEATED, Account, Model
from tests.machine.support import MachineHost

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
POLICIES = {"standard": STANDARD, "dastra": DASTRA, "secoda": SECODA}
DAY = 86_400_000_000
LATER = frozenset(effect.__name__ for effect in EFFECTS)

TENANTS = ("acme", "globex")
#: Most happens in one of them.
SOMEWHERE = st.sampled_from(["acme", "acme", "acme", "globex"])
NAMES = st.sampled_from(
    ["ada@one.example", "ben@one.example", "cleo@two.example", "Ada@One.Example", "dov@two.example"]
)
TEAMS = st.sampled_from(["Pilots", "Crew", "pilots"])
DISPLAYS = st.sampled_from(["Ada", "Ben B."])
ROLES = st.sampled_from(["Editor", "owner", None])
HANDS = st.sampled_from([("owner",), ("auditor",), ("editor", "owner"), ()])
FALSE, TRUE = st.sampled_from([False, "False", "false"]), st.sampled_from([True, "True"])
AGAIN = st.booleans()
PICK = st.integers(0, 8)


def told(value: object) -> object:
    """A boolean, however it was spelled."""
    return value if not isinstance(value, str) else value.lower() == "true"


class Machine(RuleBasedStateMachine):
    """One run: the service on one side, the models on the other."""

    policy: Literal["standard", "dastra", "secoda"] = "standard"
    users = Bundle("users")

    @initialize(target=users, later=st.booleans(), owner=st.booleans())
    def begin(self, later: bool, owner: bool) -> Any:
        """`later`: the product handles effects from the outbox, instead of at once. Somebody is there already."""
        self.later = LATER if later else frozenset[str]()
        self.trial = Trial.start(policy=POLICIES[self.policy], host=MachineHost())
        self.tokens = {"acme": self.trial.token}
        self.tokens["globex"] = self.trial.connect("globex", policy=POLICIES[self.policy])
        self.models = {tenant: Model(policy=self.policy) for tenant in TENANTS}
        self.owned = dict.fromkeys(TENANTS, False)
        self.audits = dict.fromkeys(TENANTS, 0)
        self.pushed: list[tuple[str, str]] = []
        self.host.later = self.later
        for tenant in TENANTS:
            self._configure(tenant)
        if owner:
            self.is_made_by_hand("acme", "owner@one.example", True)
        people = (
            self.joins("acme", "ada@one.example", True, None, None, False),
            self.joins("acme", "ben@one.example", None, "Editor", "Ben B.", False),
            self.joins("globex", "ada@one.example", True, None, "Ada", False),
        )
        self.pushes("acme", "Pilots", list(people))
        self.pushes("globex", "Crew", list(people))
        return multiple(*people)

    @property
    def host(self) -> MachineHost:
        assert isinstance(self.trial.host, MachineHost)
        return self.trial.host

    # rules: what identity providers say

    @rule(
        target=users,
        tenant=SOMEWHERE,
        name=NAMES,
        active=st.sampled_from([True, True, None, False]),
        role=ROLES,
        display=st.none() | DISPLAYS,
        again=AGAIN,
    )
    def joins(
        self, tenant: str, name: str, active: bool | None, role: str | None, display: str | None, again: bool
    ) -> Any:
        said = {"active": active, "secodaRole": role, "displayName": display}
        body = {"schemas": [USER], "userName": name, **{k: v for k, v in said.items() if v is not None}}
        model = self.models[tenant]

        def predict() -> int:
            status, self.fresh = model.post(name, active is not False, role, display)
            return status

        self.fresh = None
        answer = self._request(tenant, "POST", "/Users", body, predict, again=again and 409)
        if self.fresh is None:
            return multiple()
        model.users[answer["id"]] = self.fresh
        self._settle(tenant)
        return tenant, str(answer["id"])

    @rule(user=users, value=FALSE, again=AGAIN)
    def leaves(self, user: tuple[str, str], value: object, again: bool) -> None:
        self._patch_user(user, again, active=value)

    @rule(user=users, value=TRUE, again=AGAIN)
    def returns(self, user: tuple[str, str], value: object, again: bool) -> None:
        self._patch_user(user, again, active=value)

    @rule(user=users, name=NAMES, again=AGAIN)
    def is_renamed(self, user: tuple[str, str], name: str, again: bool) -> None:
        self._patch_user(user, again, name=name)

    @rule(user=users, name=NAMES, display=DISPLAYS, active=TRUE | FALSE, again=AGAIN)
    def changes_altogether(self, user: tuple[str, str], name: str, display: str, active: object, again: bool) -> None:
        self._patch_user(user, again, name=name, display=display, active=active)

    @rule(user=users, role=ROLES, again=AGAIN)
    def has_a_role_pushed(self, user: tuple[str, str], role: str | None, again: bool) -> None:
        if self.policy == "secoda":
            self._patch_user(user, again, role=role)

    @rule(user=users, name=NAMES, display=st.none() | DISPLAYS, role=ROLES, active=st.sampled_from([None, True, False]))
    def is_put(
        self, user: tuple[str, str], name: str, display: str | None, role: str | None, active: bool | None
    ) -> None:
        """What is not said is cleared; `active` is not."""
        tenant, id = user
        said = {"displayName": display, "secodaRole": role, "active": active}
        body = {"schemas": [USER], "userName": name, **{k: v for k, v in said.items() if v is not None}}
        wanted = {"name": name, "display": display} | ({} if active is None else {"active": active})
        if self.policy == "secoda":
            wanted["role"] = role
        self._request(tenant, "PUT", f"/Users/{id}", body, lambda: self.models[tenant].write(id, **wanted), again=200)

    @rule(user=users, again=AGAIN)
    def is_deleted(self, user: tuple[str, str], again: bool) -> None:
        tenant, id = user
        self._request(
            tenant, "DELETE", f"/Users/{id}", None, lambda: self.models[tenant].delete(id), again=again and 404
        )

    @rule(tenant=SOMEWHERE, name=TEAMS, members=st.lists(users, max_size=3))
    def pushes(self, tenant: str, name: str, members: list[tuple[str, str]]) -> None:
        ids = list(dict.fromkeys(id for owner, id in members if owner == tenant))
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id} for id in ids]}
        model = self.models[tenant]
        answer = self._request(tenant, "POST", "/Groups", body, lambda: model.post_group(name, ids), again=False)
        if answer.status == 201:
            model.groups[answer["id"]] = (name, frozenset(ids))
            self.pushed.append((tenant, answer["id"]))
            self._settle(tenant)

    @rule(pick=PICK, user=users, joins=st.booleans(), again=AGAIN)
    def moves(self, pick: int, user: tuple[str, str], joins: bool, again: bool) -> None:
        tenant, id = self.pushed[pick % len(self.pushed)]
        if tenant != user[0]:
            return
        add: dict[str, object] = {"op": "add", "path": "members", "value": [{"value": user[1]}]}
        drop = {"op": "Remove", "path": f'members[value eq "{user[1]}"]'}
        name, members = self.models[tenant].groups.get(id, ("", frozenset()))
        after = members | {user[1]} if joins else members - {user[1]}
        self._patch_group(tenant, id, add if joins else drop, name, after, again)

    @rule(pick=PICK, name=TEAMS, again=AGAIN)
    def renames(self, pick: int, name: str, again: bool) -> None:
        tenant, id = self.pushed[pick % len(self.pushed)]
        _, members = self.models[tenant].groups.get(id, ("", frozenset()))
        self._patch_group(tenant, id, {"op": "replace", "value": {"displayName": name}}, name, members, again)

    @rule(pick=PICK, name=TEAMS, members=st.lists(users, max_size=3))
    def is_put_whole(self, pick: int, name: str, members: list[tuple[str, str]]) -> None:
        tenant, id = self.pushed[pick % len(self.pushed)]
        ids = frozenset(member for owner, member in members if owner == tenant)
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in sorted(ids)]}
        model = self.models[tenant]
        self._request(tenant, "PUT", f"/Groups/{id}", body, lambda: model.write_group(id, name, ids), again=200)

    @rule(pick=PICK)
    def is_pushed_no_more(self, pick: int) -> None:
        tenant, id = self.pushed[pick % len(self.pushed)]
        self._request(tenant, "DELETE", f"/Groups/{id}", None, lambda: self.models[tenant].delete_group(id), again=404)

    @rule(user=users, method=st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]))
    def is_asked_for_by_a_stranger(self, user: tuple[str, str], method: str) -> None:
        """Another tenant's token finds nobody, and its own trail alone tells of it (POL-122)."""
        owner, id = user
        stranger = next(tenant for tenant in TENANTS if tenant != owner)
        bodies: dict[str, object] = {
            "PUT": {"schemas": [USER], "userName": "eve@one.example", "active": False},
            "PATCH": {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]},
        }
        with self._untouched(owner), self._untouched(stranger, audit=method != "GET"):
            answer = self.trial.send(method, f"/Users/{id}", bodies.get(method), token=self.tokens[stranger])
            assert answer.status == 404, answer

    # rules: what happens in the product

    @rule(tenant=SOMEWHERE, name=NAMES, owner=st.booleans())
    def is_made_by_hand(self, tenant: str, name: str, owner: bool) -> None:
        """The product makes accounts as well, and minds its seats."""
        model = self.models[tenant]
        if model.full or len(model.accounts) > 8:
            return
        roles = ("owner",) if owner else (model.default_role,)
        account = Account(email=name, name=name, state="active", roles=roles, provisioned=False)
        account.id = self.host.add(tenant, name, owner=owner)
        self.host.edit(tenant, account.id, roles=roles)
        model.accounts.append(account)

    @rule(tenant=SOMEWHERE, pick=PICK)
    def signs_in(self, tenant: str, pick: int) -> None:
        self._happens(tenant, pick, SignedIn(), Model.sign_in)

    @rule(tenant=SOMEWHERE, pick=PICK, roles=HANDS)
    def is_given_roles(self, tenant: str, pick: int, roles: tuple[str, ...]) -> None:
        self._happens(tenant, pick, RolesSet(roles), lambda model, account: model.set_roles(account, roles))

    @rule(tenant=SOMEWHERE, pick=PICK, on=st.booleans())
    def is_held(self, tenant: str, pick: int, on: bool) -> None:
        self._happens(tenant, pick, Held(on), lambda model, account: model.hold(account, on))

    @rule(tenant=SOMEWHERE, pick=PICK)
    def is_removed(self, tenant: str, pick: int) -> None:
        self._happens(tenant, pick, AccountDeleted(), Model.remove)

    @rule(
        tenant=SOMEWHERE,
        limit=st.sampled_from([None, 0, 1, 2, 3]),
        lapsed=st.sampled_from([False, False, True]),
        domains=st.sampled_from([(), ("one.example",), ("one.example", "two.example")]),
        default=st.sampled_from(["member", "reader"]),
    )
    def is_configured(
        self, tenant: str, limit: int | None, lapsed: bool, domains: tuple[str, ...], default: str
    ) -> None:
        model = self.models[tenant]
        model.seat_limit, model.lapsed, model.domains, model.default_role = limit, lapsed, domains, default
        self._configure(tenant)

    @rule(days=st.sampled_from([0, 1, 31]))
    def time_passes(self, days: int) -> None:
        self.trial.clock.now += days * DAY
        for tenant in TENANTS:
            moved = self.trial.service.worker.run_due(tenant, policy=POLICIES[self.policy])
            self.audits[tenant] += moved
            self._settle(tenant)

    # what must hold

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        for tenant, model in self.models.items():
            here = {account.id: account for account in self.host.all(tenant)}
            assert {id: (a.email, a.name, a.state, a.roles, a.owner, a.live) for id, a in here.items()} == {
                account.id: account.facts for account in model.accounts
            }
            teams = {team.id: (team.name, team.members) for team in self.host.teams(tenant)}
            assert teams == {id: (name, model.team(id)) for id, (name, _) in model.groups.items()}
            self._resources_are_as_the_model_says(tenant, model)

    def _resources_are_as_the_model_says(self, tenant: str, model: Model) -> None:
        users = {
            user["id"]: (user["userName"], user["active"], user.get("displayName"), user.get("secodaRole"))
            for user in self._all(tenant, "/Users")
        }
        assert users == {id: (u.name, u.active, u.display, u.role) for id, u in model.users.items()}
        groups = {
            group["id"]: (group["displayName"], frozenset(m["value"] for m in group.get("members", ())))
            for group in self._all(tenant, "/Groups")
        }
        assert groups == model.groups

    @invariant()
    def nobody_who_may_not_work_is_signed_in(self) -> None:
        for tenant, model in self.models.items():
            live = {account.id for account in self.host.all(tenant) if account.live}
            assert live <= {account.id for account in self.host.all(tenant) if account.state == "active"}
            assert live.isdisjoint(u.account.id for u in model.users.values() if u.account and not u.works)

    @invariant()
    def seats_used_are_seats_counted_and_seats_reserved(self) -> None:
        """What was reserved and released in the ledger adds up to the accounts that sit on a seat."""
        for tenant, model in self.models.items():
            assert sum(a.state in SEATED for a in self.host.all(tenant)) == model.seats_used
            ledger: dict[str, int] = {}
            for effect in self.host.effects(tenant):
                step = {"ReserveSeat": 1, "ReleaseSeat": -1}.get(type(effect).__name__, 0)
                ledger[effect.account] = ledger.get(effect.account, 0) + step
            for account in model.accounts:
                if account.provisioned and account.state != "deleted":
                    assert ledger.get(account.id, 0) == (account.state in SEATED), account

    @invariant()
    def an_owner_remains(self) -> None:
        for tenant in TENANTS:
            there = any(a.owner and a.state == "active" for a in self.host.all(tenant))
            assert there or not self.owned[tenant]
            self.owned[tenant] = there

    @invariant()
    def records_and_changes_are_one_to_one(self) -> None:
        for tenant, expected in self.audits.items():
            assert len(self.trial.service.admin.audit(tenant)) == expected

    @invariant()
    def nothing_waits_in_the_outbox(self) -> None:
        for tenant in TENANTS:
            waiting = [e for e in self.trial.service.admin.effects(tenant) if e.state not in ("done", "cancelled")]
            assert waiting == []

    @invariant()
    def whoever_is_disabled_can_be_enabled(self) -> None:
        """No state is unreachable by re-enable, unless plan, seats or the last owner say so; seen in a dry run."""
        for tenant, model in self.models.items():
            for id, user in model.users.items():
                if user.active:
                    continue
                body = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": True}]}
                plan = self._plan(tenant, "PATCH", f"/Users/{id}", body)
                assert isinstance(plan, Plan)
                refused = model.lapsed or (model.full and not user.held)
                assert (plan.outcome == "refused") == refused, (plan, user)

    # how it is done

    def _configure(self, tenant: str) -> None:
        model = self.models[tenant]
        plan: Literal["open", "lapsed"] = "lapsed" if model.lapsed else "open"
        facts = Tenant(plan=plan, default_role=model.default_role, verified_domains=model.domains)
        self.host.configure(tenant, seat_limit=model.seat_limit, facts=facts)

    def _patch_user(self, user: tuple[str, str], again: bool, **said: object) -> None:
        tenant, id = user
        names = {"name": "userName", "display": "displayName", "active": "active", "role": "secodaRole"}
        operations = [
            {"op": "Remove", "path": names[key]}
            if value is None
            else {"op": "Replace", "path": names[key], "value": value}
            for key, value in said.items()
        ]
        body = {"schemas": [PATCH_OP], "Operations": operations}
        wanted = {key: told(value) if key == "active" else value for key, value in said.items()}
        model = self.models[tenant]
        self._request(tenant, "PATCH", f"/Users/{id}", body, lambda: model.write(id, **wanted), again=again and 200)

    def _patch_group(
        self, tenant: str, id: str, operation: dict[str, Any], name: str, after: frozenset[str], again: bool
    ) -> None:
        body = {"schemas": [PATCH_OP], "Operations": [operation]}
        model = self.models[tenant]
        self._request(
            tenant, "PATCH", f"/Groups/{id}", body, lambda: model.write_group(id, name, after), again=again and 200
        )

    def _request(
        self, tenant: str, method: str, path: str, body: object, predict: Callable[[], int], *, again: int | bool
    ) -> Answer:
        """Ask what would happen, do it, compare both with the model; and perhaps say it a second time."""
        bystander = next(other for other in TENANTS if other != tenant)
        before = self._snapshot(tenant)
        with self._untouched(bystander):
            with self._untouched(tenant):
                plan = self._plan(tenant, method, path, body)
            handled, accounts = len(self.host.handled), set(self.host.accounts_of.get(tenant, {}))
            expected = predict()
            answer = self._send(tenant, method, path, body)
            assert answer.status == expected, (answer, plan)
            changed = answer.status < 300 and self._snapshot(tenant) != before
            self.audits[tenant] += changed or answer.status >= 400
            self._dry_run_was_right(tenant, plan, answer, handled, accounts, changed=changed)
        self._settle(tenant)
        if again and answer.status < 300:
            self._once_more(tenant, method, path, body, int(again))
        return answer

    def _once_more(self, tenant: str, method: str, path: str, body: object, expected: int) -> None:
        """The same request twice is once (POL-011)."""
        with self._untouched(tenant, audit=expected >= 400):
            answer = self._send(tenant, method, path, body)
            assert answer.status == expected, answer

    def _send(self, tenant: str, method: str, path: str, body: object) -> Answer:
        answer = self.trial.send(method, path, body, token=self.tokens[tenant])
        if answer.status == 204 and method != "DELETE":
            answer = evolve(answer, status=200)
        self._drain(tenant)
        return answer

    def _drain(self, tenant: str) -> None:
        self.host.later = frozenset()
        while self.trial.service.worker.drain(tenant, policy=POLICIES[self.policy]):
            pass
        self.host.later = self.later

    def _happens(self, tenant: str, pick: int, event: HostEvent, predict: Callable[[Model, Account], bool]) -> None:
        """The host tells the core first, obeys, and does its own part; for one of its accounts."""
        model = self.models[tenant]
        there = [account for account in model.accounts if account.state not in GONE]
        if not there:
            return
        account = there[pick % len(there)]
        managed = model.of(account) is not None
        bystander = next(other for other in TENANTS if other != tenant)
        with self._untouched(bystander):
            before = self._snapshot(tenant)
            answer = self.trial.service.product.tell(tenant, event, account.id, policy=POLICIES[self.policy])
            self._drain(tenant)
            changed = self._snapshot(tenant) != before
            allowed = predict(model, account)
            assert answer.managed == managed
            if managed and not isinstance(event, SignedIn):
                assert (answer.refusal is None) == allowed, answer
            if answer.refusal is None and allowed:
                self._own_part(tenant, account, event, managed=managed)
        self.audits[tenant] = self._counted(tenant, changed=changed, refused=answer.refusal is not None)
        self._settle(tenant)

    def _counted(self, tenant: str, *, changed: bool, refused: bool) -> int:
        """A host event may change the binding alone: then there is a record that no page shows."""
        found, known = len(self.trial.service.admin.audit(tenant)), self.audits[tenant]
        assert found - known in ((1,) if changed or refused else (0, 1))
        return found

    def _own_part(self, tenant: str, account: Account, event: HostEvent, *, managed: bool) -> None:
        match event:
            case SignedIn():
                self.host.edit(tenant, account.id, live=True, ready=True)
            case AccountDeleted():
                self.host.edit(tenant, account.id, state="deleted", live=False)
                teams = self.host.teams_of.get(tenant, {})
                for id, team in teams.items():
                    teams[id] = evolve(team, members=team.members - {account.id})
            case RolesSet() if not managed:
                self.host.edit(tenant, account.id, roles=account.roles)
            case _:
                pass

    def _settle(self, tenant: str) -> None:
        """Learn the ids of accounts that were opened."""
        model = self.models[tenant]
        self._drain(tenant)
        known = {account.id for account in model.accounts}
        new = [id for id in self.host.accounts_of.get(tenant, {}) if id not in known]
        for account, id in zip([a for a in model.accounts if not a.id], new, strict=True):
            account.id = id

    # dry runs

    def _plan(self, tenant: str, method: str, path: str, body: Any) -> Plan | ScimError | None:
        """What the dry run says: a plan, or an error that comes before any plan."""
        connection = next(c for c in self.trial.connections if c.tenant == tenant)
        caller = Caller(tenant=tenant, connection=connection.id, dialect=connection.dialect, policy=connection.policy)
        _, kind, *rest = path.split("/")
        type = self.trial.service.registry(connection.policy)["User" if kind == "Users" else "Group"]
        service, id = self.trial.service, "".join(rest)
        try:
            match method:
                case "POST":
                    return service.admin.plan_create(caller, type, json.loads(json.dumps(body)))
                case "PUT":
                    return service.admin.plan_replace(caller, type, id, body)
                case "PATCH":
                    return service.admin.plan_patch(caller, type, id, body)
                case _:
                    return service.admin.plan_delete(caller, type, id)
        except ScimError as error:
            return error

    def _dry_run_was_right(
        self,
        tenant: str,
        plan: Plan | ScimError | None,
        answer: Answer,
        handled: int,
        accounts: set[str],
        *,
        changed: bool,
    ) -> None:
        """POL-140: the plan is what then happens, effects and refusals alike."""
        refusal = plan.refusal if isinstance(plan, Plan) else plan
        if answer.status >= 400:
            assert refusal is not None, (plan, answer)
            assert (refusal.status, str(refusal)) == (answer.status, answer["detail"])
            return
        assert isinstance(plan, Plan) and plan.refusal is None, (plan, answer)
        assert changed == (plan.outcome != "unchanged"), (plan, answer)
        opened = next(iter(set(self.host.accounts_of.get(tenant, {})) - accounts), "")
        done = [effect for _, effect in list(self.host.handled.values())[handled:]]
        new_group = str(answer.body.get("id", "")) if isinstance(answer.body, dict) else ""
        planned = [repr(effect).replace(OPENED, "NEW") for effect in plan.effects]
        found = [repr(effect).replace(f"'{opened}'", "'NEW'") if opened else repr(effect) for effect in done]
        if plan.binding is not None and plan.outcome == "created" and plan.binding.type == "Group":
            planned = [text.replace(str(plan.binding.resource), "GROUP") for text in planned]
            found = [text.replace(new_group, "GROUP") for text in found]
        assert sorted(planned) == sorted(found) if self.later else planned == found
        notes = self.trial.service.admin.audit(tenant)[-1].notes if changed else ()
        if changed:
            said = tuple(Note(note.rule, note.text) for note in plan.notes)
            assert notes[len(notes) - len(said) :] == said

    # looking

    def _all(self, tenant: str, path: str) -> list[dict[str, Any]]:
        """As it is stored; a lapsed plan is open again for as long as we look."""
        settings = self.host.settings[tenant]
        self.host.settings[tenant] = evolve(settings, facts=evolve(settings.facts, plan="open"))
        found = self.trial.get(path, token=self.tokens[tenant])["Resources"]
        self.host.settings[tenant] = settings
        return found  # type: ignore[no-any-return]

    def _snapshot(self, tenant: str) -> object:
        return (
            sorted(map(repr, self.host.all(tenant))),
            sorted(repr((t.id, t.name, sorted(t.members))) for t in self.host.teams(tenant)),
            self._all(tenant, "/Users"),
            self._all(tenant, "/Groups"),
            len(self.trial.service.admin.effects(tenant)),
        )

    def _untouched(self, tenant: str, *, audit: bool = False) -> "Untouched":
        return Untouched(self, tenant, audit)


class Untouched:
    """Nothing of the tenant changes meanwhile; one refusal is recorded if `audit`."""

    def __init__(self, machine: Machine, tenant: str, audit: bool) -> None:
        self.machine, self.tenant, self.audit = machine, tenant, audit

    def _look(self) -> tuple[object, int]:
        return self.machine._snapshot(self.tenant), len(self.machine.trial.service.admin.audit(self.tenant))

    def __enter__(self) -> None:
        self.before = self._look()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            snapshot, records = self.before
            assert self._look() == (snapshot, records + self.audit)
            self.machine.audits[self.tenant] += self.audit


class StandardMachine(Machine):
    """Suspend and restore."""

    policy = "standard"


class DastraMachine(Machine):
    """Anonymise and open anew."""

    policy = "dastra"


class SecodaMachine(Machine):
    """Invite, and roles by an attribute."""

    policy = "secoda"


MACHINES = (StandardMachine, DastraMachine, SecodaMachine)
