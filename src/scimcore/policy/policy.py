"""The provisioning policy: what the product does about what identity providers ask, as one frozen value."""

from attrs import frozen

from scimcore.policy.checks import contradictions
from scimcore.policy.choices import (
    Audit,
    Create,
    Credentials,
    Deactivate,
    Delete,
    Domains,
    Groups,
    Invitations,
    Linking,
    Mastery,
    Names,
    PlanGate,
    Protection,
    Reactivate,
    Roles,
    Safety,
    Scope,
    Seats,
)


@frozen(kw_only=True)
class Policy:
    """What the product does, part by part; the defaults suit most products.

    `describe(policy)` says it in sentences, `diff` compares two, `to_data` and `load` exchange it as data. Raises
    ValueError when its parts contradict each other, a MUST of the RFCs, or what identity providers need; unless
    `nonconformant` says that this is meant.
    """

    name: str = "standard"
    create: Create = Create()
    invitations: Invitations = Invitations()
    deactivate: Deactivate = Deactivate()
    delete: Delete = Delete()
    reactivate: Reactivate = Reactivate()
    seats: Seats = Seats()
    roles: Roles = Roles()
    protection: Protection = Protection()
    mastery: Mastery = Mastery()
    names: Names = Names()
    linking: Linking = Linking()
    domains: Domains = Domains()
    groups: Groups = Groups()
    plan: PlanGate = PlanGate()
    safety: Safety = Safety()
    audit: Audit = Audit()
    credentials: Credentials = Credentials()
    scope: Scope = Scope()
    nonconformant: bool = False

    def __attrs_post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Raises ValueError with everything that does not fit together, in sentences."""
        found = contradictions(self)
        if found and not self.nonconformant:
            raise ValueError(f"policy {self.name!r}: " + " ".join(found))
