"""A host may build its policy for every request: what is compiled for it is found again by what it says."""

from policies.secoda import SECODA
from scimcore.policy import STANDARD, Policy, Roles
from scimcore.policy.files import from_data, to_data
from scimcore.testing.trial import Trial


def _again(policy: Policy) -> Policy:
    """An equal policy that shares no object with it, as it comes out of a database."""
    return from_data(to_data(policy))


class TestRegistriesAreKeptByWhatAPolicyAdds:
    def test_equal_policies_share_one_registry(self) -> None:
        service = Trial.start().service
        other = _again(SECODA)

        assert other is not SECODA
        assert service.registry(other) is service.registry(SECODA)

    def test_policies_that_add_nothing_share_the_one_that_the_service_was_given(self) -> None:
        service = Trial.start().service

        assert service.registry(STANDARD) is service.registry(Policy(name="another"))

    def test_policies_that_add_something_else_do_not(self) -> None:
        service = Trial.start().service

        assert service.registry(STANDARD) is not service.registry(SECODA)

    def test_a_policy_for_each_request_leaves_nothing_behind(self) -> None:
        service = Trial.start().service
        first = service.registry(SECODA)

        assert all(service.registry(_again(SECODA)) is first for _ in range(50))

    def test_a_thousand_tenants_with_attributes_of_their_own_are_all_remembered(self) -> None:
        service = Trial.start().service
        policies = [_with_source(number) for number in range(1000)]
        first = [service.registry(policy) for policy in policies]

        assert [service.registry(policy) for policy in policies] == first


def _with_source(number: int) -> Policy:
    source = f"urn:ietf:params:scim:schemas:core:2.0:User:role{number}"
    return Policy(name=f"policy-{number}", roles=Roles(sources=(source,)))
