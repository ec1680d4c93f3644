"""The optional powers of the host, and which choices of a policy need one."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from attrs import frozen

from scimcore.host import AsyncKeepsInventory, AsyncKnowsTeams, AsyncTakesPasswords
from scimcore.policy.effects import AnyEffect
from scimcore.policy.policy import Policy

T = TypeVar("T")


@frozen(kw_only=True)
class Powers(Generic[T]):
    """What the host can do besides, as it was handed over when the service was built."""

    teams: AsyncKnowsTeams[T] | None = None
    passwords: AsyncTakesPasswords[T] | None = None
    inventory: AsyncKeepsInventory[T] | None = None
    #: The effects that the host always leaves to the worker.
    later: frozenset[type[AnyEffect]] = frozenset()

    def check(self, policy: Policy) -> None:
        """Raises TypeError for a policy that needs a power which the host lacks."""
        missing = [text for argument, text in needs(policy) if getattr(self, argument) is None]
        if missing:
            raise TypeError(f"policy {policy.name!r}: " + " ".join(missing))


def choices_with_needs(policy: Policy) -> tuple[str, ...]:
    """The choices that decide which powers a policy needs; two policies with the same ones need the same."""
    return (policy.groups.mode, policy.groups.collision, policy.names.password, policy.linking.unmanaged)


def needs(policy: Policy) -> list[tuple[str, str]]:
    """The powers that the policy needs: the argument of the service, and a sentence that names the choice."""
    return [(need.argument, need.sentence(policy)) for need in _NEEDS if need.applies(policy)]


@frozen
class _Need:
    argument: str
    method: str
    choice: str
    value: Callable[[Policy], str]
    applies: Callable[[Policy], bool]

    def sentence(self, policy: Policy) -> str:
        return (
            f"{self.choice}={self.value(policy)!r} needs a host with {self.method}(). "
            f"Hand it over when the service is built: {self.argument}=host."
        )


_NEEDS: Final = (
    _Need(
        "teams",
        "team",
        "groups.collision",
        lambda p: p.groups.collision,
        # Elsewhere a group has no team of its own, and nothing collides.
        lambda p: p.groups.mode == "team" and p.groups.collision != "beside",
    ),
    _Need(
        "passwords",
        "password",
        "names.password",
        lambda p: p.names.password,
        lambda p: p.names.password == "hand_over",
    ),
    _Need(
        "inventory",
        "inventory",
        "linking.unmanaged",
        lambda p: p.linking.unmanaged,
        lambda p: p.linking.unmanaged == "shown",
    ),
)
