"""How long a key may be: what keeps every index of every store within its limits, at no cost in exactness."""

from hashlib import sha256
from typing import Final

#: Longer keys are kept as their first LONGEST characters, a separator and a digest. PostgreSQL refuses index rows of
#: more than 2,704 bytes, which would be a 500; 200 characters are at most 800 bytes.
LONGEST: Final = 200


def shorten(key: str) -> str:
    """The key as it is stored: equal exactly when the keys are equal, and in the same order as the keys.

    Only the order among keys that share their first 200 characters is arbitrary (but the same in every store).
    """
    if len(key) <= LONGEST:
        return key
    return f"{key[:LONGEST]}\x01{sha256(key.encode()).hexdigest()}"
