"""The bounds of a service: how much one request may ask for, and how hard a write tries."""

from attrs import field, frozen
from attrs.validators import ge


@frozen(kw_only=True)
class Limits:
    """Every bound has a default that suits most hosts; all count things, none of them time unless it says so."""

    #: Resources on a page when the client does not say (the interop profile wants 100 or more).
    default_page: int = field(default=100, validator=ge(1))
    #: Resources on a page at most; more is clamped (RFC 7644 table 6), refused only with a cursor (RFC 9865).
    max_results: int = field(default=1000, validator=ge(1))
    #: A PATCH of a group with more members than this is answered 204, so that its cost stays flat.
    echo_members: int = field(default=100, validator=ge(0))
    #: Links read at a time when a whole membership has to be looked at.
    link_page: int = field(default=1000, validator=ge(1))
    #: Members that a group may wait for, where the policy keeps unknown ones.
    awaited_members: int = field(default=1000, validator=ge(0))
    #: How often a write is run again when it loses a race.
    attempts: int = field(default=8, validator=ge(1))
    #: How often an effect is tried before it becomes a dead letter.
    effect_attempts: int = field(default=8, validator=ge(1))
    #: Seconds after which a cursor has expired.
    cursor_seconds: int = field(default=3600, validator=ge(1))
