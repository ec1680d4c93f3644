"""What moves the lifecycle: a change over SCIM, or something that happened in the host. All go through `decide`."""

from attrs import field, frozen

from scimcore.resources.changes import ChangeSet


@frozen(kw_only=True)
class Created:
    """POST. `change.after` is what the client wants stored; `secret` a password, for hosts that take one."""

    change: ChangeSet
    #: The id that the new resource is going to have.
    resource: str = ""
    secret: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Updated:
    """PUT or PATCH that really changes something (a change of relations included).

    `named` are the canonical paths of the top-level attributes that the request mentioned, whether they change or not.
    """

    change: ChangeSet
    method: str = "PATCH"
    named: frozenset[str] = frozenset()
    secret: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Deleted:
    """DELETE. `change.before` is the resource, its relation deltas the links that it loses."""

    change: ChangeSet


@frozen
class SignedIn:
    """A person signs in to the account, or tries to.

    Tell it before you start the session, in the same transaction, and obey a refusal. Otherwise a disabled user gets in
    by a password, an invited account never becomes active, and seats that are taken at the first sign-in stay free.
    """


@frozen
class RolesSet:
    """An admin of the product sets the roles of a managed account; no roles lets the identity provider decide again.

    Ask before you store them, and obey a refusal. What is accepted comes back as `SetRoles`. Otherwise the next push of
    the identity provider overwrites the roles, and the admin does not know why.
    """

    #: All roles that the account shall have.
    roles: tuple[str, ...]


@frozen
class Edited:
    """An admin of the product wants to change attributes of a managed account.

    Ask before you store them, and obey a refusal. Otherwise the next push overwrites the change.
    """

    #: Canonical paths, such as `displayName`; `members` for a team.
    paths: tuple[str, ...]


@frozen
class Held:
    """An admin of the product suspends the account, or lifts that.

    The hold outlasts what the identity provider does: enabling the user there does not lift it. If it is not told, the
    next enabling opens the account again.
    """

    #: True to suspend, False to lift it.
    on: bool


@frozen
class AccountDeleted:
    """The product deletes the account, or wants to.

    Ask before, and obey a refusal. Otherwise the SCIM user stays without an account, and the next change of it has
    effects on an account that is gone (`reconcile` finds that).
    """


@frozen
class SettingsChanged:
    """The settings of the tenant changed: default role, number of seats, domains, plan.

    Tell it for each account that may be concerned, those first who wait for a seat. Otherwise users who wait stay
    waiting until the identity provider changes them.
    """


# An event like the others, so that one table says all that may happen to an account.
@frozen
class TimePassed:
    """The time that a binding waited for has come. `service.worker.run_due` tells it; a host need not."""


@frozen
class Approved:
    """An admin of the product, or the person, answers what waited for an approval.

    That is a new user who is pending, a link to an account that must be confirmed, or a leaver who waits for an
    approval. Otherwise it waits for ever.
    """

    #: False is a refusal: the user stays out, the link is not made, the leaver stays.
    granted: bool = True


@frozen
class Disconnected:
    """The connection of the account ends. `service.admin.disconnect` tells it for each; a host need not."""


#: Every event that the product tells, as a closed union.
HostEvent = (
    SignedIn | RolesSet | Edited | Held | AccountDeleted | SettingsChanged | TimePassed | Approved | Disconnected
)
#: Everything that the policy decides about: a request of the identity provider, or a host event.
Trigger = Created | Updated | Deleted | HostEvent
