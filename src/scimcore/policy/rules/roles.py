"""Roles: computed from what the sources say and what an admin has set (POL-060 to POL-067).

They are computed anew from all of it and compared with what was given last, never changed step by step: so the order in
which changes arrive does not matter.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from unicodedata import normalize

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, ScimError
from scimcore.policy.choices import Roles
from scimcore.policy.effects import SetRoles
from scimcore.policy.facts import Binding, GroupFact, Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
from scimcore.policy.rules import identity
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.values import below, get, same


def fallback(policy: Policy, tenant: Tenant) -> tuple[str, ...]:
    """The default role. A user has it only while no source gives another."""
    chosen = {"settings": tenant.default_role, "named": policy.roles.default_name, "none": None}[policy.roles.default]
    return (chosen,) if chosen else ()


def effective_roles(
    policy: Policy,
    data: Mapping[str, object],
    groups: Iterable[GroupFact] = (),
    *,
    override: tuple[str, ...] | None = None,
    retained: tuple[str, ...] = (),
    tenant: Tenant | None = None,
    current: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return the roles of an account: what an admin has set, else what the sources give, else the default.

    `current` are the roles so far: an identity provider cannot take away a role that it cannot give (POL-064), and
    `roles.cleared = keep` needs them. `retained` are roles that the last owner keeps (POL-100).
    """
    tenant = tenant or Tenant()
    given = granted(policy, data, groups, fallback(policy, tenant))
    # POL-065. With `idp_until_null` an admin's roles count only while the sources give none.
    by_hand = override is not None and (policy.roles.master in ("override", "app") or not given)
    if by_hand and policy.roles.master != "idp" and override is not None:
        return _once((*override, *retained))
    roles = given or _without_source(policy, tenant, current)
    # What may not be granted may not be taken away by leaving it out, either: a push would demote the owner.
    out_of_reach = tuple(role for role in current if role in policy.roles.not_grantable)
    return _once((*roles, *out_of_reach, *retained))


def _without_source(policy: Policy, tenant: Tenant, current: tuple[str, ...]) -> tuple[str, ...]:
    """The roles if no source gives any (POL-066)."""
    # Without a source there is nothing that could have been cleared.
    if not policy.roles.sources or policy.roles.cleared == "default":
        return fallback(policy, tenant)
    return current if policy.roles.cleared == "keep" and current else _initial(policy, tenant, current)


def _initial(policy: Policy, tenant: Tenant, current: tuple[str, ...]) -> tuple[str, ...]:
    """No role if the user lost one, else the default: `none` and `keep` are about losing a role."""
    return () if current else fallback(policy, tenant)


def _once(roles: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(roles))


def granted(
    policy: Policy, data: Mapping[str, object], groups: Iterable[GroupFact], default: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The roles that the sources give, without unknown ones and those that cannot be given."""
    found: list[str] = []
    for source in policy.roles.sources:
        named = mapped(policy.roles, groups) if source == "groups" else names(get(data, source))
        # A source whose roles are all unknown or forbidden counts as one that gives none.
        usable = _usable(policy.roles, named, default)
        if usable and policy.roles.across == "first_source":
            return _several(policy.roles, usable)
        found += usable
    return _several(policy.roles, found)


def mapped(roles: Roles, groups: Iterable[GroupFact]) -> list[str]:
    """The roles of the mapped groups, in the order of the mappings: the groups' own order says nothing."""
    # Read more than once below, and callers hand over generators.
    mine = tuple(groups)
    return [m.role for m in roles.mappings if any(same(m.group, g.name) or m.group == g.id for g in mine)]


def names(value: object) -> list[str]:
    """The role names in an attribute's value: a text, texts, or complex elements with a `value`."""
    if isinstance(value, str):
        return [value] if value else []
    # Roles and entitlements are complex (RFC 7643 section 4.1.2); custom attributes are often plain texts.
    if isinstance(value, Mapping):
        return names(value.get("value"))
    if isinstance(value, list | tuple):
        return [name for element in value for name in names(element)]
    return []


def _usable(roles: Roles, named: list[str], default: tuple[str, ...]) -> list[str]:
    usable: list[str] = []
    for name in named:
        if forbidden(roles, name):
            continue
        if not roles.known or name in roles.known:
            usable.append(name)
        elif roles.unknown == "default":
            usable += default
    return usable


def forbidden(roles: Roles, name: str) -> bool:
    """True if an identity provider cannot give the role, in any spelling: a host may read `Owner ` as the owner's."""
    return _plain(name) in map(_plain, roles.not_grantable)


def _plain(name: str) -> str:
    # NFKC folds full-width and other look-alike letters that a host might fold as well.
    return normalize("NFKC", name).strip().casefold()


def _several(roles: Roles, found: list[str]) -> tuple[str, ...]:
    """Choose from several roles (POL-062)."""
    if len(found) < 2:
        return tuple(found)
    if roles.several == "all":
        # Sorted, so that the order in which groups or elements arrive never looks like a change.
        return tuple(sorted(set(found), key=lambda role: (_rank(roles, role), role)))
    if roles.several == "highest":
        return (min(found, key=lambda role: (_rank(roles, role), role)),)
    return (found[0],)


def _rank(roles: Roles, role: str) -> int:
    return roles.ranking.index(role) if role in roles.ranking else len(roles.ranking)


def check(situation: Situation) -> None:
    """Refuse a role that does not exist or that an identity provider cannot give. Raises Refusal (POL-063, POL-064)."""
    policy = situation.policy.roles
    for source in policy.sources:
        if source == "groups":
            continue
        # Only a role that is new is checked: a user who has a role from before the policy changed can still be edited.
        before = names(get(situation.before, source))
        for name in names(get(situation.after, source)):
            if name not in before:
                _check_name(situation, name)


def _check_name(situation: Situation, name: str) -> None:
    policy = situation.policy.roles
    if forbidden(policy, name) and policy.on_not_grantable != "ignore":
        kind: type[ScimError] = Forbidden if policy.on_not_grantable == "forbid" else InvalidValue
        text = f"Role {name!r} cannot be given to {who(situation.data)} over SCIM. An owner can give it in the product."
        raise Refusal("roles.not_grantable", "The role cannot be given over SCIM.", kind(text, code="SC-2011"))
    if policy.known and name not in policy.known and not forbidden(policy, name) and policy.unknown == "reject":
        text = f"Role {name!r} of {who(situation.data)} does not exist here. The roles are: {', '.join(policy.known)}."
        raise Refusal("roles.unknown", "The role does not exist.", InvalidValue(text, code="SC-2010"))


def is_source(policy: Policy, path: str) -> bool:
    """True if roles are read from the attribute."""
    return _covers(policy.roles.sources, path)


@lru_cache(maxsize=4096)
def _covers(sources: tuple[str, ...], path: str) -> bool:
    """The sources are canonical paths, those of the base schema with its URN or without."""
    prefix = "urn:ietf:params:scim:schemas:core:2.0:User:"
    return below(path, [source.removeprefix(prefix) for source in sources])


def of_account(
    situation: Situation,
    binding: Binding,
    data: Mapping[str, object],
    groups: Iterable[GroupFact],
    *,
    begin: bool = False,
) -> tuple[tuple[str, ...], str | None]:
    """The roles of the binding's account, and the default role if it has that one. `begin`: the account is new."""
    # While all seats are taken the sources do not matter. They are asked again when a seat is free.
    if binding.memory.degraded and situation.policy.seats.degraded_role:
        return (situation.policy.seats.degraded_role,), None
    tenant = with_default_given(situation, binding)
    roles = effective_roles(
        situation.policy,
        data,
        groups,
        override=binding.override,
        retained=binding.retained,
        tenant=tenant,
        current=() if begin else binding.roles,
    )
    default = fallback(situation.policy, tenant)
    sourced = granted(situation.policy, data, groups, default) or binding.override is not None
    return roles, default[0] if default and not sourced and default[0] in roles else None


def with_default_given(situation: Situation, binding: Binding) -> Tenant:
    """The tenant with the default role that the account got, if a new default role is for new users only (POL-060)."""
    given = binding.memory.default_role
    if (
        given is None
        or situation.policy.roles.default_change == "everyone"
        or situation.policy.roles.default == "named"
    ):
        return situation.facts.tenant
    return evolve(situation.facts.tenant, default_role=given)


def begin(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Give a new account its roles. The order carries them, so there is no effect for it."""
    # POL-090. A guest keeps the guest role whatever groups or attributes say, until an admin sets others.
    if identity.is_guest(situation) and situation.policy.domains.guest_role:
        guest = situation.policy.domains.guest_role
        draft = draft.with_roles((guest,)).remember(guest=True)
        return draft.note("domains.require", "The e-mail is in no verified domain, so the user gets the guest role.")
    groups = situation.groups if _needs_groups(situation) else ()
    roles, default = of_account(situation, draft.bound, situation.after, groups, begin=True)
    rule = "roles.default" if default else "roles.sources"
    text = f"The user starts with {_listed(roles)}."
    about = tuple(c.path for c in situation.changes if is_source(situation.policy, c.path))
    return draft.with_roles(roles).remember(default_role=default).note(rule, text, about=about)


def _needs_groups(situation: Situation) -> bool:
    """True if groups can give a role: a new resource is in no group yet."""
    return "groups" in situation.policy.roles.sources and situation.facts.binding is not None


def recompute(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Compute the roles again, and give them if they differ from those that were given last."""
    about = tuple(c.path for c in situation.changes if is_source(situation.policy, c.path))
    binding = draft.bound
    memory = binding.memory
    if binding.account is None or situation.policy.roles.master == "app" or memory.guest or memory.link_unconfirmed:
        return draft.note("roles.master", "The product masters the roles.", about=about) if about else draft
    groups = situation.groups if "groups" in situation.policy.roles.sources else ()
    roles, default = of_account(situation, binding, situation.data, groups)
    draft = draft.remember(default_role=default)
    # Compared with what was given last: an effect for the same roles would only wake the host up.
    if roles == binding.roles:
        return draft.note("roles.sources", "The roles of the user stay as they are.", about=about) if about else draft
    return give(draft, roles, _rule(situation.policy, binding, default), about)


def _rule(policy: Policy, binding: Binding, default: str | None) -> str:
    if default is not None:
        return "roles.default"
    return "roles.master" if binding.override is not None and policy.roles.master != "idp" else "roles.sources"


def give(draft: PlanDraft, roles: tuple[str, ...], rule: str, about: tuple[str, ...] = ()) -> PlanDraft:
    """Give the account these roles instead of the ones it has."""
    text = f"The user now has {_listed(roles)}."
    return draft.with_roles(roles).note(rule, text, SetRoles(account=draft.account, roles=roles), about=about)


def _listed(roles: tuple[str, ...]) -> str:
    if not roles:
        return "no role"
    return f"the {'role' if len(roles) == 1 else 'roles'} {', '.join(roles)}"
