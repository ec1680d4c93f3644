"""Relative locations: a switch of a connection, for clients that put the base URL before `meta.location`."""

from attrs import evolve

from scimcore.testing.trial import BASE, Trial


def test_relative_locations_are_what_sbs_puts_the_base_url_before() -> None:
    """SURF SBS asks for base URL + meta.location: with an absolute one each update and delete is 404."""
    trial = Trial.start()
    trial.connections.put(evolve(trial.connections.get("idp-1"), locations="relative"))
    made = trial.post("/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "john"})
    location = made["meta"]["location"]
    assert location == f"/Users/{made['id']}"
    assert made.headers["Location"] == BASE + location
    group = trial.group("Core", made["id"])
    assert trial.get(f"/Groups/{group}")["members"][0]["$ref"] == location
    assert trial.get("/ServiceProviderConfig")["meta"]["location"] == "/ServiceProviderConfig"
    assert trial.put(location, {"userName": "john", "active": False}).status == 200
    assert trial.get("/Users", query={"filter": f'meta.location eq "{location}"'})["totalResults"] == 1
    assert trial.delete(location).status == 204
