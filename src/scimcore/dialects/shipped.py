"""The dialects that scimcore ships. Each has what its identity provider needs, and nothing else.

The order of the rewrites is the order in which they act: one that changes the shape of a value (`single-in-list`) comes
before those that look into it (`text-booleans`), and all of them before the readings.
"""

from attrs import evolve

from scimcore.dialects.catalogue import (
    BARE_WORDS,
    CORE_OBJECT,
    CREATE_UNMATCHED,
    DOTTED_KEYS,
    DOUBLE_SLASH,
    EMPTY_MEMBERS,
    FILTER_SUFFIX,
    FILTERED_KEYS,
    LEGACY_URN,
    LISTED_REMOVAL,
    MEMBER_BY_FILTER,
    OBJECT_IN_LIST,
    OP_SPELLING,
    PATCH_SCHEMAS,
    PATH_NEEDED,
    SHORT_NAMES,
    SINGLE_OPERATION,
    TEXT_SEARCH,
    URN_DOT,
    URN_KEYS,
    URN_UNKNOWN,
    WHOLE_REPLACE,
    WRAPPED_VALUE,
)
from scimcore.dialects.dialect import Dialect
from scimcore.dialects.value_catalogue import (
    BARE_VALUE,
    EMPTY_TEXT,
    LISTED_SCALAR,
    MANAGER_ID,
    NUMBERS_AS_TEXT,
    OBJECT_FOR_LIST,
    SINGLE_IN_LIST,
    TEXT_BOOLEANS,
    TEXT_FOR_LIST,
    TEXT_NUMBERS,
    VALUE_OBJECT,
    WITHOUT_VALUE,
)
from scimcore.resources.rules import Rules

# What a dialect needs of a policy, in the words in which policy.exports says what a policy offers. Strings, because
# neither package may import the other: a dialect knows messages, a policy knows accounts.

#: A deactivated user is still found and read (ENTRA-018, OKTA-016).
INACTIVE_VISIBLE = "inactive-visible"
#: `active: false` is not a deletion: the user is enabled again under its id (ENTRA-019, OKTA-006).
REACTIVATION = "reactivation"
#: Attributes that the product does not know do not fail a create (ENTRA-012, ENTRA-014, GOOG-005).
UNKNOWN_IGNORED = "unknown-attributes-ignored"
#: The placeholder of a password does not fail a create (OKTA-003).
PASSWORDS_IGNORED = "passwords-ignored"

#: The letter of the RFCs: nothing is tolerated, and everything that may be refused is refused.
RFC = Dialect(name="rfc", rules=Rules(missing_schemas="reject"), advertises_cursors=True)

_ENTRA_NEEDS = frozenset({INACTIVE_VISIBLE, REACTIVATION, UNKNOWN_IGNORED})

#: Entra ID as it provisions by default: capitalised operations, texts for booleans, value lists on remove. An
#: administrator may append the compatibility flag to the URL any day, so that its flavour is understood as well.
ENTRA = Dialect(
    name="entra",
    rewrites=(
        OP_SPELLING,
        LEGACY_URN,
        SINGLE_IN_LIST,
        VALUE_OBJECT,
        TEXT_FOR_LIST,
        BARE_VALUE,
        TEXT_BOOLEANS,
        TEXT_NUMBERS,
        WITHOUT_VALUE,
        EMPTY_TEXT,
        LISTED_REMOVAL,
        DOTTED_KEYS,
        URN_KEYS,
        FILTERED_KEYS,
        SHORT_NAMES,
        CORE_OBJECT,
        URN_DOT,
        URN_UNKNOWN,
        CREATE_UNMATCHED,
        FILTER_SUFFIX,
    ),
    needs=_ENTRA_NEEDS,
)

#: Entra ID with ?aadOptscim062020 in its tenant URL. Older jobs cannot have the flag, but the default flavour can still
#: come, because on-demand provisioning ignores the flag (ENTRA-030).
ENTRA_2020 = evolve(ENTRA.without("legacy-urn"), name="entra-2020")

_OKTA_NEEDS = frozenset({INACTIVE_VISIBLE, REACTIVATION, PASSWORDS_IGNORED})

#: Okta's catalogue apps, which update by PATCH: nearly the letter.
OKTA = Dialect(name="okta", rewrites=(LISTED_SCALAR, WITHOUT_VALUE, EMPTY_TEXT), needs=_OKTA_NEEDS)

#: Okta's apps of the integration wizard, which update by PUT of what they have read before (OKTA-005).
OKTA_WIZARD = Dialect(name="okta-wizard", rewrites=(LISTED_SCALAR, WITHOUT_VALUE, EMPTY_TEXT), needs=_OKTA_NEEDS)

#: OneLogin, whose bodies are templates that its customers edit (ONEL-004): whatever a template makes of a missing
#: value, or of a type that the customer did not think of.
ONELOGIN = Dialect(
    name="onelogin",
    rewrites=(
        MEMBER_BY_FILTER,
        OBJECT_FOR_LIST,
        TEXT_FOR_LIST,
        MANAGER_ID,
        BARE_VALUE,
        TEXT_BOOLEANS,
        TEXT_NUMBERS,
        WITHOUT_VALUE,
        EMPTY_TEXT,
        LISTED_REMOVAL,
    ),
)

#: Google Workspace: connectors of other apps, borrowed for yours, with those apps' attributes (GOOG-005).
GOOGLE = Dialect(name="google", rewrites=(WITHOUT_VALUE, EMPTY_TEXT), needs=_ENTRA_NEEDS)

#: JumpCloud: groups as Entra ID changes them, users attribute by attribute.
JUMPCLOUD = Dialect(name="jumpcloud", rewrites=(OP_SPELLING, WITHOUT_VALUE, EMPTY_TEXT, LISTED_REMOVAL))

#: PingOne and PingFederate: the letter, in plain application/json.
PING = Dialect(name="ping", rewrites=(WITHOUT_VALUE, EMPTY_TEXT))

#: The strict profile of 2026 (draft-ietf-scim-interop-profile 01): it refuses what the RFCs leave open.
INTEROP = Dialect(
    name="interop",
    rewrites=(PATH_NEEDED, WHOLE_REPLACE),
    rules=Rules(unknown="reject", missing_schemas="reject"),
    needs=frozenset({INACTIVE_VISIBLE, REACTIVATION}),
)

#: The default: every identity provider above at once, and the clients that have no dialect of their own.
#: A rewrite can be here only if it reads no request in RFC form in another way than the RFCs do.
AUTO = Dialect(
    name="auto",
    rewrites=(
        PATCH_SCHEMAS,
        SINGLE_OPERATION,
        OP_SPELLING,
        LEGACY_URN,
        MEMBER_BY_FILTER,
        WRAPPED_VALUE,
        OBJECT_IN_LIST,
        LISTED_REMOVAL,
        SINGLE_IN_LIST,
        LISTED_SCALAR,
        VALUE_OBJECT,
        OBJECT_FOR_LIST,
        TEXT_FOR_LIST,
        MANAGER_ID,
        BARE_VALUE,
        TEXT_BOOLEANS,
        TEXT_NUMBERS,
        NUMBERS_AS_TEXT,
        WITHOUT_VALUE,
        EMPTY_TEXT,
        DOTTED_KEYS,
        URN_KEYS,
        FILTERED_KEYS,
        SHORT_NAMES,
        CORE_OBJECT,
        URN_DOT,
        URN_UNKNOWN,
        BARE_WORDS,
        TEXT_SEARCH,
        DOUBLE_SLASH,
        EMPTY_MEMBERS,
        CREATE_UNMATCHED,
        FILTER_SUFFIX,
    ),
    needs=_ENTRA_NEEDS | _OKTA_NEEDS,
)

#: The dialects that `find_dialect` knows, the default first.
DIALECTS: tuple[Dialect, ...] = (
    AUTO,
    RFC,
    ENTRA,
    ENTRA_2020,
    OKTA,
    OKTA_WIZARD,
    ONELOGIN,
    GOOGLE,
    JUMPCLOUD,
    PING,
    INTEROP,
)


def find_dialect(name: str) -> Dialect:
    """Return the shipped dialect of that name. Raises ValueError with the choices for a name that there is not."""
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    choices = ", ".join(dialect.name for dialect in DIALECTS)
    raise ValueError(f"There is no dialect {name!r}. Choose one of {choices}.")
