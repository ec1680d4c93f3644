"""Operations: the customer's plan, safety, the audit trail, credentials, and the scope of a connection."""

from typing import Literal

from attrs import frozen

from scimcore._arguments import each, whole_number
from scimcore.policy.choices.sentences import choice, setting

_BILLION = 10**9


@frozen(kw_only=True)
class PlanGate:
    """The requests that pass if the customer's plan does not include provisioning, or does no longer."""

    # The test of the connection in an identity provider reads discovery; it should find the sentence about the plan.
    closed: Literal["all_but_discovery", "everything"] = choice(
        "all_but_discovery",
        "POL-130",
        {
            "all_but_discovery": "If the plan does not include provisioning, everything but discovery is refused.",
            "everything": "If the plan does not include provisioning, everything is refused.",
        },
    )
    # POL-046: a leaver must always be able to leave, also when nobody pays any more. Okta reads a user before it
    # disables it (PUT), so a plan that refused reads would keep its leavers in.
    lapsed: Literal["freeze", "leavers", "read_only", "off"] = choice(
        "freeze",
        "POL-131",
        {
            "freeze": "After the plan has ended, users can only be read, disabled and deleted.",
            "leavers": "After the plan has ended, users can only be disabled and deleted.",
            "read_only": "After the plan has ended, users can only be read.",
            "off": "After the plan has ended, everything is refused.",
        },
    )


@frozen(kw_only=True)
class Safety:
    """The leaver limit, and the rate limit: they stop mistakes in the identity provider's configuration."""

    # Off: a number that suits a customer of 20 stops one of 20,000. Entra ID has such a limit of its own, 500 by
    # default, for deletions only.
    max_leavers: int = setting(
        0,
        "POL-141",
        "At most {value} can be disabled or deleted within the window. An admin can release more.",
        empty="Any number of users can be disabled or deleted at once.",
        unit="user",
        check=whole_number(0, _BILLION),
    )
    max_leavers_percent: int = setting(
        0,
        "POL-141",
        "At most {value} % of the users can be disabled or deleted within the window. An admin can release more.",
        empty="Any share of the users can be disabled or deleted at once.",
        check=whole_number(0, 100),
    )
    window_hours: int = setting(
        24,
        "POL-141",
        "The window is {value} long.",
        empty="There is no window.",
        unit="hour",
        check=whole_number(1, 87_600),
    )
    # In a tenant of ten users one leaver is 10 %: without a floor the share would stop normal work.
    never_below: int = setting(
        5,
        "POL-141",
        "The share never stops the first {value} who leave.",
        empty="The share counts from the first user who leaves.",
        unit="user",
        check=whole_number(0, _BILLION),
    )
    # 403: nothing changes until a person acts. 429 makes identity providers try again by themselves.
    error: Literal[403, 429] = choice(
        403,
        "POL-141",
        {
            403: "A leaver above the limit is answered 403.",
            429: "A leaver above the limit is answered 429, and identity providers try again.",
        },
    )
    # Off: a proxy in front of the product counts better. Entra ID sends bursts of 25 requests a second when a job
    # starts.
    requests_per_second: int = setting(
        0,
        "POL-143",
        "A tenant can send {value} per second.",
        empty="A tenant can send any number of requests.",
        unit="request",
        check=whole_number(0, 1_000_000),
    )


@frozen(kw_only=True)
class Audit:
    """The record of every change and every refusal. It is always written; this says what is in it and for how long."""

    # Without the values nobody can tell what a wrong mapping did; secrets never get this far.
    values: Literal["redacted", "none"] = choice(
        "redacted",
        "POL-150",
        {
            "redacted": "An audit record shows the old and new values, without secrets.",
            "none": "An audit record shows which attributes changed, without their values.",
        },
    )
    # 0: audit records are evidence, and laws differ on how long they must, and may, be kept.
    retention_days: int = setting(
        0,
        "POL-151",
        "Audit records are deleted after {value}.",
        empty="Audit records stay until the product deletes them.",
        unit="day",
        check=whole_number(0, 36_500),
    )
    # Otherwise the product would say that it forgot a person whose name is in its records.
    forget_anonymised: bool = choice(
        True,
        "POL-151",
        {
            True: "Anonymising a user removes the user from the audit records too.",
            False: "Audit records keep the values of anonymised users.",
        },
    )


@frozen(kw_only=True)
class Credentials:
    """The connection's tokens. They belong to the connection, never to a person (POL-102, POL-163)."""

    # More than one, so that a token can be replaced without an hour in which provisioning stands still.
    max_live: int = setting(
        5,
        "POL-161",
        "A connection can have {value} at the same time.",
        empty="A connection can have any number of tokens.",
        unit="token",
        check=whole_number(0, 1000),
    )
    # Entra ID puts a provisioning job into quarantine when its token expires, so tokens do not expire by default.
    expire_days: int = setting(
        0,
        "POL-164",
        "A token expires after {value}.",
        empty="A token works until it is revoked.",
        unit="day",
        check=whole_number(0, 3650),
    )
    warn_days: tuple[int, ...] = setting(
        (30, 7, 1),
        "POL-164",
        "The admins are warned {value} before a token expires.",
        empty="The admins are not warned before a token expires.",
        unit="day",
        check=each(whole_number(0, 3650), "a tuple of whole numbers"),
    )


@frozen(kw_only=True)
class Scope:
    """The users and groups that a connection sees.

    A connection belongs to exactly one tenant and gets 404 for all others (POL-120, POL-122).
    """

    # Two identity providers that see each other's users repair each other's work.
    other_connections: Literal["none", "read"] = choice(
        "none",
        "POL-121",
        {
            "none": "A connection sees only the users and groups that it created.",
            "read": "A connection sees all users and groups of the tenant. It can change only those that it created.",
        },
    )
