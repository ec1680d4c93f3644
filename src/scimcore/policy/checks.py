"""Contradictions: choices that do not fit each other, a MUST of the RFCs, or what identity providers need.

A table of conditions and sentences: a refusal names the choices, says what goes wrong, and cites the requirement.
Each choice refuses wrong values itself, so this table is about several choices together.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scimcore.policy.policy import Policy


def contradictions(policy: "Policy") -> list[str]:
    """Return a sentence for each contradiction; an empty list if the policy fits together."""
    return [text for applies, text in RULES if applies(policy)] + _roles(policy)


def _roles(policy: "Policy") -> list[str]:
    """The contradictions between role names. They are no rows of the table because the sentence names the roles."""
    # A mapping grants at the push of a group, so it would be a way around the rule about single roles.
    roles = policy.roles
    never, found = set(roles.not_grantable), []
    granted = [m.role for m in roles.mappings if m.role in never]
    if granted:
        found.append(f"roles.mappings give {', '.join(granted)}, but roles.not_grantable forbids that (POL-064).")
    # Nobody decides about these either: whoever is created in a tenant that is full would own it.
    fixed = {
        "roles.default_name": roles.default_name,
        "seats.degraded_role": policy.seats.degraded_role,
        "domains.guest_role": policy.domains.guest_role,
    }
    found += [
        f"{choice} gives {role}, but roles.not_grantable forbids that (POL-064)."
        for choice, role in fixed.items()
        if role in never
    ]
    # Without `known` every name is a role, so nothing can be missing.
    if roles.known:
        named = {m.role for m in roles.mappings} | ({roles.default_name} if roles.default_name else set())
        strange = sorted(named - set(roles.known))
        if strange:
            found.append(f"The policy uses {', '.join(strange)} as a role, but roles.known does not list it (POL-063).")
    return found


def _can_come_back(policy: "Policy") -> bool:
    """True if a disabled user's account still exists and can be enabled."""
    return policy.deactivate.access in ("suspend", "remove_membership", "nothing")


#: Conditions and the sentence for each. The order is the order of the parts of the policy.
RULES: tuple[tuple[Callable[["Policy"], bool], str], ...] = (
    (
        lambda p: p.deactivate.access == "delete",
        (
            "deactivate.access = delete: PATCH active false must not delete the user. Entra ID and Okta enable the "
            "same id again and would find nothing (POL-001, RFC 7643 section 4.1.1)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "nothing",
        "deactivate.access = nothing: a disabled user keeps access, although SCIM shows active false (POL-001).",
    ),
    # IPSIE AL1 makes both kinds a MUST; a session that survives is how a leaver keeps reading mail for weeks.
    (
        lambda p: p.deactivate.access != "nothing" and not {"sessions", "refresh_tokens"} <= set(p.deactivate.revoke),
        "deactivate.revoke must contain sessions and refresh_tokens: otherwise a leaver stays signed in (POL-002).",
    ),
    (
        lambda p: p.deactivate.visibility == "hidden" and _can_come_back(p),
        (
            "deactivate.visibility = hidden: SCIM must show a disabled user who can be enabled again. Entra ID and "
            "Okta look the user up before they enable it (POL-007)."
        ),
    ),
    (
        lambda p: p.deactivate.visibility == "hidden" and p.reactivate.on_post == "conflict" and not _can_come_back(p),
        (
            "deactivate.visibility = hidden with reactivate.on_post = conflict: GET does not find the user and POST "
            "says that it exists. Its name could never be used again (POL-033)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.reactivate.account == "restore",
        (
            "deactivate.access = anonymise with reactivate.account = restore: an anonymised account cannot come back. "
            "Choose new or refuse (POL-030)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.deactivate.timing != "at_once",
        (
            "deactivate.access = anonymise with a delay: the product would keep personal data during the delay. "
            "Choose deactivate.timing = at_once (POL-010)."
        ),
    ),
    (
        lambda p: p.deactivate.access == "anonymise" and p.deactivate.personal_data == "obfuscate",
        (
            "deactivate.personal_data = obfuscate with deactivate.access = anonymise: after anonymising there is "
            "nothing to bring back (POL-004)."
        ),
    ),
    (
        # Hours without `grace` would be read as a delay that there is not.
        lambda p: (p.deactivate.timing == "grace") != (p.deactivate.grace_hours > 0),
        "deactivate.timing = grace needs deactivate.grace_hours, and the other way round (POL-010).",
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
            "delete.recreate = resurrect needs delete.account = tombstone or suspend, and delete.link = keep. "
            "Otherwise there is no account to give back (POL-022, POL-023)."
        ),
    ),
    (
        # Offered because Atlassian does it for 14 days; identity providers report it as an error that nobody can mend.
        lambda p: p.delete.recreate == "conflict",
        "delete.recreate = conflict: after a DELETE the name must be free (POL-023, RFC 7644 section 3.6).",
    ),
    (
        lambda p: p.delete.account == "anonymise" and p.delete.link == "keep",
        "delete.account = anonymise with delete.link = keep: an anonymised account cannot come back (POL-022).",
    ),
    (
        lambda p: p.delete.requests == "refuse" and p.deactivate.access == "nothing",
        "delete.requests = refuse with deactivate.access = nothing: no user could ever leave (POL-025, POL-046).",
    ),
    (
        lambda p: p.seats.full == "degrade" and p.seats.degraded_role is None,
        "seats.full = degrade needs seats.degraded_role (POL-040).",
    ),
    (
        lambda p: p.seats.error in (409, 429),
        (
            "seats.error: identity providers read 409 as `exists already`, and try again without end after 429. Choose "
            "403 or 400 (POL-041)."
        ),
    ),
    (
        lambda p: len({pool.name for pool in p.seats.pools}) < len(p.seats.pools),
        "seats.pools: two pools have the same name (POL-044).",
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
        "roles.sources contains groups, but roles.mappings is empty: no group would give a role (POL-061).",
    ),
    (
        # Mappings that have no effect look like access that somebody has.
        lambda p: bool(p.roles.mappings) and "groups" not in p.roles.sources,
        "roles.mappings are given, but roles.sources does not contain groups (POL-061).",
    ),
    (
        lambda p: p.roles.master in ("idp", "idp_until_null") and not p.roles.sources,
        "roles.master needs roles.sources: without them nobody could set a role (POL-065).",
    ),
    (
        lambda p: p.groups.mode == "off" and "groups" in p.roles.sources,
        "groups.mode = off, but roles.sources contains groups (POL-110).",
    ),
    (
        lambda p: p.groups.mode == "roles" and "groups" not in p.roles.sources,
        "groups.mode = roles, but roles.sources does not contain groups (POL-110).",
    ),
    (
        lambda p: (p.groups.mode == "mapped") != bool(p.groups.teams),
        "groups.mode = mapped needs groups.teams, and the other way round (POL-110).",
    ),
    (
        lambda p: p.domains.require == "guest" and not p.domains.guest_role,
        "domains.require = guest needs domains.guest_role (POL-090).",
    ),
    (
        # What stands behind a step that always applies can never be reached, and looks as if it were in force.
        lambda p: "confirm" in p.linking.steps and p.linking.steps[-1] != "confirm",
        "linking.steps: confirm must be the last step, because it always applies (POL-080).",
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
            "mastery.rules: the master of active and userName is always the identity provider, and the service sets "
            "id, meta and schemas (POL-070)."
        ),
    ),
    (
        lambda p: len({rule.path for rule in p.mastery.rules}) < len(p.mastery.rules),
        "mastery.rules: two rules have the same path (POL-070).",
    ),
)
