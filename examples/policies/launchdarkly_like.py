"""What LaunchDarkly's SCIM reference describes, as a policy: refusals are 400, owners are out of reach."""

from scimcore.policy import Create, Deactivate, Linking, Policy, Protection, Reactivate, Roles, Seats
from scimcore.schema import USER_URN

LAUNCHDARKLY_LIKE = Policy(
    name="launchdarkly-like",
    # Members are invited, and suspended when they are disabled.
    create=Create(initial="invited"),
    # A disabled member cannot be changed, unless the same request enables it.
    deactivate=Deactivate(access="suspend", edits="reject"),
    reactivate=Reactivate(account="restore", roles="previous"),
    # An unknown role is a 400. Creating an owner is refused; on an update the attempt is one as well.
    roles=Roles(
        sources=(f"{USER_URN}:role", "roles"),
        known=("reader", "writer", "admin"),
        unknown="reject",
        not_grantable=("owner",),
        on_not_grantable="reject",
        cleared="keep",
        default="named",
        default_name="reader",
    ),
    # Deactivating the owner is a 400.
    protection=Protection(last_owner="reject", error=400),
    seats=Seats(full="reject", error=400),
    # An existing account is never linked: 409.
    linking=Linking(steps=(), otherwise="refuse", owners="refuse"),
)
