"""The caller on whose behalf an operation of the service runs."""

from attrs import field, frozen

from scimcore._budget import Budget
from scimcore.dialects.dialect import Dialect
from scimcore.policy import Policy


@frozen(kw_only=True)
class Caller:
    """The caller of an operation: its tenant and connection, with the dialect and the policy that apply to it.

    `authenticate` makes one of a request's headers. Nothing is checked here: one is built for every request, of a
    `Connection` that was.
    """

    tenant: str
    connection: str
    dialect: Dialect
    policy: Policy
    #: The id of the credential, for the audit trail.
    credential: str = ""
    #: The name of the request in the audit trail.
    request: str = ""
    #: The id of the User that /Me stands for, if the connection names one.
    subject: str | None = None
    #: What the operations of one bulk job have together; None for a request of its own.
    budget: Budget | None = field(default=None, eq=False, repr=False)
    #: How the request was read before the service saw it, as pairs of a rule and a sentence.
    notes: tuple[tuple[str, str], ...] = ()
