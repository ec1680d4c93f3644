"""What a policy must not say: choices that contradict each other, a MUST, or what identity providers need.

Written as a table of questions and sentences, so that a refusal reads as a reason.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from scimcore.policy.choices import Roles

if TYPE_CHECKING:
    from scimcore.policy.policy import Policy


def contradictions(policy: "Policy") -> list[str]:
    """Every sentence that applies; empty when the policy fits together."""
    found = [text for holds, text in RULES if holds(policy)]
    return found + _roles(policy.roles)


def _roles(roles: Roles) -> list[str]:
    """Role names that contradict each other."""
    never, found = set(roles.not_grantable), []
    granted = [m.role for m in roles.mappings if m.role in never]
    if granted:
        found.append(f"roles.mappings grant {', '.join(granted)}, which roles.not_grantable forbids (POL-064).")
    if roles.known:
        named = {m.role for m in roles.mappings} | ({roles.default_name} if roles.default_name else set())
        strange = sorted(named - set(roles.known))
        if strange:
            found.append(f"{', '.join(strange)} is used as a role and missing in roles.known (POL-063).")
    return found


def _lasting(policy: "Policy") -> bool:
    """Whether a disabled user's account is still there to be enabled."""
    return policy.deactivate.access in ("suspend", "remove_membership", "nothing")


RULES: tuple[tuple[Callable[["Policy"], bool], str], ...] = (
    (
        lambda p: p.deactivate.access == "delete",
        (
            "deactivate.access = delete: PATCH active false must not delete; Entra ID and Okta enable the same id "
            "again, and would find nothing (POL-001, RFC 7643 section 4.1.1)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "nothing",
        "deactivate.access = nothing: a leaver keeps access, and active false says otherwise (POL-001).",
    ),
    (
        lambda p: p.deactivate.access != "nothing" and not {"sessions", "refresh_tokens"} <= set(p.deactivate.revoke),
        "deactivate.revoke leaves sessions or refresh_tokens out: a leaver stays signed in (POL-002).",
    ),
    (
        lambda p: p.deactivate.visibility == "hidden" and _lasting(p),
        (
            "deactivate.visibility = hidden: a disabled user whose account can be enabled again must be found, with "
            "active false; Entra ID and Okta match it before they enable it (POL-007)."
        ),
    ),
    (
        lambda p: p.deactivate.visibility == "hidden" and p.reactivate.on_post == "conflict" and not _lasting(p),
        (
            "deactivate.visibility = hidden with reactivate.on_post = conflict: a hidden user's name could be neither "
            "found nor used again; GET and POST would disagree (POL-033)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.reactivate.account == "restore",
        (
            "deactivate.access = anonymise with reactivate.account = restore: who was anonymised cannot come back; "
            "choose new or refuse (POL-030)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.deactivate.timing != "at_once",
        (
            "deactivate.access = anonymise with a delay: what waits would be kept although it is said to be forgotten; "
            "choose at_once (POL-010)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.deactivate.personal_data == "obfuscate",
        "deactivate.personal_data = obfuscate: anonymising leaves nothing to bring back (POL-004).",
    ),
    (
        lambda p: (p.deactivate.timing == "grace") != (p.deactivate.grace_hours > 0),
        "deactivate.timing = grace and deactivate.grace_hours go together (POL-010).",
    ),
    (
        lambda p: p.deactivate.owned == "fixed" and p.deactivate.owned_to is None,
        "deactivate.owned = fixed needs deactivate.owned_to (POL-006).",
    ),
    (
        lambda p: (
            p.delete.recreate == "resurrect"
            and (p.delete.account not in ("tombstone", "suspend") or p.delete.link == "drop")
        ),
        (
            "delete.recreate = resurrect needs delete.account = tombstone or suspend and delete.link = keep: otherwise "
            "there is nothing to resurrect (POL-022, POL-023)."
        ),
    ),
    (
        lambda p: p.delete.recreate == "conflict",
        "delete.recreate = conflict: after a DELETE the name must be free (POL-023, RFC 7644 section 3.6).",
    ),
    (
        lambda p: p.delete.account == "anonymise" and p.delete.link == "keep",
        "delete.account = anonymise with delete.link = keep: who was anonymised cannot come back (POL-022).",
    ),
    (
        lambda p: p.delete.requests == "refuse" and p.deactivate.access == "nothing",
        "delete.requests = refuse with deactivate.access = nothing: nobody could ever leave (POL-025, POL-046).",
    ),
    (
        lambda p: p.seats.full == "degrade" and p.seats.degraded_role is None,
        "seats.full = degrade needs seats.degraded_role (POL-040).",
    ),
    (
        lambda p: p.seats.error in (409, 429),
        "seats.error: 409 is read as `exists already`, 429 is tried again for ever; 403 and 400 conform (POL-041).",
    ),
    (
        lambda p: len({pool.name for pool in p.seats.pools}) < len(p.seats.pools),
        "seats.pools: two pools of one name (POL-044).",
    ),
    (
        lambda p: p.roles.default == "named" and not p.roles.default_name,
        "roles.default = named needs roles.default_name (POL-060).",
    ),
    (
        lambda p: p.roles.several == "highest" and not p.roles.ranking,
        "roles.several = highest needs roles.ranking (POL-062).",
    ),
    (
        lambda p: "groups" in p.roles.sources and not p.roles.mappings,
        "roles.sources has groups, and roles.mappings is empty: no group would ever give a role (POL-061).",
    ),
    (
        lambda p: bool(p.roles.mappings) and "groups" not in p.roles.sources,
        "roles.mappings are given, and roles.sources does not have groups (POL-061).",
    ),
    (
        lambda p: p.roles.master in ("idp", "idp_until_null") and not p.roles.sources,
        "roles.master gives roles to the identity provider, and roles.sources is empty: none could be set (POL-065).",
    ),
    (
        lambda p: p.groups.mode == "off" and "groups" in p.roles.sources,
        "groups.mode = off with roles from groups (POL-110).",
    ),
    (
        lambda p: p.groups.mode == "roles" and "groups" not in p.roles.sources,
        "groups.mode = roles, and roles.sources does not have groups (POL-110).",
    ),
    (
        lambda p: (p.groups.mode == "mapped") != bool(p.groups.teams),
        "groups.mode = mapped and groups.teams go together (POL-110).",
    ),
    (
        lambda p: p.domains.require == "guest" and not p.domains.guest_role,
        "domains.require = guest needs domains.guest_role (POL-090).",
    ),
    (
        lambda p: "confirm" in p.linking.steps and p.linking.steps[-1] != "confirm",
        "linking.steps: confirm always holds, so nothing can stand behind it (POL-080).",
    ),
    (
        lambda p: (
            ("external_id" in p.linking.steps and "externalId" not in p.linking.keys)
            or ("subject" in p.linking.steps and "subject" not in p.linking.keys)
        ),
        "linking.steps has a step whose key is missing in linking.keys (POL-081).",
    ),
    (
        lambda p: any(rule.path in ("active", "userName", "schemas", "id", "meta") for rule in p.mastery.rules),
        (
            "mastery.rules: active and userName are what provisioning is about, id, meta and schemas are the "
            "service's; none has another master (POL-070)."
        ),
    ),
    (
        lambda p: len({rule.path for rule in p.mastery.rules}) < len(p.mastery.rules),
        "mastery.rules: two rules for one path (POL-070).",
    ),
)
