"""The bounds of a service: how much one request may ask for, and how hard a write tries."""

from attrs import field, frozen

from scimcore._arguments import whole_number


@frozen(kw_only=True)
class Limits:
    """Every bound has a default that suits most hosts. Raises TypeError or ValueError for a wrong argument."""

    #: Resources on a page when the client does not ask for a number (the interop profile wants 100 or more).
    default_page: int = field(default=100, validator=whole_number(1))
    #: Resources on a page at most. A client that asks for more gets this many (RFC 7644 section 3.4.2.4); with a cursor
    #: it is refused (RFC 9865).
    max_results: int = field(default=1000, validator=whole_number(1))
    #: A PATCH of a group with more members than this is answered 204, so that its cost stays flat.
    echo_members: int = field(default=100, validator=whole_number(0))
    #: Links read at a time when a whole membership has to be looked at.
    link_page: int = field(default=1000, validator=whole_number(1))
    #: Unknown members that a group may wait for, where the policy says that it waits.
    awaited_members: int = field(default=1000, validator=whole_number(0))
    #: How often a write is run again when it loses a race.
    attempts: int = field(default=8, validator=whole_number(1))
    #: How often an effect is tried before it becomes a dead letter.
    effect_attempts: int = field(default=8, validator=whole_number(1))
    #: Seconds after which a cursor has expired.
    cursor_seconds: int = field(default=3600, validator=whole_number(1))
