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
    """Somebody signed in to the account, or tries to: the host asks first and obeys a refusal."""


@frozen
class RolesSet:
    """A local admin set the account's roles by hand."""

    roles: tuple[str, ...]


@frozen
class Edited:
    """A local admin wants to change these attributes (canonical paths) of a managed account."""

    paths: tuple[str, ...]


@frozen
class Held:
    """A local admin suspended the account (`on`), or lifted that."""

    on: bool


@frozen
class AccountDeleted:
    """The product deletes the account, or wants to."""


@frozen
class SettingsChanged:
    """The tenant's settings changed: default role, limit, domains, plan."""


@frozen
class TimePassed:
    """The clock reached the binding's `due`."""


@frozen
class Approved:
    """An admin of the product, or the person, answers what waited for approval: a pending user, a link, a leaver."""

    granted: bool = True


@frozen
class Disconnected:
    """The connection ends; told for each of its bindings."""


#: Every event that the product tells, as a closed union.
HostEvent = (
    SignedIn | RolesSet | Edited | Held | AccountDeleted | SettingsChanged | TimePassed | Approved | Disconnected
)
#: Everything that the policy decides about: a request of the identity provider, or a host event.
Trigger = Created | Updated | Deleted | HostEvent
