"""HTTP without a framework: what an adapter fills in, and what it sends back."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen


@frozen(kw_only=True)
class Request:
    """One HTTP request, as the server received it.

    `path` is what follows the base URL, percent-decoded once or not at all as `raw_path` says ("/Users/2819"), `query`
    the raw query string without "?", `headers` the pairs in order, names in any case.
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)


@frozen(kw_only=True)
class Response:
    """One HTTP response, complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
