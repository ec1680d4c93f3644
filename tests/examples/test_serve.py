"""`make serve` and `make demo`: a real server on the loopback interface, which stops when told and leaves nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import demo
from stories import entra, okta
from tests.examples.conftest import EXAMPLES
from walkthrough import Step, Story, Walkthrough

SERVE = EXAMPLES / "serve.py"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
#: The examples run as the tests do, without being installed.
PATHS = os.pathsep.join([str(EXAMPLES.parent / "src"), os.environ.get("PYTHONPATH", "")])


@contextmanager
def serving(folder: Path, **said: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The server in a session of its own, and its base URL."""
    environment = os.environ | {"PORT": "0", "TOKEN": "T", "PYTHONPATH": PATHS}
    environment |= {"DATABASE": f"sqlite:///{folder}/trial.db"} | said
    environment.pop("MAKELEVEL", None)
    process = subprocess.Popen(
        [sys.executable, str(SERVE)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Base URL"), first + (process.stderr.read() if process.stderr else "")
        yield process, first.split()[-1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def get(url: str, token: str = "T") -> int:
    """The status of one GET."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    connection.request("GET", parts.path, headers={"Authorization": f"Bearer {token}"})
    status = connection.getresponse().status
    connection.close()
    return status


def call(base: str, method: str, path: str, body: object = None) -> Any:
    """The JSON that one SCIM request is answered with."""
    connection = HTTPConnection(urlsplit(base).netloc, timeout=20)
    sent = None if body is None else json.dumps(body)
    headers = {"Authorization": "Bearer T", "Content-Type": "application/scim+json"}
    connection.request(method, urlsplit(base).path + path, sent, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def is_free(place: str) -> bool:
    """Whether nobody listens there any more, a moment granted."""
    for _ in range(100):
        try:
            socket.create_connection(tuple(place.split(":")), timeout=5).close()
        except ConnectionError:
            return True
        time.sleep(0.05)
    return False


def is_gone(group: int) -> bool:
    """Whether no process of the group is left, a moment granted."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("example", ["starlette", "flask"])
class TestServing:
    """Runs in the foreground on 127.0.0.1, HTTP/1.1 with keep-alive, the database persisting between runs."""

    def test_workers_end_with_the_server_whatever_ends_it(self, example: str, tmp_path: Path) -> None:
        """Killed outright it can tell nobody, and workers that went on would keep the port."""
        with serving(tmp_path, EXAMPLE=example, WORKERS="2") as (process, base):
            assert get(f"{base}/Users") == 200
            process.kill()
            process.wait()
            assert is_free(urlsplit(base).netloc)

    def test_a_cursor_outlives_a_restart(self, example: str, tmp_path: Path) -> None:
        """RFC 9865: stateless and signed, so that what signs it has to persist as the data does."""
        with serving(tmp_path, EXAMPLE=example) as (_, base):
            for name in ("ada", "ben"):
                call(base, "POST", "/Users", {"schemas": [USER], "userName": name})
            cursor = call(base, "GET", "/Users?count=1&cursor=")["nextCursor"]
        with serving(tmp_path, EXAMPLE=example, PORT=str(urlsplit(base).port)) as (_, base):
            page = call(base, "GET", f"/Users?count=1&cursor={cursor}")
        assert [user["userName"] for user in page["Resources"]] == ["ben"]

    def test_one_connection_serves_many_requests(self, example: str, tmp_path: Path) -> None:
        with serving(tmp_path, EXAMPLE=example) as (_, base):
            connection = HTTPConnection(urlsplit(base).netloc, timeout=20)
            sockets = set()
            for _ in range(3):
                connection.request("GET", "/scim/v2/Users", headers={"Authorization": "Bearer T"})
                answer = connection.getresponse()
                answer.read()
                assert (answer.status, answer.version) == (200, 11)
                sockets.add(connection.sock)
            connection.close()

        assert len(sockets) == 1
        assert None not in sockets

    @pytest.mark.parametrize(
        ("workers", "number"), [("1", signal.SIGTERM), ("1", signal.SIGINT), ("2", signal.SIGTERM)]
    )
    def test_it_stops_cleanly_and_leaves_nothing(
        self, example: str, workers: str, number: signal.Signals, tmp_path: Path
    ) -> None:
        with serving(tmp_path, EXAMPLE=example, WORKERS=workers) as (process, base):
            assert get(base + "/Users") == 200
            process.send_signal(number)
            _, errors = process.communicate(timeout=20)

            assert process.returncode == 0
            assert "Traceback" not in errors
            assert is_gone(process.pid)

    def test_control_c_reaches_every_process_and_none_complains(self, example: str, tmp_path: Path) -> None:
        with serving(tmp_path, EXAMPLE=example, WORKERS="2") as (process, base):
            assert get(base + "/Users") == 200
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=20)

            assert process.returncode == 0
            assert errors == ""

    def test_what_was_stored_is_there_in_the_next_run(self, example: str, tmp_path: Path) -> None:
        with serving(tmp_path, EXAMPLE=example) as (_, base), staged(base) as stage:
            _, created = stage.ask(_story(), "POST", "/Users", "", {"userName": "ada@acme.example"})
        with serving(tmp_path, EXAMPLE=example) as (_, base):
            assert get(f"{base}/Users/{created['id']}") == 200


def staged(base: str) -> closing[Walkthrough]:
    """A stage without colours, closed at the end."""
    return closing(Walkthrough(base.removesuffix("/scim/v2"), colour=False))


def _story(*steps: Step) -> Story:
    return Story(title="A story", tenant="trial", token="T", agent="test", steps=steps)


class TestStarting:
    """What cannot be served stops at once, with one sentence that says what to do."""

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"EXAMPLE": "django"}, "starlette, flask"),
            ({"DIALECT": "cobol"}, "auto, rfc"),
            ({"POLICY": "lenient"}, "standard, dastra, secoda"),
            ({"WORKERS": "many"}, "WORKERS"),
            ({"PORT": "http"}, "PORT"),
            ({"TOKEN": "acme:"}, "TOKEN"),
            ({"DATABASE": "mysql://h/d"}, "DATABASE"),
            ({"EXTENSION": "nowhere.json"}, "EXTENSION=nowhere.json cannot be read"),
        ],
        ids=str,
    )
    def test_what_is_not_known_is_told_with_the_choices(self, said: dict[str, str], told: str, tmp_path: Path) -> None:
        environment = os.environ | {"PORT": "0", "TOKEN": "T", "PYTHONPATH": PATHS} | said
        run = subprocess.run(
            [sys.executable, str(SERVE)], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )

        assert run.returncode == 1
        assert told in run.stderr
        assert "Traceback" not in run.stderr

    def test_a_port_in_use_is_told(self, tmp_path: Path) -> None:
        with serving(tmp_path) as (_, base):
            environment = os.environ | {"PORT": str(urlsplit(base).port), "TOKEN": "T", "PYTHONPATH": PATHS}
            run = subprocess.run(
                [sys.executable, str(SERVE)], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
            )

        assert run.returncode == 1
        assert "PORT=" in run.stderr

    def test_without_a_token_it_makes_one_and_prints_it(self, tmp_path: Path) -> None:
        with serving(tmp_path, TOKEN="") as (process, base):
            assert process.stdout is not None
            label, token = process.stdout.readline().split()

            assert label == "Token"
            assert get(base + "/Users", token) == 200
            assert get(base + "/Users", "another") == 401

    def test_several_workers_share_a_database_and_a_fresh_start(self, tmp_path: Path) -> None:
        with serving(tmp_path, WORKERS="3") as (_, base):
            assert {get(base + "/Users") for _ in range(9)} == {200}


class TestTheDemo:
    """Exits non-zero if any step is answered otherwise than expected, and stops everything it started."""

    def test_it_goes_well_and_is_plain_where_there_is_no_terminal(self, tmp_path: Path) -> None:
        run = subprocess.run(
            [sys.executable, str(EXAMPLES / "demo.py")],
            env=os.environ | {"PYTHONPATH": PATHS, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert run.returncode == 0, run.stdout[-2000:] + run.stderr
        assert "\x1b" not in run.stdout
        assert "as expected" in run.stdout
        assert max(map(len, run.stdout.splitlines())) <= 100
        assert list(tmp_path.iterdir()) == []

    def test_a_step_that_goes_otherwise_is_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        wrong = Step(title="Nobody is everybody", method="GET", path="/Users", status=404)
        with serving(tmp_path) as (_, base), staged(base) as stage:
            stage.play(_story(wrong))

        assert stage.failures == 1
        assert "FAILED   answered 200, expected 404" in capsys.readouterr().out

    @pytest.mark.parametrize("tell", [entra, okta])
    def test_the_stories_go_the_same_on_flask(self, tell: Any, tmp_path: Path) -> None:
        story = tell("a-token-of-some-length")
        token = f"{story.tenant}:{story.token}"
        with serving(tmp_path, EXAMPLE="flask", TOKEN=token) as (_, base), staged(base) as stage:
            stage.play(story)

        assert stage.failures == 0

    def test_what_it_started_is_stopped_when_it_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", PATHS)
        with pytest.raises(ZeroDivisionError), demo.running(tmp_path, "T") as base:
            assert get(base + "/scim/v2/Users") == 200
            raise ZeroDivisionError

        with pytest.raises(ConnectionRefusedError):
            get(base + "/scim/v2/Users")
