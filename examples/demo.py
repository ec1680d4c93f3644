"""`make demo`: a product is provisioned by Entra ID, then by Okta, over real HTTP, and shows what comes of it.

Starts the Starlette example on a free port and a temporary SQLite database, and stops it whatever happens.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

from stories import entra, okta
from trial.product import fresh_token
from walkthrough import Walkthrough


def main() -> int:
    """0 when every step of both stories was answered as expected."""
    signal.signal(signal.SIGTERM, _leave)
    stories = (entra(fresh_token()), okta(fresh_token()))
    tokens = ",".join(f"{story.tenant}:{story.token}" for story in stories)
    with tempfile.TemporaryDirectory(prefix="scimcore-demo-") as folder, running(Path(folder), tokens) as base:
        print("A product that embeds scimcore, provisioned by two identity providers.")
        print(f"It runs at {base} on Starlette and SQLite.")
        print("Each provider belongs to a customer, which has a tenant and a token of its own.")
        with closing(Walkthrough(base)) as stage:
            for story in stories:
                stage.play(story)
    steps = sum(len(story.steps) for story in stories)
    if stage.failures:
        print(f"\n{stage.failures} of {len(stories)} stories went otherwise than expected.", file=sys.stderr)
        return 1
    print(f"\nAll {steps} steps went as expected; the product was stopped and its database removed.")
    return 0


@contextmanager
def running(folder: Path, tokens: str, **settings: str) -> Iterator[str]:
    """The trial product in a process of its own; its address. Stopped when the block ends, however it ends."""
    environment = os.environ | {"PORT": "0", "TOKEN": tokens, "DATABASE": f"sqlite:///{folder}/demo.db"} | settings
    command = [sys.executable, str(Path(__file__).with_name("serve.py"))]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first.startswith("Base URL"):
            raise RuntimeError("the example server did not start; what it said stands above")
        yield first.split()[-1].removesuffix("/scim/v2")
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
