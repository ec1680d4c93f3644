"""How the engine reads what the RFC leaves open, where the answer depends on what is stored.

A dialect fills this in; the engine never asks who the client is.
"""

from typing import Literal

from attrs import frozen


@frozen(kw_only=True)
class Readings:
    """The defaults are the letter of RFC 7644."""

    #: Add or replace by a filter that matches nothing: an error, or an element made from the filter's `eq` terms.
    unmatched: Literal["noTarget", "create"] = "noTarget"
    #: Remove with a path to a multi-valued attribute and a list in `value`: all go, or only those listed.
    remove_listed: bool = False
    #: "" unassigns an optional attribute wherever it stands, instead of being a text of no characters.
    empty_unassigns: bool = False
    #: Replace of a complex attribute: what is not sent stays (RFC 7644 3.5.2.3), or goes (interop profile).
    replace_complex: Literal["merge", "whole"] = "merge"
    #: Unknown attributes and schema URNs inside a value: left out with a note, or refused.
    unknown: Literal["ignore", "reject"] = "ignore"
    #: Names that only one extension has may stand without their URN.
    short_names: bool = True
    #: "True" and "False" in a path's filter mean the booleans where the sub-attribute is one (Entra ID, ENTRA-028).
    text_booleans: bool = False
    #: An element that lost its `value` (or all but its labels) in this request: stays as what is left of it, or goes.
    without_value: Literal["keep", "drop"] = "keep"
