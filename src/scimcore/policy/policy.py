"""The provisioning policy: what the product does about what identity providers ask, as one frozen value."""

from attrs import frozen


@frozen(kw_only=True)
class Policy:
    """To be completed."""
