"""The choices of the PATCH engine where the RFC is open and the answer depends on the stored resource.

A dialect fills this in; the engine never asks who the client is.
"""

from typing import Literal

from attrs import field, frozen

from scimcore._arguments import instance_of, one_of

_FLAG = instance_of(bool, "a bool")


@frozen(kw_only=True)
class Readings:
    """The choices of the PATCH engine. The defaults are the letter of RFC 7644.

    Raises TypeError or ValueError if an argument is wrong.
    """

    #: Add or replace by a filter that matches nothing: "noTarget" is an error (RFC 7644 section 3.5.2.3), "create" adds
    #: an element with the parts that the filter's `eq` terms ask for (Entra ID; erratum 8097).
    unmatched: Literal["noTarget", "create"] = field(default="noTarget", validator=one_of(("noTarget", "create")))
    #: Remove with a path to a multi-valued attribute and a list in `value`: False removes all values, True only the
    #: listed ones (Entra ID by default, PATCH-035).
    remove_listed: bool = field(default=False, validator=_FLAG)
    #: True: "" unassigns an optional attribute wherever it is sent. False: "" is a text without characters.
    empty_unassigns: bool = field(default=False, validator=_FLAG)
    #: Replace of a complex attribute: "merge" leaves the parts that are not sent (RFC 7644 section 3.5.2.3), "whole"
    #: removes them (interop profile, PATCH-042).
    replace_complex: Literal["merge", "whole"] = field(default="merge", validator=one_of(("merge", "whole")))
    #: Unknown attributes and schema URNs inside a value: "ignore" leaves them out with a note, "reject" refuses them.
    unknown: Literal["ignore", "reject"] = field(default="ignore", validator=one_of(("ignore", "reject")))
    #: True: an attribute that only one extension has is found without its URN.
    short_names: bool = field(default=True, validator=_FLAG)
    #: True: "True" and "False" in a path's filter mean the booleans where the sub-attribute is one (ENTRA-028).
    text_booleans: bool = field(default=False, validator=_FLAG)
    #: True: texts that are numbers mean them in a path's filter where the sub-attribute is an integer or a decimal.
    text_numbers: bool = field(default=False, validator=_FLAG)
    #: True: a word without quotes is a string in a path's filter.
    bare_words: bool = field(default=False, validator=_FLAG)
    #: An element that lost its `value` (or all but its labels) in this request and got no other: "keep" leaves what is
    #: left of it, "drop" removes it.
    without_value: Literal["keep", "drop"] = field(default="keep", validator=one_of(("keep", "drop")))
