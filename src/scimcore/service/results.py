"""What operations are given and what they answer with; no HTTP in sight."""

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
    links: Mapping[str, Sequence[Linked]] = field(factory=dict)
    #: The attributes that a write named: of what is `returned: request`, they are shown (RFC 7643 section 7).
    named: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Done:
    """What a write did. `resource` is the state afterwards, None after a delete.

    `echo` is False when the resource is too large to be answered with: 204, with its version.
    """

    outcome: Outcome
    resource: Resource | None
    notes: tuple[Note, ...] = ()
    echo: bool = True


@frozen(kw_only=True)
class Listing:
    """One page. `total` counts all matches; `next` and `previous` are signed cursors, in cursor mode only."""

    resources: tuple[Resource, ...]
    total: int | None
    start_index: int | None
    next: str | None = None
    previous: str | None = None
    #: What of the filter was read otherwise than by the letter.
    notes: tuple[Note, ...] = ()


@frozen(kw_only=True)
class Search:
    """A query as the client words it (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865). None: not said."""

    filter: str | None = None
    sort_by: str | None = None
    sort_order: Literal["ascending", "descending"] = "ascending"
    start_index: int | None = None
    count: int | None = None
    cursor: str | None = None
    projection: Projection = Projection()


@frozen(kw_only=True)
class EventResult:
    """What the policy decided about an event of the product. A refusal is returned: the host's own work goes on.

    `managed` is False for an account that no identity provider manages; then nothing was decided.
    """

    outcome: Outcome
    managed: bool
    notes: tuple[Note, ...] = ()
    refusal: ScimError | None = None


@frozen(kw_only=True)
class Preview:
    """What creating one user would come to. `account` is the one that would be linked; `detail` says why not."""

    user_name: str
    outcome: Literal["links", "creates", "restores", "clashes", "refused"]
    account: str | None = None
    detail: str = ""
    notes: tuple[Note, ...] = ()


@frozen(kw_only=True)
class Drift:
    """One thing that is not as it should be. `resource` is "" for an account that no SCIM user stands for."""

    kind: Literal["missing", "state", "roles", "teams", "unbound"]
    account: str
    resource: str = ""
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


@frozen(kw_only=True)
class Purged:
    """How much was deleted. `due`: bindings that the clock moved on, tombstones among them."""

    audit: int
    effects: int
    due: int

    def __bool__(self) -> bool:
        return bool(self.audit or self.effects or self.due)
