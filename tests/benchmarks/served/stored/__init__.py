"""The least that a host could do by hand: JSON out of a database and into it. Not SCIM: an upper bound."""
