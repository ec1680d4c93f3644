# ruff: noqa: S101  (a contract asserts)
"""What repositories promise about bindings, the outbox and the audit trail."""

from typing import Any

import pytest
from attrs import evolve

from scimcore.policy.facts import Memory, State
from scimcore.policy.plans import Note
from scimcore.repository import AuditRecord, EffectRecord, Gone, Repository
from scimcore.testing.contract_samples import ACME, BETA, audit, bound, effect, look


def _record(repository: Repository[Any], record: AuditRecord, *effects: EffectRecord, tenant: str = ACME) -> None:
    with repository.unit(tenant, write=True) as unit:
        unit.record(record, effects)


def _bind(repository: Repository[Any], *bindings: Any, tenant: str = ACME) -> None:
    with repository.unit(tenant, write=True) as unit:
        for binding in bindings:
            unit.bind(binding)


def _keys(effects: Any) -> list[str]:
    return [effect.key for effect in effects]


class BindingContract:
    """A binding says which account a resource stands for; it outlives the resource."""

    # Every field, so that one which is added later and not stored is noticed.
    def test_a_binding_is_kept_to_the_letter(self, repository: Repository[Any]) -> None:
        full = bound(
            "u1",
            "a1",
            state="suspended",
            connection="c1",
            since=5,
            roles=("admin", "élève"),
            override=(),
            retained=("owner",),
            held=True,
            due=7,
            memory=Memory(
                state_before="invited", seat_until=0, works_until="approval", taken_over=("title", "name.élève")
            ),
        )
        _bind(repository, full, bound("u2", None), bound("u3", "a3", override=("x",)))

        assert look(repository, ACME, lambda unit: unit.binding("u1")) == full
        assert look(repository, ACME, lambda unit: unit.binding("u2")) == bound("u2", None)
        found = look(repository, ACME, lambda unit: unit.bindings(["u3", "nobody", "u1"]))
        assert dict(found) == {"u1": full, "u3": bound("u3", "a3", override=("x",))}
        assert look(repository, ACME, lambda unit: unit.binding("nobody")) is None

    def test_binding_again_replaces(self, repository: Repository[Any]) -> None:
        _bind(repository, bound("u1", "a1", roles=("x",), override=("y",), held=True, memory=Memory(degraded=True)))
        _bind(repository, bound("u1", "a2", since=3))

        assert look(repository, ACME, lambda unit: unit.binding("u1")) == bound("u1", "a2", since=3)
        assert look(repository, ACME, lambda unit: unit.binding_of("a1")) is None
        assert look(repository, ACME, lambda unit: unit.binding_of("a2")) == bound("u1", "a2", since=3)

    # A deleted user's account may belong to a new user by now.
    def test_tombstones_stand_for_nobody(self, repository: Repository[Any]) -> None:
        _bind(repository, bound("u1", "a1", state="deleted", since=9), bound("u2", "a1", since=1))
        assert look(repository, ACME, lambda unit: unit.binding_of("a1")) == bound("u2", "a1", since=1)

        _bind(repository, bound("u2", "a1", state="deleted"))
        assert look(repository, ACME, lambda unit: unit.binding_of("a1")) is None

    # There should be one; where two units raced there may be two, and all stores must choose the same.
    @pytest.mark.parametrize("state", ["invited", "pending", "suspended", "anonymised"])
    def test_the_latest_that_is_no_tombstone_stands_for_the_account(
        self, repository: Repository[Any], state: State
    ) -> None:
        latest = bound("u2", "a1", state=state, since=5)
        _bind(repository, bound("u3", "a1", since=2), latest, bound("u1", "a1", since=3))

        assert look(repository, ACME, lambda unit: unit.binding_of("a1")) == latest

    def test_unbinding_forgets(self, repository: Repository[Any]) -> None:
        _bind(repository, bound("u1", "a1"), bound("u2", "a2"))
        with repository.unit(ACME, write=True) as unit:
            unit.unbind("u1")
            unit.unbind("nobody")

        assert dict(look(repository, ACME, lambda unit: unit.bindings(["u1", "u2"]))) == {"u2": bound("u2", "a2")}
        assert look(repository, ACME, lambda unit: unit.binding_of("a1")) is None

    # 0 means never, and must not be taken for long ago.
    def test_what_is_due_comes_earliest_first(self, repository: Repository[Any]) -> None:
        dues = {"u1": 30, "u2": 10, "u3": 0, "u4": 20, "u5": 31}
        _bind(repository, *(bound(id, None, due=due) for id, due in dues.items()))

        found = look(repository, ACME, lambda unit: [b.resource for b in unit.due(30, 9)])
        assert found == ["u2", "u4", "u1"]
        assert look(repository, ACME, lambda unit: [b.resource for b in unit.due(30, 2)]) == ["u2", "u4"]

    # The share of the leaver limit rests on it: counted too high, a faulty connector may delete a company.
    def test_managed_users_are_counted_by_connection(self, repository: Repository[Any]) -> None:
        states = ("active", "invited", "pending", "suspended", "anonymised", "deleted")
        users = [bound(s, None, state=s, connection="c", since=n) for n, s in enumerate(states)]
        other = bound("else", None, state="suspended", connection="d", since=9)
        team = bound("g1", "t1", type="Group", state="suspended", connection="c", since=9)
        _bind(repository, *users, other, team)

        with repository.unit(ACME, write=False) as unit:
            assert unit.managed("c") == 5
            assert unit.managed("nobody") == 0

    def test_tenants_do_not_share_bindings(self, repository: Repository[Any]) -> None:
        ours, left = bound("u1", "a1", due=1, connection="c"), bound("u2", "a2", state="suspended", connection="c")
        _bind(repository, ours, left)
        _bind(repository, bound("u1", "a9"), tenant=BETA)

        assert look(repository, ACME, lambda unit: unit.binding("u1")) == ours
        with repository.unit(BETA, write=True) as unit:
            assert (unit.binding("u1"), unit.binding("u2")) == (bound("u1", "a9"), None)
            assert (unit.binding_of("a1"), list(unit.due(9, 9))) == (None, [])
            assert dict(unit.bindings(["u1", "u2"])) == {"u1": bound("u1", "a9")}
            assert unit.managed("c") == 0
            unit.unbind("u1")
            unit.unbind("u2")
        with repository.unit(ACME, write=False) as unit:
            assert (unit.binding("u1"), unit.binding_of("a2")) == (ours, left)
            assert unit.managed("c") == 2


class RecordingContract:
    """Effects and audit records are kept in order, and only what they allow is ever changed."""

    def test_records_are_kept_to_the_letter(self, repository: Repository[Any]) -> None:
        record = audit(
            "r1",
            2**53,
            connection="c",
            credential="t",
            request="q",
            type="User",
            target="u1",
            account="a1",
            code="SC-1",
            detail="Zoë",
            changes={"title": ["x", None]},
            notes=(Note("rule", "tëxt"),),
            effects=("SuspendAccount",),
        )
        sent = effect("e1", 2**53, 0, payload={"kinds": ["a"], "n": 1.5, "é": None}, due=4, attempts=2, error="é")
        _record(repository, record, sent)

        assert look(repository, ACME, lambda unit: list(unit.audit(None, 9))) == [record]
        assert look(repository, ACME, lambda unit: list(unit.effects(None, 9))) == [sent]

    # The place is (at, nth): effects of one transaction have the same time.
    def test_the_outbox_is_in_order(self, repository: Repository[Any]) -> None:
        _record(repository, audit("r2", 2), effect("a", 2, 1), effect("d", 2, 0))
        _record(repository, audit("r1", 1), effect("b", 1, 10), effect("c", 1, 9))

        assert look(repository, ACME, lambda unit: _keys(unit.effects(None, 3))) == ["c", "b", "d"]
        assert look(repository, ACME, lambda unit: _keys(unit.effects((1, 10), 9))) == ["d", "a"]
        assert look(repository, ACME, lambda unit: _keys(unit.effects((1, 9), 9))) == ["b", "d", "a"]
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 9))) == ["c", "b", "d", "a"]
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 2))) == ["c", "b"]

    # Records of one microsecond are ordered by their id, or a page would skip some of them.
    def test_the_trail_is_in_order(self, repository: Repository[Any]) -> None:
        for id, at in (("b", 2), ("a", 2), ("c", 1)):
            _record(repository, audit(id, at))

        assert look(repository, ACME, lambda unit: [r.id for r in unit.audit(None, 9)]) == ["c", "a", "b"]
        assert look(repository, ACME, lambda unit: [r.id for r in unit.audit(None, 2)]) == ["c", "a"]
        assert look(repository, ACME, lambda unit: [r.id for r in unit.audit((2, "a"), 9)]) == ["b"]

    def test_only_what_is_due_and_waiting_waits(self, repository: Repository[Any]) -> None:
        states = [effect(s, 1, n, state=s) for n, s in enumerate(("waiting", "done", "dead", "cancelled"))]
        _record(repository, audit("r", 1), *states, effect("later", 1, 9, due=50))

        assert look(repository, ACME, lambda unit: _keys(unit.waiting(49, 9))) == ["waiting"]
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(50, 9))) == ["waiting", "later"]

    def test_updating_writes_state_attempts_due_and_error(self, repository: Repository[Any]) -> None:
        first, second = effect("e1", 1, 0, payload={"x": 1}), effect("e2", 1, 1)
        _record(repository, audit("r", 1), first, second)
        tried = evolve(first, attempts=3, due=70, error="no answer")
        with repository.unit(ACME, write=True) as unit:
            unit.update_effect(evolve(tried, payload={}))
            unit.update_effect(evolve(second, state="done"))

        assert look(repository, ACME, lambda unit: list(unit.effects(None, 9))) == [tried, evolve(second, state="done")]
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(69, 9))) == []
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(70, 9))) == ["e1"]

    # In the order of the decisions and not of `due`: a later decision may be due earlier, and must not overtake.
    def test_what_waits_comes_in_order_whenever_it_was_due(self, repository: Repository[Any]) -> None:
        sent = (effect("a", 1, 2, due=3), effect("b", 1, 1, due=5), effect("c", 1, 0, due=4))
        _record(repository, audit("r", 1), *sent)

        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 9))) == ["c", "b", "a"]
        assert look(repository, ACME, lambda unit: _keys(unit.backlog("a1", 9, 9))) == ["c", "b", "a"]

    # An index of unfinished effects has to take a row back that it had lost.
    def test_a_dead_letter_can_wait_again(self, repository: Repository[Any]) -> None:
        dead = effect("e1", 1, 0, state="dead", attempts=9, error="no answer")
        _record(repository, audit("r", 1), dead)
        again = evolve(dead, state="waiting", attempts=0, error="")
        with repository.unit(ACME, write=True) as unit:
            unit.update_effect(again)

        assert look(repository, ACME, lambda unit: list(unit.waiting(9, 9))) == [again]

    def test_updating_nothing_is_gone(self, repository: Repository[Any]) -> None:
        _record(repository, audit("r", 1), effect("e1", 1, 0), tenant=BETA)

        with pytest.raises(Gone), repository.unit(ACME, write=True) as unit:
            unit.update_effect(effect("e1", 1, 0, state="done"))
        assert look(repository, BETA, lambda unit: _keys(unit.waiting(9, 9))) == ["e1"]

    # A dead invitation that an admin retries would invite somebody who has left.
    def test_cancelling_takes_the_accounts_waiting_and_dead_effects_of_these_types(
        self, repository: Repository[Any]
    ) -> None:
        _record(
            repository,
            audit("r", 1),
            effect("mine", 1, 0, type="SendInvitation", due=99, attempts=2, error="no answer", lane="mail"),
            effect("dead", 1, 4, type="SendInvitation", state="dead", lane="mail"),
            effect("done", 1, 1, type="SendInvitation", state="done", lane="mail"),
            effect("type", 1, 2),
            effect("account", 1, 3, type="SendInvitation", account="a2"),
        )
        with repository.unit(ACME, write=True) as unit:
            assert unit.cancel("a1", ["SendInvitation", "Notify"], 9) == 2
            assert unit.cancel("a1", ["SendInvitation"], 9) == 0
            assert unit.cancel("a1", [], 9) == 0

        found = {e.key: e for e in look(repository, ACME, lambda unit: unit.effects(None, 9))}
        states = {"mine": "cancelled", "done": "done", "type": "waiting", "account": "waiting", "dead": "cancelled"}
        assert {key: e.state for key, e in found.items()} == states
        assert (found["mine"].attempts, found["mine"].due, found["mine"].error) == (2, 99, "no answer")

    # To take access away is called off only within a grace period: what is due, was tried or is dead stays.
    def test_cancelling_spares_access_that_is_due(self, repository: Repository[Any]) -> None:
        sent: dict[str, dict[str, Any]] = {
            "grace": {"due": 10},
            "due": {"due": 9},
            "tried": {"due": 10, "attempts": 1},
            "dead": {"due": 10, "state": "dead"},
        }
        records = [effect(key, 1, nth, lane="access", **more) for nth, (key, more) in enumerate(sent.items())]
        _record(repository, audit("r", 1), *records)
        with repository.unit(ACME, write=True) as unit:
            assert unit.cancel("a1", ["SuspendAccount"], 9) == 1

        found = {e.key: e.state for e in look(repository, ACME, lambda unit: unit.effects(None, 9))}
        assert found == {"grace": "cancelled", "due": "waiting", "tried": "waiting", "dead": "dead"}

    # A worker reads a bounded page: a thousand mails must not keep a suspension out of it.
    def test_what_waits_comes_by_lane_first(self, repository: Repository[Any]) -> None:
        lanes = ("mail", "change", "access", "change", "access", "mail")
        sent = [effect(f"{lane}{at}", at, 0, lane=lane) for at, lane in enumerate(lanes)]
        _record(repository, audit("r", 1), *sent)

        by_lane = ["access2", "access4", "change1", "change3", "mail0", "mail5"]
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 9))) == by_lane
        assert look(repository, ACME, lambda unit: _keys(unit.backlog("a1", 9, 9))) == by_lane
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 1))) == ["access2"]
        assert [e.lane for e in look(repository, ACME, lambda unit: unit.effects(None, 9))] == list(lanes)

    def test_tenants_do_not_share_the_outbox(self, repository: Repository[Any]) -> None:
        _record(repository, audit("r", 1), effect("ours", 1, 0))
        _record(repository, audit("r", 1), effect("theirs", 2, 0), tenant=BETA)

        with repository.unit(BETA, write=True) as unit:
            assert (_keys(unit.waiting(9, 9)), _keys(unit.effects(None, 9))) == (["theirs"], ["theirs"])
            assert unit.cancel("a1", ["SuspendAccount"], 9) == 1
        assert look(repository, ACME, lambda unit: _keys(unit.waiting(9, 9))) == ["ours"]

    # An effect that was tried counts although it is not due yet: it is in back-off, and everything newer waits.
    def test_a_backlog_is_what_stands_before_anything_newer(self, repository: Repository[Any]) -> None:
        _record(
            repository,
            audit("r", 1),
            effect("tried", 1, 3, attempts=1, due=99),
            effect("due", 1, 2, due=10),
            effect("dead", 1, 1, state="dead"),
            effect("later", 1, 0, due=99),
            effect("done", 1, 4, state="done", attempts=1),
            effect("else", 1, 5, account="a2"),
        )

        assert look(repository, ACME, lambda unit: _keys(unit.backlog("a1", 10, 9))) == ["dead", "due", "tried"]
        assert look(repository, ACME, lambda unit: _keys(unit.backlog("a1", 9, 1))) == ["dead"]
        assert look(repository, BETA, lambda unit: _keys(unit.backlog("a1", 10, 9))) == []

    # What waits and what is dead stays, however old it is.
    def test_what_is_old_and_done_can_be_let_go_of(self, repository: Repository[Any]) -> None:
        """Where the units have `Prunes`: a store that lets go of old records by itself can do without."""
        states = ("done", "cancelled", "waiting", "dead", "done")
        sent = [effect(f"e{at}", at, 0, state=s) for at, s in enumerate(states, start=1)]
        for at in range(1, 6):
            _record(repository, audit(f"r{at}", at))
        _record(repository, audit("r6", 6), *sent)
        _record(repository, audit("r0", 0), effect("e0", 0, 0, state="done"), tenant=BETA)
        with repository.unit(ACME, write=True) as unit:
            if not hasattr(unit, "prune_audit"):
                return
            assert (unit.prune_audit(4, 2), unit.prune_effects(5, 1)) == (2, 1)
            assert [record.id for record in unit.audit(None, 9)] == ["r3", "r4", "r5", "r6"]
            assert _keys(unit.effects(None, 9)) == ["e2", "e3", "e4", "e5"]
            assert (unit.prune_audit(4, 9), unit.prune_effects(5, 9)) == (1, 1)
            assert (unit.prune_audit(4, 9), unit.prune_effects(5, 9)) == (0, 0)

        assert look(repository, ACME, lambda unit: [r.id for r in unit.audit(None, 9)]) == ["r4", "r5", "r6"]
        assert look(repository, ACME, lambda unit: _keys(unit.effects(None, 9))) == ["e3", "e4", "e5"]
        assert look(repository, BETA, lambda unit: (len(unit.audit(None, 9)), len(unit.effects(None, 9)))) == (1, 1)

    # That something happened stays on record; what the values were does not (an anonymised user).
    def test_forgetting_blanks_the_values_of_one_resource(self, repository: Repository[Any]) -> None:
        kept = audit("r2", 2, target="u2", detail="Zoë", changes={"a": [1, 2]}, notes=(Note("r", "t"),))
        gone = audit("r1", 1, target="u1", detail="Zoë", changes={"a": [1, 2]}, notes=(Note("r", "t"),))
        _record(repository, gone)
        _record(repository, kept)
        _record(repository, gone, tenant=BETA)
        with repository.unit(ACME, write=True) as unit:
            unit.forget("u1")

        blank = evolve(gone, detail="", changes={})
        assert look(repository, ACME, lambda unit: list(unit.audit(None, 9))) == [blank, kept]
        assert look(repository, BETA, lambda unit: list(unit.audit(None, 9))) == [gone]
