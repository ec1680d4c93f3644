"""The product's settings page of one customer, and what of it a policy is told."""

import json
from typing import Final, Literal

import sqlalchemy as sa
from attrs import asdict, frozen
from sqlalchemy import Connection

from scimcore.policy.facts import Tenant
from trial.statements import run
from trial.tables import SETTINGS

PLANS: Final = ("free", "enterprise")


@frozen(kw_only=True)
class Settings:
    """What the customer's subscription and its admins have set."""

    plan: str = "enterprise"
    seat_limit: int | None = None
    default_role: str = "member"
    sso_enforced: bool = False
    verified_domains: tuple[str, ...] = ()

    def facts(self, *, provisioned: bool) -> Tenant:
        """As a policy is told. Without the plan, what was `provisioned` before may still be taken away."""
        plan: Literal["open", "closed", "lapsed"] = "lapsed" if provisioned else "closed"
        return Tenant(
            plan="open" if self.plan == "enterprise" else plan,
            default_role=self.default_role,
            sso_enforced=self.sso_enforced,
            verified_domains=self.verified_domains,
        )


_UNTOUCHED: Final = Settings()
_NAMES: Final = ("plan", "seat_limit", "default_role", "sso_enforced", "verified_domains")
_READ: Final = sa.select(*(SETTINGS.c[name] for name in _NAMES)).where(SETTINGS.c.tenant == sa.bindparam("of"))


def read(tx: Connection, tenant: str) -> Settings:
    """The customer's settings; the defaults until somebody changes them."""
    row = run(tx, _READ, of=tenant).fetchone()
    if row is None:
        return _UNTOUCHED
    values = dict(zip(_NAMES, row, strict=True))
    domains = tuple(json.loads(values.pop("verified_domains")))
    return Settings(sso_enforced=bool(values.pop("sso_enforced")), verified_domains=domains, **values)


def write(tx: Connection, tenant: str, settings: Settings) -> None:
    """Keep them."""
    values = asdict(settings) | {"verified_domains": json.dumps(settings.verified_domains)}
    changed = tx.execute(sa.update(SETTINGS).where(SETTINGS.c.tenant == tenant).values(**values))
    if not changed.rowcount:
        tx.execute(sa.insert(SETTINGS).values(tenant=tenant, **values))
