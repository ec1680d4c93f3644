"""HTTP without a framework: what an adapter fills in, and what it sends back."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen


@frozen(kw_only=True)
class Request:
    """One HTTP request, as the server received it.

    `path` is what follows the base URL ("/Users/2819") as it was on the wire, still percent-encoded: only then can an
    id hold a slash. An adapter that only has it decoded quotes it again. `query` is the raw query string without
    "?", `headers` the pairs in order, names in any case.
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)
    #: "http" or "https", as far as the adapter knows; only looked at when TLS is required.
    scheme: str = ""
    #: What the request is called in the audit trail; the X-Request-Id header if the adapter says nothing.
    id: str = ""

    def __repr__(self) -> str:
        """Without headers and query, which hold secrets and personal data."""
        return f"Request({self.method} {self.path})"


@frozen(kw_only=True)
class Response:
    """One HTTP response, complete. Send the headers as they are: a HEAD answer's Content-Length is not the body's."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
