"""Bodies that are malformed, cut off or late, over real sockets: SCIM's JSON, and no thread that waits."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.examples.test_serve import get, serving


@pytest.fixture(scope="module", params=["starlette", "flask"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of each kind."""
    folder: Path = tmp_path_factory.mktemp("served")
    with serving(folder, EXAMPLE=request.param) as (process, base):
        yield base
        os.kill(process.pid, signal.SIGTERM)
        errors = process.communicate(timeout=20)[1]
        assert "Traceback" not in errors
        # One for the upload that was cut off; Flask reads the malformed chunks itself.
        assert 1 <= errors.count("the body did not arrive") <= 2


def opened(base: str, path: str, head: str, token: str) -> socket.socket:
    parts = urlsplit(base)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
    lines = f"POST {parts.path}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{head}\r\n\r\n"
    connection.sendall(lines.encode())
    return connection


def answer(connection: socket.socket) -> tuple[int, str, object]:
    """The status, the media type and the JSON of an answer."""
    with connection, connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = {}
        while (line := file.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers["content-type"], json.loads(file.read(int(headers["content-length"])))


CHUNKED = "Transfer-Encoding: chunked\r\nContent-Type: application/scim+json"


def test_malformed_chunks_are_refused_in_scims_json(base: str) -> None:
    connection = opened(base, "/Users", CHUNKED, "T")
    connection.sendall(b"zz\r\n{}\r\n0\r\n\r\n")
    status, kind, body = answer(connection)
    assert (status, kind) == (400, "application/scim+json")
    assert isinstance(body, dict)
    assert body["status"] == "400"


@pytest.mark.parametrize("head", [CHUNKED, "Content-Length: 1000"])
def test_without_a_credential_nobody_waits_for_a_body(base: str, head: str) -> None:
    """More of them than the server has threads; each is answered although its body never comes."""
    waiting = [opened(base, "/Users", head, "nobody-knows-this-one") for _ in range(12)]
    assert [answer(each)[0] for each in waiting] == [401] * 12
    assert get(base + "/Users") == 200


def test_a_body_that_is_cut_off_leaves_one_line(base: str) -> None:
    connection = opened(base, "/Users", "Content-Length: 1000", "T")
    connection.sendall(b'{"schemas')
    connection.close()
    assert get(base + "/Users") == 200
