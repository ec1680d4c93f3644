"""The peers' virtual environment, made when it is first needed."""

import subprocess
import sys
from functools import cache
from pathlib import Path

#: What ours is measured beside. One that cannot be installed leaves the others as they are.
PEERS = ("scim2-server==0.8.*", "scim2-models==0.12.*", "scim2-filter-parser", "django-scim2")


class NotInstalled(Exception):
    """The environment could not be made."""


def folder(root: Path) -> Path:
    """Where it is."""
    return root / ".bench-venv"


@cache
def python(root: Path) -> str:
    """Its Python, with the peers as far as they can be had. Raises NotInstalled."""
    ready = folder(root) / ".ready"
    found = str(folder(root) / "bin" / "python")
    wanted = "\n".join(PEERS)
    if not ready.exists() or ready.read_text() != wanted:
        print("Installing the peers into .bench-venv (once; takes a minute)", file=sys.stderr)
        _run(sys.executable, "-m", "venv", str(folder(root)))
        refused = [peer for peer in PEERS if not _installed(found, peer)]
        if not refused:
            ready.write_text(wanted)
    return found


def versions(root: Path) -> dict[str, str]:
    """What is installed there, by name."""
    program = "from importlib.metadata import distributions as d; [print(x.name, x.version) for x in d()]"
    try:
        lines = _run(str(folder(root) / "bin" / "python"), "-c", program).splitlines()
    except NotInstalled:
        return {}
    names = {peer.partition("==")[0] for peer in PEERS}
    return {name: version for name, _, version in (line.partition(" ") for line in lines) if name in names}


def _installed(python: str, peer: str) -> bool:
    try:
        _run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", peer)
    except NotInstalled as problem:
        print(f"{peer} cannot be installed: {problem}", file=sys.stderr)
        return False
    return True


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
        raise NotInstalled(said[-1] if said else str(problem)) from None
