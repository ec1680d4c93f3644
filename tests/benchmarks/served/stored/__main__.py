"""Serves the stored JSON on the very server, set up the very way, that serves the example."""

import os
import socket
import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[3] / "examples")]

from trial.serving import SERVERS  # noqa: E402

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
listener.bind(("127.0.0.1", 0))
listener.listen(1024)
print(f"Base URL  http://127.0.0.1:{listener.getsockname()[1]}/scim/v2", flush=True)
SERVERS[os.environ["EXAMPLE"]](listener, 1)
