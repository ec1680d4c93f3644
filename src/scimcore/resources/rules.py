"""How strictly bodies are checked, where the RFC leaves the choice to the service."""

from typing import Literal

from attrs import frozen


@frozen(kw_only=True)
class Rules:
    """The defaults suit all known identity providers at once; a dialect may carry others."""

    #: Attributes and schema URIs that the type does not have: left out with a note, or refused.
    unknown: Literal["ignore", "reject"] = "ignore"
    #: A body without `schemas`: refused, or taken as meant for the endpoint's type.
    missing_schemas: Literal["infer", "reject"] = "infer"
    #: Values outside canonicalValues: taken as they are, or refused.
    canonical_values: Literal["advice", "enforce"] = "advice"
    #: Formats that go beyond the type (locale, timezone, country, URIs): not looked at, or enforced.
    formats: Literal["advice", "enforce"] = "advice"
