"""The arguments and the results of operations; no HTTP in sight."""

from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import field, frozen

from scimcore.errors import ScimError
from scimcore.policy.plans import Note, Outcome
from scimcore.resources.changes import Linked
from scimcore.resources.document import Document
from scimcore.resources.projection import Projection
from scimcore.schema import BoundType


@frozen(kw_only=True)
class Resource:
    """A resource with what is derived for it: its links, by relation attribute name (`members`, `groups`).

    A relation that was not wanted, or is too large to be listed, is absent.
    """

    type: BoundType
    document: Document
    #: By the attribute that shows them. Only what the projection wants is read at all.
    links: Mapping[str, Sequence[Linked]] = field(factory=dict)
    #: The attributes that a write named: of what is `returned: request`, they are shown (RFC 7643 section 7).
    named: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Done:
    """The result of a write."""

    #: What became of the request: "created", "linked", "updated", "unchanged", "deleted" ...
    outcome: Outcome
    #: The state afterwards, None after a delete.
    resource: Resource | None
    #: Which rules of the dialect and the policy acted, and why.
    notes: tuple[Note, ...] = ()
    #: False when the resource is too large to be sent with every change: the answer is 204, with its version.
    echo: bool = True


@frozen(kw_only=True)
class Listing:
    """One page of a search."""

    resources: tuple[Resource, ...]
    #: All matches, not only those of the page. None where counting them was not asked for.
    total: int | None
    #: The place of the first resource, counted from 1; None in cursor mode.
    start_index: int | None
    #: Signed cursors of the neighbouring pages, in cursor mode only; None at the ends.
    next: str | None = None
    previous: str | None = None
    #: Which parts of the filter were read otherwise than by the letter.
    notes: tuple[Note, ...] = ()


@frozen(kw_only=True)
class Search:
    """A query as the client words it (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865). None: not said."""

    #: A filter expression as text, before the dialect's rewrites.
    filter: str | None = None
    #: An attribute path: `name.familyName`.
    sort_by: str | None = None
    sort_order: Literal["ascending", "descending"] = "ascending"
    #: The place of the first resource, counted from 1. Not together with `cursor`.
    start_index: int | None = None
    #: Resources on a page; `Limits` bounds it.
    count: int | None = None
    #: A cursor of the page before, or "" for the first page in cursor mode (RFC 9865 section 2).
    cursor: str | None = None
    #: Which attributes the answer shows; links that it does not show are not read.
    projection: Projection = Projection()


@frozen(kw_only=True)
class EventResult:
    """The decision of the policy about an event of the product."""

    outcome: Outcome
    #: False for an account that no identity provider manages; then nothing was decided.
    managed: bool
    notes: tuple[Note, ...] = ()
    #: Why the event should not happen. Returned and not raised, because the host's own work goes on.
    refusal: ScimError | None = None


@frozen(kw_only=True)
class Preview:
    """The result that creating one user would have (POL-140)."""

    user_name: str
    #: "clashes" is a refusal with status 409: another user or account has the name already.
    outcome: Literal["links", "creates", "restores", "clashes", "refused"]
    #: The account of the product that would be linked.
    account: str | None = None
    #: Why the user would be refused, as the client would read it.
    detail: str = ""
    notes: tuple[Note, ...] = ()


@frozen(kw_only=True)
class Drift:
    """One thing that is not as it should be (POL-142)."""

    #: "missing": the host does not have the account. "unbound": it says that the account is managed, and no user is
    #: bound to it.
    kind: Literal["missing", "state", "roles", "teams", "unbound"]
    account: str
    #: The id of the SCIM user; "" for an account that no user stands for.
    resource: str = ""
    #: What was decided last: a state, roles or teams.
    expected: tuple[str, ...] = ()
    #: What the host has.
    found: tuple[str, ...] = ()


@frozen(kw_only=True)
class Purged:
    """Counts of what was deleted. False when there was nothing left to delete."""

    #: Audit records.
    audit: int
    #: Effects that were done or cancelled.
    effects: int
    #: Bindings that the clock moved on, tombstones among them.
    due: int

    def __bool__(self) -> bool:
        return bool(self.audit or self.effects or self.due)
