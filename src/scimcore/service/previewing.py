"""Before going live: who of the identity provider's users would be linked, created, or clash (POL-140)."""

from typing import Literal

from attrs import frozen

from scimcore.errors import ScimError
from scimcore.policy.plans import Note, Plan

Outcome = Literal["links", "creates", "restores", "clashes", "refused"]


@frozen(kw_only=True)
class Preview:
    """What creating one user would come to. `account` is the one that would be linked; `detail` says why not."""

    user_name: str
    outcome: Outcome
    account: str | None = None
    detail: str = ""
    notes: tuple[Note, ...] = ()


def of_plan(user_name: str, plan: Plan) -> Preview:
    """The plan of a create, in one word."""
    if plan.refusal is not None:
        outcome: Outcome = "clashes" if plan.refusal.status == 409 else "refused"
        return Preview(user_name=user_name, outcome=outcome, detail=str(plan.refusal), notes=plan.notes)
    words: dict[str, Outcome] = {"linked": "links", "restored": "restores"}
    linked = plan.binding.account if plan.binding is not None and plan.outcome == "linked" else None
    return Preview(user_name=user_name, outcome=words.get(plan.outcome, "creates"), account=linked, notes=plan.notes)


def of_error(user_name: str, error: ScimError) -> Preview:
    """A body that is refused before the policy sees it."""
    return Preview(user_name=user_name, outcome="clashes" if error.status == 409 else "refused", detail=str(error))


def twice(user_name: str) -> Preview:
    """The second user of one name in the list."""
    note = Note("reactivate.on_post", "a user of that name stands further up in the list")
    return Preview(user_name=user_name, outcome="clashes", detail=note.text, notes=(note,))
