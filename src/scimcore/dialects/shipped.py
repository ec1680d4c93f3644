"""The dialects that scimcore ships. Each holds what its identity provider needs, and nothing else."""

from attrs import evolve

from scimcore.dialects._coercions import (
    BARE_VALUE,
    EMPTY_TEXT,
    LISTED_SCALAR,
    MANAGER_ID,
    NUMBERS_AS_TEXT,
    OBJECT_FOR_LIST,
    SINGLE_IN_LIST,
    TEXT_BOOLEANS,
)
from scimcore.dialects._keys import DOTTED_KEYS, FILTERED_KEYS, SHORT_NAMES, URN_KEYS
from scimcore.dialects._messages import (
    CREATE_UNMATCHED,
    FILTER_SUFFIX,
    LEGACY_URN,
    LISTED_REMOVAL,
    MEMBER_BY_FILTER,
    OP_SPELLING,
    PATCH_SCHEMAS,
    PATH_NEEDED,
    SINGLE_OPERATION,
    WHOLE_REPLACE,
    WRAPPED_VALUE,
)
from scimcore.dialects.dialect import Dialect
from scimcore.resources.rules import Rules

#: A deactivated user is still found and read (ENTRA-018, OKTA-016).
INACTIVE_VISIBLE = "inactive-visible"
#: `active: false` is not a deletion: the user is enabled again under its id (ENTRA-019, OKTA-006).
REACTIVATION = "reactivation"
#: Attributes that nobody asked for do not fail a create (ENTRA-012, ENTRA-014, GOOG-005).
UNKNOWN_IGNORED = "unknown-attributes-ignored"
#: The placeholder of a password does not fail a create (OKTA-003).
PASSWORDS_IGNORED = "passwords-ignored"

#: The letter of the RFCs: nothing is tolerated, whatever may be refused is.
RFC = Dialect(name="rfc", rules=Rules(missing_schemas="reject"))

_ENTRA_NEEDS = frozenset({INACTIVE_VISIBLE, REACTIVATION, UNKNOWN_IGNORED})

#: Entra ID as it provisions by default: capitalised operations, texts for booleans, value lists on remove. An admin
#: may append the compatibility flag to the URL any day, so that its flavour is understood as well.
ENTRA = Dialect(
    name="entra",
    rewrites=(
        OP_SPELLING,
        LEGACY_URN,
        SINGLE_IN_LIST,
        BARE_VALUE,
        TEXT_BOOLEANS,
        EMPTY_TEXT,
        LISTED_REMOVAL,
        DOTTED_KEYS,
        URN_KEYS,
        FILTERED_KEYS,
        SHORT_NAMES,
        CREATE_UNMATCHED,
        FILTER_SUFFIX,
    ),
    needs=_ENTRA_NEEDS,
)

#: Entra ID with ?aadOptscim062020 in its tenant URL: what older jobs send cannot come, but the default flavour can,
#: because on-demand provisioning ignores the flag (ENTRA-030).
ENTRA_2020 = evolve(ENTRA.without("legacy-urn"), name="entra-2020")

_OKTA_NEEDS = frozenset({INACTIVE_VISIBLE, REACTIVATION, PASSWORDS_IGNORED})

#: Okta's catalogue apps, which update by PATCH: nearly the letter.
OKTA = Dialect(name="okta", rewrites=(LISTED_SCALAR, EMPTY_TEXT), needs=_OKTA_NEEDS)

#: Okta's apps of the integration wizard, which update by PUT of what they have read before.
OKTA_WIZARD = Dialect(name="okta-wizard", rewrites=(LISTED_SCALAR, EMPTY_TEXT), needs=_OKTA_NEEDS)

#: OneLogin, whose bodies are templates that its customers edit.
ONELOGIN = Dialect(
    name="onelogin",
    rewrites=(MEMBER_BY_FILTER, OBJECT_FOR_LIST, MANAGER_ID, BARE_VALUE, TEXT_BOOLEANS, EMPTY_TEXT, LISTED_REMOVAL),
)

#: Google Workspace: catalogue connectors lent to other apps, with attributes that nobody asked for.
GOOGLE = Dialect(name="google", rewrites=(EMPTY_TEXT,), needs=_ENTRA_NEEDS)

#: JumpCloud: groups as Entra ID changes them, users attribute by attribute.
JUMPCLOUD = Dialect(name="jumpcloud", rewrites=(OP_SPELLING, EMPTY_TEXT, LISTED_REMOVAL))

#: PingOne and PingFederate: the letter, in plain application/json.
PING = Dialect(name="ping", rewrites=(EMPTY_TEXT,))

#: The strict profile of 2026 (draft-ietf-scim-interop-profile 01): what the RFCs leave open is refused.
INTEROP = Dialect(
    name="interop",
    rewrites=(PATH_NEEDED, WHOLE_REPLACE),
    rules=Rules(unknown="reject", missing_schemas="reject"),
    needs=frozenset({INACTIVE_VISIBLE, REACTIVATION}),
)

#: Every identity provider above at once, and the clients that have no dialect of their own.
AUTO = Dialect(
    name="auto",
    rewrites=(
        PATCH_SCHEMAS,
        SINGLE_OPERATION,
        OP_SPELLING,
        LEGACY_URN,
        MEMBER_BY_FILTER,
        WRAPPED_VALUE,
        LISTED_REMOVAL,
        SINGLE_IN_LIST,
        LISTED_SCALAR,
        OBJECT_FOR_LIST,
        MANAGER_ID,
        BARE_VALUE,
        TEXT_BOOLEANS,
        NUMBERS_AS_TEXT,
        EMPTY_TEXT,
        DOTTED_KEYS,
        URN_KEYS,
        FILTERED_KEYS,
        SHORT_NAMES,
        CREATE_UNMATCHED,
        FILTER_SUFFIX,
    ),
    needs=_ENTRA_NEEDS | _OKTA_NEEDS,
)

#: What `find_dialect(name)` finds, the default first.
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
    """The shipped dialect of that name. Raises ValueError with the choices."""
    for known in DIALECTS:
        if known.name == name:
            return known
    raise ValueError(f"{name!r} is no dialect; choose one of {', '.join(known.name for known in DIALECTS)}")
