"""HTTP without a framework: the request that an adapter fills in, and the response that it sends back."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen


@frozen(kw_only=True)
class Request:
    """One HTTP request, as the server received it.

    Nothing is checked here, because one is built for every request; `Application.handle` refuses what an adapter got
    wrong, such as headers in a dictionary.
    """

    #: In capitals: "GET".
    method: str
    #: What follows the base URL ("/Users/2819") as it was on the wire, still percent-encoded: only then can an id hold
    #: a slash. An adapter that only has it decoded quotes it again.
    path: str
    #: The query string as it was on the wire, without "?".
    query: str = ""
    #: Pairs of name and value in their order, names in any case. Not a dictionary: a header may come twice.
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)
    #: "http" or "https", if the adapter knows; only read where `Options.require_tls` is "adapter".
    scheme: str = ""
    #: The name of the request in the audit trail; the X-Request-Id header if it is empty.
    id: str = ""

    def __repr__(self) -> str:
        # Without headers and query, which hold secrets and personal data: this goes into logs.
        return f"Request({self.method} {self.path})"


@frozen(kw_only=True)
class Response:
    """One HTTP response, complete.

    Send the headers as they are: the Content-Length of an answer to HEAD is that of the GET, not of the empty body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
