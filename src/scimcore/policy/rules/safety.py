"""The brake for mass deprovisioning (POL-141): a mistake in a mapping must not empty the product."""

from scimcore.policy.refusals import sized, the_user
from scimcore.policy.situation import Refusal, Situation

HOUR = 3_600_000_000
DAY = 24 * HOUR


def brake(situation: Situation) -> None:
    """Hold one leaver too many until an admin releases it. Who has left already is not counted again."""
    policy = situation.policy.safety
    if not (policy.max_leavers or policy.max_leavers_percent):
        return
    if situation.binding.state not in ("active", "invited"):
        return
    leavers = situation.recent_leavers(policy.window_hours * HOUR) + 1
    limit = _limit(situation)
    if limit is not None and leavers > limit:
        text = (
            f"{the_user(situation.data)} is held: {leavers - 1} users have left within {policy.window_hours} hours, "
            f"and {limit} may. An admin of the product releases the hold, then it goes through at the next attempt."
        )
        raise Refusal("safety.max_leavers", "too many are leaving at once", sized(policy.error, text, "SC-2012"))


def _limit(situation: Situation) -> int | None:
    """How many may leave within the window: the smaller of the number and the share."""
    policy, limits = situation.policy.safety, []
    if policy.max_leavers:
        limits.append(policy.max_leavers)
    if policy.max_leavers_percent:
        limits.append(max(policy.never_below, situation.managed_users * policy.max_leavers_percent // 100))
    return min(limits, default=None)
