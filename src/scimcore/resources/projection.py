"""Which attributes an answer shows: `attributes` and `excludedAttributes` (RFC 7644 sections 3.4.2.5 and 3.9)."""

from attrs import frozen


@frozen
class Projection:
    """What the client asked to see, names as written. At most one of the two is not empty; both empty: the default."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.excluded)
