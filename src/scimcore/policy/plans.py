"""What a decision says: a plan, or a question. Both are values; nothing has happened yet."""

from typing import Literal

from attrs import field, frozen

from scimcore.errors import ScimError
from scimcore.policy.effects import AnyEffect
from scimcore.policy.facts import Binding, State
from scimcore.schema.json import JsonObject

#: Facts that can be asked for; each is a field of `Facts`.
Need = Literal[
    "account",
    "seats",
    "other_owner",
    "candidates",
    "groups",
    "ancestors",
    "members",
    "recent_leavers",
    "managed_users",
    "manager",
    "external_id_taken",
    "team",
    "member_count",
    "group_count",
]


@frozen
class Ask:
    """Fetch these facts and decide again. `keys` go with `candidates`: what to match accounts by, in order."""

    needs: tuple[Need, ...]
    keys: tuple["MatchKey", ...] = ()
    #: With `other_owner`: the accounts that are about to stop being owners; empty for the binding's own.
    accounts: tuple[str, ...] = ()
    #: With `members`: their data, accounts and groups as well, which roles are computed from.
    details: bool = False
    #: With `members`: all that the group has after the change, not only those who join or leave.
    everyone: bool = False
    #: With `recent_leavers`: how far back to count, in microseconds.
    window: int = 0


@frozen
class MatchKey:
    """One way to look for an account of the host: `externalId`, `subject`, `email`, `userName`, and its value.

    `deleted`: accounts that an earlier delete closed are candidates too.
    """

    by: Literal["externalId", "subject", "email", "userName"]
    value: str
    deleted: bool = False


@frozen
class Note:
    """Why: the rule that acted (a rewrite's name, an RFC section, a policy field) and what it did, in words.

    `about` names what exactly this rule answers for: effect types (`RevokeCredentials`) and attribute paths (`title`).
    """

    rule: str
    text: str
    about: tuple[str, ...] = ()


@frozen(kw_only=True)
class Order:
    """A new account, as the host is asked to open it. `data` is the User resource; `state` is where it begins."""

    state: State
    data: JsonObject = field(repr=False)
    resource: str = ""
    roles: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)


Outcome = Literal["created", "linked", "restored", "updated", "unchanged", "deleted", "accepted", "refused"]


@frozen(kw_only=True)
class Plan:
    """What is going to happen, complete: dry run shows it, commit applies it.

    Where an account is opened, `OPENED` stands for its id in the binding and in the effects; a new group's team is
    `OPENED` too when the trigger does not say which id the group is going to have.

    `data` is what is stored, when the policy changes what was asked (None: as asked, or nothing). Effects are in the
    order in which the host handles them.
    """

    outcome: Outcome
    notes: tuple[Note, ...]
    binding: Binding | None = None
    opens: Order | None = None
    data: JsonObject | None = None
    #: The resource that the plan is about, where it is not the one in the request (a restored namesake).
    resource: str | None = None
    effects: tuple[AnyEffect, ...] = ()
    #: Names of effect classes: what is still waiting of these for the binding's account is dropped.
    cancels: tuple[str, ...] = ()
    #: Raised after the audit record is committed; nothing else is.
    refusal: ScimError | None = None
    #: Relations whose links the resource loses with this plan.
    drops_links: bool = False
    #: Bindings of other users that the plan changes (their roles, when a group does).
    bindings: tuple[Binding, ...] = ()
    #: The binding is forgotten altogether.
    unbinds: bool = False
    #: A password for the host, where the policy hands it over; kept nowhere.
    secret: str | None = field(default=None, repr=False)
