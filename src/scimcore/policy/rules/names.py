"""What an account is recognised by: e-mail, userName, externalId, password (POL-074 to POL-078)."""

from attrs import evolve

from scimcore.errors import Forbidden, InvalidValue, Mutability, ScimError, Uniqueness
from scimcore.policy.case import Case, Draft, Refused
from scimcore.policy.effects import Notify, RevokeCredentials
from scimcore.policy.refusals import who
from scimcore.policy.rules.domains import domain_of, verified
from scimcore.policy.rules.linking import unproven
from scimcore.policy.triggers import Created, Updated
from scimcore.policy.values import email, same, text


def check(case: Case) -> None:
    """Refuse what the policy does not let change."""
    _check_password(case)
    _check_external_id(case)
    if isinstance(case.trigger, Updated):
        _check_user_name(case)
        _check_email(case)


def _check_password(case: Case) -> None:
    secret = case.trigger.secret if isinstance(case.trigger, Created | Updated) else None
    if secret is not None and case.policy.names.password == "reject":
        detail = f"Passwords are not taken over SCIM: do not send one for {who(case.data)}. People sign in by SSO."
        raise Refused("names.password", "a password was sent", InvalidValue(detail, code="SC-2019"))


def _check_external_id(case: Case) -> None:
    names = case.policy.names
    before, after = text(case.before, "externalId"), text(case.after, "externalId")
    if names.external_id_required and after is None and (isinstance(case.trigger, Created) or before is not None):
        detail = f"An externalId is required: map one for {who(case.data)} in the identity provider."
        raise Refused("names.external_id_required", "no externalId", InvalidValue(detail, code="SC-2020"))
    if names.external_id_change == "forbid" and before is not None and after != before:
        detail = f"The externalId of {who(case.data)} cannot change. Delete the user and create it again instead."
        raise Refused("names.external_id_change", "the externalId changes", Mutability(detail, code="SC-2018"))
    if names.external_id_unique and after is not None and after != before and case.external_id_taken:
        detail = f"Another user has the externalId {after!r} of {who(case.data)}. Give each user its own."
        raise Refused("names.external_id_unique", "the externalId is taken", Uniqueness(detail, code="SC-2021"))


def _check_user_name(case: Case) -> None:
    before, after = text(case.before, "userName"), text(case.after, "userName")
    if case.policy.names.user_name_change == "forbid" and before and after and before != after:
        detail = f"The userName of {who(case.before)} cannot change. Delete the user and create it again instead."
        raise Refused("names.user_name_change", "the userName changes", Mutability(detail, code="SC-2018"))


def email_changes(case: Case) -> str | None:
    """The new address of an account whose address changes."""
    if all(case.before.get(name) == case.after.get(name) for name in ("userName", "emails")):
        return None
    before, after = email(case.before), email(case.after)
    if before is None or after is None or same(before, after):
        return None
    return after


def _check_email(case: Case) -> None:
    address = email_changes(case)
    if address is None:
        return
    choice = case.policy.names.email_change
    if choice == "forbid":
        detail = f"The e-mail of {who(case.before)} cannot change over SCIM."
        raise Refused("names.email_change", "the e-mail changes", Mutability(detail, code="SC-2018"))
    tenant = case.facts.tenant
    if choice == "verified_domain" and tenant.verified_domains and not verified(case.policy, tenant, address):
        detail = (
            f"The e-mail of {who(case.before)} cannot change into {domain_of(address)}, which is not a verified "
            "domain here. Verify the domain in the product's settings first."
        )
        kind: type[ScimError] = Forbidden if case.policy.domains.error == 403 else InvalidValue
        raise Refused("names.email_change", "the new e-mail is in no verified domain", kind(detail, code="SC-2007"))


def follow(case: Case, draft: Draft) -> Draft:
    """What a changed e-mail brings with it: it is unverified until the product says otherwise (POL-074, POL-085)."""
    address = email_changes(case)
    if address is None or draft.bound.account is None or unproven(draft.bound):
        return draft
    check = case.policy.names.email_check
    if check == "always" or (
        check == "unless_verified_domain" and not verified(case.policy, case.facts.tenant, address)
    ):
        notify = Notify(account=draft.account, code="email.unverified")
        draft = draft.say("names.email_check", "the new e-mail is to be verified", notify)
    if case.policy.names.email_ends_sessions:
        revoke = RevokeCredentials(account=draft.account, kinds=("sessions", "refresh_tokens"))
        draft = draft.say("names.email_ends_sessions", "the new e-mail ends the sessions", revoke)
    return draft


def hand_over(case: Case, draft: Draft) -> Draft:
    """What happens with a password that was sent."""
    secret = case.trigger.secret if isinstance(case.trigger, Created | Updated) else None
    if secret is None:
        return draft
    if case.policy.names.password == "hand_over":
        draft = draft.say("names.password", "the password goes to the product and is kept nowhere else")
        return evolve(draft, secret=secret)
    return draft.say("names.password", "the password that was sent is passed over")
