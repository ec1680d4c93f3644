"""How strictly bodies are checked, where the RFC leaves the choice to the service."""

from typing import Literal

from attrs import field, frozen

from scimcore._arguments import one_of


@frozen(kw_only=True)
class Rules:
    """The strictness of checks. The defaults suit all known identity providers at once; a dialect may have others.

    Raises ValueError for anything but the words listed.
    """

    #: Attributes and schema URIs that the type does not have: left out with a note, or refused.
    unknown: Literal["ignore", "reject"] = field(default="ignore", validator=one_of(("ignore", "reject")))
    #: A body without `schemas`: taken as meant for the endpoint's type, or refused.
    missing_schemas: Literal["infer", "reject"] = field(default="infer", validator=one_of(("infer", "reject")))
    #: Values outside canonicalValues: taken as they are, or refused.
    canonical_values: Literal["advice", "enforce"] = field(default="advice", validator=one_of(("advice", "enforce")))
    #: Formats that go beyond the type (locale, timezone, country, URIs): not looked at, or enforced.
    formats: Literal["advice", "enforce"] = field(default="advice", validator=one_of(("advice", "enforce")))
