"""The provisioning policy: what the product does about what identity providers ask, as one frozen value."""

from typing import TypeVar

from attrs import field, frozen

from scimcore._arguments import instance_of, text
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

P = TypeVar("P")


def _part(default: P) -> P:
    """A field that takes choices of this class: `Policy(deactivate="anonymise")` is a common slip."""
    name = type(default).__name__
    article = "an" if name[0] in "AEIOU" else "a"
    return field(default=default, validator=instance_of(type(default), f"{article} {name}"))


# The hash is computed once: a policy is a part of many cache keys, and it has more than a hundred values.
@frozen(kw_only=True, cache_hash=True)
class Policy:
    """The answer of a product to what identity providers ask, choice by choice. The defaults suit most products.

    `describe(policy)` says it in sentences, `diff` compares two policies, `load` reads one from a file and `to_toml`
    writes one. A policy is hashable, and equal to every policy with the same choices.

    Raises TypeError or ValueError for a wrong value, and ValueError when choices contradict each other, a MUST of the
    RFCs, or what identity providers need; `nonconformant=True` says that the contradictions are meant.
    """

    #: Shows in the output of `describe`, in error messages and in the audit trail.
    name: str = field(default="standard", validator=text(empty=False))
    create: Create = _part(Create())
    invitations: Invitations = _part(Invitations())
    deactivate: Deactivate = _part(Deactivate())
    delete: Delete = _part(Delete())
    reactivate: Reactivate = _part(Reactivate())
    seats: Seats = _part(Seats())
    roles: Roles = _part(Roles())
    protection: Protection = _part(Protection())
    mastery: Mastery = _part(Mastery())
    names: Names = _part(Names())
    linking: Linking = _part(Linking())
    domains: Domains = _part(Domains())
    groups: Groups = _part(Groups())
    plan: PlanGate = _part(PlanGate())
    safety: Safety = _part(Safety())
    audit: Audit = _part(Audit())
    credentials: Credentials = _part(Credentials())
    scope: Scope = _part(Scope())
    #: The contradictions are meant: `check` lets them pass. A wrong value is refused all the same.
    nonconformant: bool = field(default=False, validator=instance_of(bool, "True or False"))

    def __attrs_post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Raise ValueError with a sentence for each contradiction, unless the policy is meant to be nonconformant."""
        found = contradictions(self)
        if found and not self.nonconformant:
            raise ValueError(f"policy {self.name!r}: " + " ".join(found))
