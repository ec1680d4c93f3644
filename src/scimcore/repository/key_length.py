"""How long a key may be: what keeps every index of every store within its limits, at no cost in exactness."""

from hashlib import sha256
from typing import Final

#: Longer keys are kept as their first CAP characters, a separator and a digest. PostgreSQL refuses index rows of
#: more than 2,704 bytes, which would be a 500; 200 characters are at most 800 bytes.
CAP: Final = 200


def cap(key: str) -> str:
    """The key as it is stored: equal exactly when the keys are equal, and in the same order as the keys.

    Only the order among keys that share their first 200 characters is arbitrary (but the same in every store).
    """
    if len(key) <= CAP:
        return key
    return f"{key[:CAP]}\x01{sha256(key.encode()).hexdigest()}"


def capped(key: str) -> bool:
    """Whether a stored key stands for a longer one."""
    return len(key) > CAP
