"""The result of a decision: a plan, or a question. Both are values; nothing has happened yet."""

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
    """A question: fetch these facts and decide again."""

    needs: tuple[Need, ...]
    #: With `candidates`: the keys to look for accounts by, in order.
    keys: tuple["MatchKey", ...] = ()
    #: With `other_owner`: the accounts that are about to stop being owners. Never empty then.
    accounts: tuple[str, ...] = ()
    #: With `members`: their data, accounts and groups as well, which roles are computed from.
    details: bool = False
    #: With `members`: all that the group has after the change, not only those who join or leave.
    everyone: bool = False
    #: With `recent_leavers`: how far back to count, in microseconds.
    window: int = 0


@frozen
class MatchKey:
    """One way to look for an account of the host (POL-081)."""

    by: Literal["externalId", "subject", "email", "userName"]
    value: str
    #: Accounts that an earlier delete closed are candidates too (POL-023).
    deleted: bool = False


@frozen
class Note:
    """Why something happens. Notes are in every plan and in the audit trail; `scimcore explain` prints them."""

    #: What decided: a choice (`seats.full`), an RFC section, or the name of a rewrite.
    rule: str
    #: What it did, in a sentence that names nobody.
    text: str
    #: What exactly it explains: effect classes (`RevokeCredentials`) and attribute paths (`title`).
    about: tuple[str, ...] = ()


@frozen(kw_only=True)
class Order:
    """A new account that the host is asked to open."""

    #: The lifecycle state in which the account begins.
    state: State
    #: The User resource.
    data: JsonObject = field(repr=False)
    #: The SCIM id of the user.
    resource: str = ""
    #: The roles of the account. No effect repeats them.
    roles: tuple[str, ...] = ()
    #: A password, if the policy hands it over (POL-076). Store a hash of it at most.
    secret: str | None = field(default=None, repr=False)


#: What becomes of the resource. `accepted`: an event in the host that no resource is answered for.
Outcome = Literal["created", "linked", "restored", "updated", "unchanged", "deleted", "accepted", "refused"]


@frozen(kw_only=True)
class Plan:
    """All that is going to happen. A dry run shows it, a commit applies it.

    If an account is opened, `OPENED` stands for its id in the binding and in the effects. A new group's team is
    `OPENED` too if the trigger does not say which id the group is going to have.
    """

    outcome: Outcome
    #: Why, in the order in which the rules acted.
    notes: tuple[Note, ...]
    #: The binding as it will be.
    binding: Binding | None = None
    #: The account that the host must open first.
    opens: Order | None = None
    #: The resource to store, if the policy changes what was sent; None otherwise.
    data: JsonObject | None = None
    #: The resource that the plan is about, if it is not the one in the request (a restored namesake).
    resource: str | None = None
    #: In the order in which the host handles them.
    effects: tuple[AnyEffect, ...] = ()
    #: Names of effect classes. What still waits of these for the binding's account is dropped.
    cancels: tuple[str, ...] = ()
    #: The error that the request is answered with. Only the audit record is written then.
    refusal: ScimError | None = None
    #: The resource loses all its links.
    drops_links: bool = False
    #: An owner is disabled, but the account still works: in a grace period, or until an admin approves. It does not
    #: count as the other owner whom somebody else may leave the tenant to.
    owner_leaves: bool = False
    #: Bindings of other users that change too (their roles, if a group does).
    bindings: tuple[Binding, ...] = ()
    #: The binding is deleted.
    unbinds: bool = False
    #: A password for the host, if the policy hands it over (POL-076). It is stored nowhere.
    secret: str | None = field(default=None, repr=False)
