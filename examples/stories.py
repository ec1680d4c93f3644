"""What Entra ID and Okta send in the working life of a few people: a joiner, a mover, a leaver."""

from typing import Any, Final

from walkthrough import Snapshot, Step, Story

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def _patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def _nobody(answer: Any, product: Snapshot) -> str:
    return "" if answer["totalResults"] == 0 else "somebody was found where nobody is"


def _in_state(email: str, state: str) -> Any:
    def check(answer: Any, product: Snapshot) -> str:
        found = [a["state"] for a in product["accounts"] if a["email"] == email]
        return "" if state in found else f"{email} should be {state}, is {found or 'not there'}"

    return check


def _signed_out(answer: Any, product: Snapshot) -> str:
    return "" if not any(s["live"] for s in product["sessions"]) else "a session is still alive"


def _team(name: str, size: int) -> Any:
    def check(answer: Any, product: Snapshot) -> str:
        found = [len(t["members"]) for t in product["teams"] if t["name"] == name]
        return "" if found == [size] else f"team {name} should have {size} members, there are {found}"

    return check


def _suspended(email: str) -> Any:
    def check(answer: Any, product: Snapshot) -> str:
        return _in_state(email, "suspended")(answer, product) or _signed_out(answer, product)

    return check


def _no_teams(answer: Any, product: Snapshot) -> str:
    return "" if not product["teams"] else "the team is still there"


def _entra_user(mail: str, given: str, family: str) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": mail.partition("@")[0],
        "userName": mail,
        "active": True,
        "displayName": f"{given} {family}",
        "emails": [{"primary": True, "type": "work", "value": mail}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"{given} {family}", "familyName": family, "givenName": given},
        "roles": [],
    }


def entra(token: str) -> Story:
    """Entra ID in its default flavour: capitalised operations, booleans as text, one attribute at a time."""
    ada, ben = "ada@contoso.example", "ben@contoso.example"
    steps = (
        Step(
            title="Test connection: Entra looks for a user that cannot exist",
            method="GET",
            path="/Users",
            query='filter=userName eq "5e6f1c0b-7a55-4a3e-8c7d-0c5f9b1d2a10"',
            check=_nobody,
        ),
        Step(
            title="In the product, an admin sets the seat limit to 2",
            method="POST",
            path="/trial/settings",
            body={"seat_limit": 2},
        ),
        Step(
            title="Ada is assigned: is she there already?",
            method="GET",
            path="/Users",
            query=f'filter=userName eq "{ada}"',
            check=_nobody,
        ),
        Step(
            title="She is not, so she is created",
            method="POST",
            path="/Users",
            body=_entra_user(ada, "Ada", "Byron"),
            status=201,
            keep="ada",
            check=_in_state(ada, "active"),
        ),
        Step(
            title="Ben is assigned too",
            method="POST",
            path="/Users",
            body=_entra_user(ben, "Ben", "Okri"),
            status=201,
            keep="ben",
        ),
        Step(
            title="Cleo would need a third seat",
            method="POST",
            path="/Users",
            body=_entra_user("cleo@contoso.example", "Cleo", "Sand"),
            status=403,
        ),
        Step(
            title="The group Engineering is assigned",
            method="POST",
            path="/Groups",
            body={
                "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
                "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
                "displayName": "Engineering",
                "members": [],
                "meta": {"resourceType": "Group"},
            },
            status=201,
            keep="engineering",
            check=_team("Engineering", 0),
        ),
        Step(
            title="Ada is put into it",
            method="PATCH",
            path="/Groups/{engineering}",
            body=_patch({"op": "Add", "path": "members", "value": [{"$ref": None, "value": "{ada}"}]}),
            check=_team("Engineering", 1),
        ),
        Step(title="Ada signs in to the product", method="POST", path="/trial/accounts/{account of {ada}}/sign-in"),
        Step(
            title="Ada marries, and Ben becomes her manager",
            method="PATCH",
            path="/Users/{ada}",
            body=_patch(
                {"op": "Replace", "path": "displayName", "value": "Ada Lovelace"},
                {"op": "Replace", "path": "name.familyName", "value": "Lovelace"},
                {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "{ben}"},
            ),
        ),
        Step(
            title="Ada is disabled; her session must end",
            method="PATCH",
            path="/Users/{ada}",
            body=_patch({"op": "Replace", "path": "active", "value": "False"}),
            check=_suspended(ada),
        ),
        Step(
            title="She tries to sign in",
            method="POST",
            path="/trial/accounts/{account of {ada}}/sign-in",
            status=403,
        ),
        Step(
            title="Ada is enabled again: the same account",
            method="PATCH",
            path="/Users/{ada}",
            body=_patch({"op": "Replace", "path": "active", "value": "True"}),
            check=_in_state(ada, "active"),
        ),
        Step(
            title="Ada leaves the group",
            method="PATCH",
            path="/Groups/{engineering}",
            body=_patch({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "{ada}"}]}),
            check=_team("Engineering", 0),
        ),
        Step(
            title="Ada is deleted for good",
            method="DELETE",
            path="/Users/{ada}",
            status=204,
            check=_in_state(ada, "deleted"),
        ),
        Step(title="Nobody finds her any more", method="GET", path="/Users/{ada}", status=404),
    )
    return Story(
        title="Entra ID, default flavour",
        tenant="contoso",
        token=token,
        agent="Azure AD Provisioning",
        steps=steps,
    )


def _okta_user(mail: str, given: str, family: str, **more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "userName": mail,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"primary": True, "value": mail, "type": "work"}],
        "displayName": f"{given} {family}",
        "locale": "en-US",
        "externalId": "00u1a2b3c4d5e6f7g8h9",
        "groups": [],
        "active": True,
        **more,
    }


def okta(token: str) -> Story:
    """Okta: reads before it writes, replaces whole users, and switches them off without a path."""
    dia = "dia@fabrikam.example"
    steps = (
        Step(title="Test connection: Okta lists users", method="GET", path="/Users", query="startIndex=1&count=2"),
        Step(title="... and groups", method="GET", path="/Groups", query="startIndex=1&count=100"),
        Step(
            title="Dia is assigned: is she there already?",
            method="GET",
            path="/Users",
            query=f'filter=userName eq "{dia}"&startIndex=1&count=100',
            check=_nobody,
        ),
        Step(
            title="She is not, so she is created",
            method="POST",
            path="/Users",
            body=_okta_user(dia, "Dia", "Mirza", password="set-by-okta-1"),
            status=201,
            keep="dia",
            check=_in_state(dia, "active"),
        ),
        Step(title="Dia signs in to the product", method="POST", path="/trial/accounts/{account of {dia}}/sign-in"),
        Step(title="Okta reads her before it changes her", method="GET", path="/Users/{dia}"),
        Step(
            title="Her profile is pushed whole",
            method="PUT",
            path="/Users/{dia}",
            body=_okta_user(dia, "Dia", "Mirza Rekhi", id="{dia}", title="Head of Design"),
        ),
        Step(
            title="The group Design is pushed",
            method="POST",
            path="/Groups",
            body={"schemas": [GROUP], "displayName": "Design", "members": []},
            status=201,
            keep="design",
            check=_team("Design", 0),
        ),
        Step(
            title="Its name and its members are pushed",
            method="PATCH",
            path="/Groups/{design}",
            body=_patch(
                {"op": "replace", "value": {"id": "{design}", "displayName": "Product Design"}},
                {"op": "add", "path": "members", "value": [{"value": "{dia}", "display": dia}]},
            ),
            check=_team("Product Design", 1),
        ),
        Step(
            title="Dia is unassigned: Okta switches her off",
            method="PATCH",
            path="/Users/{dia}",
            body=_patch({"op": "replace", "value": {"active": False}}),
            check=_suspended(dia),
        ),
        Step(
            title="Assigned again, she is found",
            method="GET",
            path="/Users",
            query=f'filter=userName eq "{dia}"&startIndex=1&count=100',
        ),
        Step(
            title="... and switched on: the same account",
            method="PATCH",
            path="/Users/{dia}",
            body=_patch({"op": "replace", "value": {"active": True}}),
            check=_in_state(dia, "active"),
        ),
        Step(
            title="The group is no longer pushed: the team goes, the account stays",
            method="DELETE",
            path="/Groups/{design}",
            status=204,
            check=_no_teams,
        ),
        Step(
            title="Dia is deleted",
            method="DELETE",
            path="/Users/{dia}",
            status=204,
            check=_in_state(dia, "deleted"),
        ),
    )
    return Story(title="Okta", tenant="fabrikam", token=token, agent="Okta SCIM Client 1.0.0", steps=steps)
