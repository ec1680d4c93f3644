"""The names that the product recognises a user by: verified domains, e-mail, userName, externalId and password.

POL-074 to POL-078 and POL-090 to POL-093.
"""

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, Mutability, ScimError, Uniqueness
from scimcore.policy.effects import Notify, RevokeCredentials
from scimcore.policy.facts import Tenant
from scimcore.policy.policy import Policy
from scimcore.policy.refusals import the_user, who
from scimcore.policy.rules import access
from scimcore.policy.situation import PlanDraft, Refusal, Situation
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import email, same, text


def domain_of(address: str) -> str:
    """The domain of an address as it is compared: in ASCII (IDNA), lower case, without a dot at the end."""
    # Compared in ASCII, because a domain that looks like another one (IDN) must not equal it.
    name = address.rpartition("@")[2].rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name  # no domain at all; it equals no verified one


def verified(policy: Policy, tenant: Tenant, address: str) -> bool:
    """True if the address is in a domain that the tenant has proven to own (POL-092)."""
    if "@" not in address:
        return False
    domain = domain_of(address)
    # Hosts store what the customer typed: with capitals, with a dot at the end, or in its own script.
    owned = {domain_of(name) for name in tenant.verified_domains}
    if domain in owned:
        return True
    return policy.domains.subdomains == "inherited" and any(domain.endswith(f".{name}") for name in owned)


def outside(situation: Situation) -> str | None:
    """The domain of the user's e-mail if it is not verified; None if it is, or if the tenant has verified none."""
    address = email(situation.data)
    # A tenant that has verified nothing cannot be asked for it; products switch verification on one customer at a time.
    if not situation.facts.tenant.verified_domains or address is None:
        return None
    return None if verified(situation.policy, situation.facts.tenant, address) else domain_of(address)


def refuse(situation: Situation, domain: str) -> Refusal:
    """The refusal of a domain. It does not name the verified domains: they are the customer's own affair (POL-091)."""
    text = (
        f"The e-mail of {who(situation.data)} is in {domain}, which is not a verified domain here. "
        "Verify the domain in the product's settings, or give the user another address."
    )
    kind: type[ScimError] = Forbidden if situation.policy.domains.error == 403 else InvalidValue
    return Refusal("domains.require", "The e-mail is in no verified domain.", kind(text, code="SC-2007"))


def check_create(situation: Situation) -> None:
    """Refuse a new user outside the verified domains, if the policy says so. Raises Refusal (POL-090)."""
    if situation.policy.domains.require == "verified_on_create" and (domain := outside(situation)):
        raise refuse(situation, domain)


def check_edit(situation: Situation) -> None:
    """Refuse a new name or e-mail outside the verified domains, if the policy says so. Raises Refusal (POL-090)."""
    # What a person is recognised by. A new department is no way to take an account over.
    personal = ("name", "displayName", "emails", "userName")
    touched = any(change.path.split(".")[0] in personal for change in situation.changes)
    if situation.policy.domains.require == "verified_on_edit" and touched and (domain := outside(situation)):
        raise refuse(situation, domain)


def is_guest(situation: Situation) -> bool:
    """True if a new user is outside the verified domains and gets the guest role."""
    return situation.policy.domains.require == "guest" and outside(situation) is not None


def check(situation: Situation) -> None:
    """Refuse a password, externalId, userName or e-mail that the policy does not allow. Raises Refusal."""
    _check_password(situation)
    _check_external_id(situation)
    # A create that restores a disabled user changes that user, so what counts is that there is something before.
    if situation.before:
        _check_user_name(situation)
        _check_email(situation)


def _check_password(situation: Situation) -> None:
    secret = situation.trigger.secret if isinstance(situation.trigger, Created | Updated) else None
    if secret is not None and situation.policy.names.password == "reject":
        detail = f"{the_user(situation.data)} cannot get a password over SCIM. Remove the password from the mapping."
        raise Refusal("names.password", "A password was sent.", InvalidValue(detail, code="SC-2019"))


def _check_external_id(situation: Situation) -> None:
    names = situation.policy.names
    before, after = text(situation.before, "externalId"), text(situation.after, "externalId")
    # A user from before the rule may stay without one; only a new user, or one who loses it, is refused.
    if names.external_id_required and after is None and (isinstance(situation.trigger, Created) or before is not None):
        detail = f"{the_user(situation.data)} needs an externalId. Map one in the identity provider."
        raise Refusal("names.external_id_required", "The user has no externalId.", InvalidValue(detail, code="SC-2020"))
    if names.external_id_change == "forbid" and before is not None and after != before:
        detail = f"The externalId of {who(situation.data)} cannot change. Delete the user and create it again."
        raise Refusal("names.external_id_change", "The externalId cannot change.", Mutability(detail, code="SC-2018"))
    # Only a new value is looked up: every other change would cost a query.
    if names.external_id_unique and after is not None and after != before and situation.external_id_taken:
        detail = f"{the_user(situation.data)} has the externalId {after!r} of another user. Give each user its own."
        raise Refusal(
            "names.external_id_unique", "Another user has the externalId.", Uniqueness(detail, code="SC-2021")
        )


def _check_user_name(situation: Situation) -> None:
    before, after = text(situation.before, "userName"), text(situation.after, "userName")
    # A PUT that repeats the userName passes (POL-075).
    if situation.policy.names.user_name_change == "forbid" and before and after and before != after:
        detail = f"The userName of {who(situation.before)} cannot change. Delete the user and create it again."
        raise Refusal("names.user_name_change", "The userName cannot change.", Mutability(detail, code="SC-2018"))


def email_changes(situation: Situation) -> str | None:
    """The new e-mail if it changes or if there was none, else None."""
    # Cheap first: most changes touch neither, and finding an address walks through the list of e-mails.
    if all(situation.before.get(name) == situation.after.get(name) for name in ("userName", "emails")):
        return None
    before, after = email(situation.before), email(situation.after)
    # A first address is a change as well: otherwise two requests, one that removes it and one that adds another, would
    # do what one may not. One that differs in case only is the same mailbox.
    if after is None or (before is not None and same(before, after)):
        return None
    return after


def _loses_email(situation: Situation) -> bool:
    return email(situation.before) is not None and email(situation.after) is None


def _check_email(situation: Situation) -> None:
    address, choice = email_changes(situation), situation.policy.names.email_change
    # A new account (of a user who was anonymised) begins with its address and changes none.
    begins = situation.facts.binding is not None and situation.facts.binding.account is None
    if choice == "forbid" and not begins and (address is not None or _loses_email(situation)):
        detail = f"The e-mail of {who(situation.before)} cannot change over SCIM. Change it in the product."
        raise Refusal("names.email_change", "The e-mail cannot change.", Mutability(detail, code="SC-2018"))
    tenant = situation.facts.tenant
    if address is None:
        return
    if choice == "verified_domain" and tenant.verified_domains and not verified(situation.policy, tenant, address):
        detail = (
            f"The e-mail of {who(situation.before)} cannot change to {domain_of(address)}, which is not a verified "
            "domain here. Verify the domain in the product's settings first."
        )
        kind: type[ScimError] = Forbidden if situation.policy.domains.error == 403 else InvalidValue
        raise Refusal("names.email_change", "The new e-mail is in no verified domain.", kind(detail, code="SC-2007"))


def follow_email(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Let the product verify a new e-mail, and end sessions, as the policy says (POL-074, POL-085)."""
    address = email_changes(situation)
    # Without an account of its own there is no session to end and nothing to verify.
    if address is None or draft.bound.account is None or access.is_unconfirmed(draft.bound):
        return draft
    check = situation.policy.names.email_check
    if check == "always" or (
        check == "unless_verified_domain" and not verified(situation.policy, situation.facts.tenant, address)
    ):
        notify = Notify(account=draft.account, code="email.unverified")
        draft = draft.note("names.email_check", "The product must verify the new e-mail.", notify)
    if situation.policy.names.email_ends_sessions:
        revoke = RevokeCredentials(account=draft.account, kinds=("sessions", "refresh_tokens"))
        draft = draft.note("names.email_ends_sessions", "The new e-mail ends the sessions of the user.", revoke)
    return draft


def hand_over_password(situation: Situation, draft: PlanDraft) -> PlanDraft:
    """Hand a password to the product or ignore it (POL-076). It is stored nowhere."""
    secret = situation.trigger.secret if isinstance(situation.trigger, Created | Updated) else None
    if secret is None:
        return draft
    if situation.policy.names.password == "hand_over":
        draft = draft.note("names.password", "The password is handed to the product and stored nowhere else.")
        # In the draft only: the stored resource, the notes and the audit record never have it (POL-076).
        return evolve(draft, secret=secret)
    return draft.note("names.password", "The password is ignored.")
