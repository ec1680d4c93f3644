"""What an account is recognised by: verified domains, e-mail, userName, externalId, password."""

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, Mutability, ScimError, Uniqueness
from scimcore.policy.effects import Notify, RevokeCredentials
from scimcore.policy.facts import Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import who
from scimcore.policy.rules import access
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import email, same, text


def domain_of(address: str) -> str:
    """The domain as it is compared: in ASCII (IDNA), lower case, without the dot at the end."""
    name = address.rpartition("@")[2].rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name  # no domain at all; it equals no verified one


def verified(policy: Policy, tenant: Tenant, address: str) -> bool:
    """Whether the address is in a domain that the tenant has proven to own."""
    if "@" not in address:
        return False
    domain = domain_of(address)
    owned = {domain_of(name) for name in tenant.verified_domains}
    if domain in owned:
        return True
    return policy.domains.subdomains == "inherited" and any(domain.endswith(f".{name}") for name in owned)


def outside(situation: Situation) -> str | None:
    """The user's domain when it is not verified although it could be; None when nothing is to be said."""
    address = email(situation.data)
    if not situation.facts.tenant.verified_domains or address is None:
        return None
    return None if verified(situation.policy, situation.facts.tenant, address) else domain_of(address)


def refuse(situation: Situation, domain: str) -> Refusal:
    """The refusal names the domain, and not the verified ones (POL-091)."""
    text = (
        f"The e-mail of {who(situation.data)} is in {domain}, which is not a verified domain here. "
        "Verify the domain in the product's settings, or assign the user with another address."
    )
    kind: type[ScimError] = Forbidden if situation.policy.domains.error == 403 else InvalidValue
    return Refusal("domains.require", "the e-mail is in no verified domain", kind(text, code="SC-2007"))


def check_create(situation: Situation) -> None:
    """A new user's address is in a verified domain, where the policy wants it."""
    if situation.policy.domains.require == "verified_on_create" and (domain := outside(situation)):
        raise refuse(situation, domain)


def check_edit(situation: Situation) -> None:
    """Name and e-mail of a user outside the verified domains stay, where the policy wants it."""
    personal = ("name", "displayName", "emails", "userName")
    touched = any(change.path.split(".")[0] in personal for change in situation.changes)
    if situation.policy.domains.require == "verified_on_edit" and touched and (domain := outside(situation)):
        raise refuse(situation, domain)


def is_guest(situation: Situation) -> bool:
    """Whether a new user comes from outside and gets the guest role."""
    return situation.policy.domains.require == "guest" and outside(situation) is not None


def check(situation: Situation) -> None:
    """Refuse what the policy does not let change."""
    _check_password(situation)
    _check_external_id(situation)
    if isinstance(situation.trigger, Updated):
        _check_user_name(situation)
        _check_email(situation)


def _check_password(situation: Situation) -> None:
    secret = situation.trigger.secret if isinstance(situation.trigger, Created | Updated) else None
    if secret is not None and situation.policy.names.password == "reject":
        detail = f"Passwords are not taken over SCIM: do not send one for {who(situation.data)}. People sign in by SSO."
        raise Refusal("names.password", "a password was sent", InvalidValue(detail, code="SC-2019"))


def _check_external_id(situation: Situation) -> None:
    names = situation.policy.names
    before, after = text(situation.before, "externalId"), text(situation.after, "externalId")
    if names.external_id_required and after is None and (isinstance(situation.trigger, Created) or before is not None):
        detail = f"An externalId is required: map one for {who(situation.data)} in the identity provider."
        raise Refusal("names.external_id_required", "no externalId", InvalidValue(detail, code="SC-2020"))
    if names.external_id_change == "forbid" and before is not None and after != before:
        detail = f"The externalId of {who(situation.data)} cannot change. Delete the user and create it again instead."
        raise Refusal("names.external_id_change", "the externalId changes", Mutability(detail, code="SC-2018"))
    if names.external_id_unique and after is not None and after != before and situation.external_id_taken:
        detail = f"Another user has the externalId {after!r} of {who(situation.data)}. Give each user its own."
        raise Refusal("names.external_id_unique", "the externalId is taken", Uniqueness(detail, code="SC-2021"))


def _check_user_name(situation: Situation) -> None:
    before, after = text(situation.before, "userName"), text(situation.after, "userName")
    if situation.policy.names.user_name_change == "forbid" and before and after and before != after:
        detail = f"The userName of {who(situation.before)} cannot change. Delete the user and create it again instead."
        raise Refusal("names.user_name_change", "the userName changes", Mutability(detail, code="SC-2018"))


def email_changes(situation: Situation) -> str | None:
    """The new address of an account whose address changes."""
    if all(situation.before.get(name) == situation.after.get(name) for name in ("userName", "emails")):
        return None
    before, after = email(situation.before), email(situation.after)
    if before is None or after is None or same(before, after):
        return None
    return after


def _check_email(situation: Situation) -> None:
    address = email_changes(situation)
    if address is None:
        return
    choice = situation.policy.names.email_change
    if choice == "forbid":
        detail = f"The e-mail of {who(situation.before)} cannot change over SCIM."
        raise Refusal("names.email_change", "the e-mail changes", Mutability(detail, code="SC-2018"))
    tenant = situation.facts.tenant
    if choice == "verified_domain" and tenant.verified_domains and not verified(situation.policy, tenant, address):
        detail = (
            f"The e-mail of {who(situation.before)} cannot change into {domain_of(address)}, which is not a verified "
            "domain here. Verify the domain in the product's settings first."
        )
        kind: type[ScimError] = Forbidden if situation.policy.domains.error == 403 else InvalidValue
        raise Refusal("names.email_change", "the new e-mail is in no verified domain", kind(detail, code="SC-2007"))


def follow_email(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """What a changed e-mail brings with it: it is unverified until the product says otherwise (POL-074, POL-085)."""
    address = email_changes(situation)
    if address is None or draft.bound.account is None or access.is_unconfirmed(draft.bound):
        return draft
    check = situation.policy.names.email_check
    if check == "always" or (
        check == "unless_verified_domain" and not verified(situation.policy, situation.facts.tenant, address)
    ):
        notify = Notify(account=draft.account, code="email.unverified")
        draft = draft.note("names.email_check", "the new e-mail is to be verified", notify)
    if situation.policy.names.email_ends_sessions:
        revoke = RevokeCredentials(account=draft.account, kinds=("sessions", "refresh_tokens"))
        draft = draft.note("names.email_ends_sessions", "the new e-mail ends the sessions", revoke)
    return draft


def hand_over_password(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """What happens with a password that was sent."""
    secret = situation.trigger.secret if isinstance(situation.trigger, Created | Updated) else None
    if secret is None:
        return draft
    if situation.policy.names.password == "hand_over":
        draft = draft.note("names.password", "the password goes to the product and is kept nowhere else")
        return evolve(draft, secret=secret)
    return draft.note("names.password", "the password that was sent is passed over")
