"""What an identity provider means by what it sends: a value, printable and comparable."""

from attrs import frozen


@frozen(kw_only=True)
class Dialect:
    """To be completed."""

    name: str
