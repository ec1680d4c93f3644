"""What surrounds it all: the customer's plan, safety, the record of what happened, and credentials."""

from typing import Literal

from attrs import frozen

from scimcore.policy.choices.sentences import choice, setting


@frozen(kw_only=True)
class PlanGate:
    """Whether the customer's plan includes provisioning."""

    closed: Literal["all_but_discovery", "everything"] = choice(
        "all_but_discovery",
        "POL-130",
        {
            "all_but_discovery": "Without the plan everything but discovery is refused.",
            "everything": "Without the plan everything is refused.",
        },
    )
    lapsed: Literal["leavers", "freeze", "read_only", "off"] = choice(
        "leavers",
        "POL-131",
        {
            "leavers": "When the plan has ended, users can still be disabled and deleted, and nothing else.",
            "freeze": "When the plan has ended, users can still be read, disabled and deleted.",
            "read_only": "When the plan has ended, users can only be read.",
            "off": "When the plan has ended, everything is refused.",
        },
    )


@frozen(kw_only=True)
class Safety:
    """A brake for mistakes on the other side."""

    max_leavers: int = setting(
        0,
        "POL-141",
        "More than {value} users disabled or deleted within the window are held until an admin releases them.",
        empty="Any number of users may leave at once.",
    )
    max_leavers_percent: int = setting(
        0,
        "POL-141",
        "More than {value} per cent of the users within the window are held until an admin releases them.",
        empty="Any share of the users may leave at once.",
    )
    window_hours: int = setting(24, "POL-141", "The window is {value} hours.", empty="There is no window.")
    never_below: int = setting(
        5, "POL-141", "Up to {value} leavers are never held by the share.", empty="The share counts from the first."
    )
    error: Literal[403, 429] = choice(
        403, "POL-141", {403: "A held leaver is answered 403.", 429: "A held leaver is answered 429."}
    )
    requests_per_second: int = setting(
        0, "POL-143", "A tenant may send {value} requests a second.", empty="Requests are not counted."
    )


@frozen(kw_only=True)
class Audit:
    """The record of every change and every refusal. It is always kept; this says what is in it and for how long."""

    values: Literal["redacted", "none"] = choice(
        "redacted",
        "POL-150",
        {
            "redacted": "A record shows what changed, without secrets.",
            "none": "A record shows which attributes changed, not their values.",
        },
    )
    retention_days: int = setting(
        0, "POL-151", "Records are kept for {value} days.", empty="Records are kept until the product deletes them."
    )
    forget_anonymised: bool = choice(
        True,
        "POL-151",
        {
            True: "Who is anonymised is gone from the records too.",
            False: "Records keep the values of people who were anonymised.",
        },
    )


@frozen(kw_only=True)
class Credentials:
    """The connection's tokens. They belong to the connection, never to a person (POL-102, POL-163)."""

    max_live: int = setting(
        5, "POL-161", "A connection has up to {value} live tokens.", empty="Any number may be live."
    )
    expire_days: int = setting(0, "POL-164", "A token lives {value} days.", empty="A token lives until it is revoked.")
    warn_days: tuple[int, ...] = setting(
        (30, 7, 1), "POL-164", "The admins are warned {value} days before a token expires.", empty="Nobody is warned."
    )


@frozen(kw_only=True)
class Scope:
    """What a connection reaches. It is always exactly one tenant; what is elsewhere is 404 (POL-120, POL-122)."""

    other_connections: Literal["none", "read"] = choice(
        "none",
        "POL-121",
        {
            "none": "A connection sees what it provisioned, and nothing else.",
            "read": "A connection sees what others of the tenant provisioned, and changes only its own.",
        },
    )
