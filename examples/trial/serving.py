"""Runs the trial product on a production-like server, in the foreground, until SIGINT or SIGTERM.

What it understands comes in environment variables, which `make` sets from PORT=, TOKEN=, DATABASE=, WORKERS=,
EXAMPLE=, DIALECT=, POLICY= and EXTENSION=. PORT=0 takes a free port and says which.
"""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final

from trial.keys import cursor_key
from trial.options import Options, choose
from trial.product import SCIM, Product, fresh_token

#: How long open requests may take to end after SIGTERM, and how long an idle connection is kept, in seconds.
GRACE: Final = 5
KEEP_ALIVE: Final = 75


def main() -> int:
    """Start, announce, serve; 0 when it was told to stop, 1 when it could not start."""
    _stop_quietly()
    try:
        serve, workers = choose("EXAMPLE", os.environ.get("EXAMPLE") or "starlette", SERVERS), _workers()
        listener = _listener()
        fresh = _complete_environment(listener)
        options = Options.read()
        _prepare_database(options)
    except (ValueError, OSError) as wrong:
        print(f"make serve: {wrong}", file=sys.stderr)
        return 1
    _announce(options, fresh=fresh)
    serve(listener, workers)
    return 0


def _workers() -> int:
    text = os.environ.get("WORKERS") or "1"
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError(f"WORKERS={text}: a number of processes, from 1 to 64")
    return int(text)


def _listener() -> socket.socket:
    """Bound before anything else, so that a port in use is told at once, and workers share it."""
    text = os.environ.get("PORT") or "8900"
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"PORT={text}: a number below 65536")
    # Named as TCP, because asyncio only then sends answers without delay; the option is for those that do not look.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(text)))
    except OSError as taken:
        raise OSError(f"port {text} cannot be had ({taken.strerror}): choose another with PORT=") from None
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


def _complete_environment(listener: socket.socket) -> bool:
    """What all workers must agree on, decided here; whether the token is a fresh one."""
    fresh = not os.environ.get("TOKEN", "").strip()
    os.environ["PORT"] = str(listener.getsockname()[1])
    if fresh:
        os.environ["TOKEN"] = fresh_token()
    os.environ["SERVER"] = str(os.getpid())
    return fresh


def _prepare_database(options: Options) -> None:
    """Its tables, and the key in it that all workers, and later runs, sign cursors with."""
    product = Product(options)
    try:
        product.create_tables()
        os.environ.setdefault("SECRET", cursor_key(product.repository.engine))
    finally:
        product.close()


def _announce(options: Options, *, fresh: bool) -> None:
    """Ready to paste into an identity provider. A token that was given is not repeated."""
    lines = [f"Base URL  {options.base}{SCIM}"]
    for tenant, secret in options.tokens:
        if fresh:
            lines.append(f"Token     {secret}")
        elif len(secret) < 16:
            lines.append(f"Token     of {tenant}: as given. It is short: good on this machine, nowhere else")
        else:
            lines.append(f"Token     of {tenant}: as given")
    lines.append(f"Product   {options.base}/trial/accounts, with the same token")
    print("\n".join(lines), flush=True)


def _stop_quietly() -> None:
    """Leave with status 0 on SIGINT and SIGTERM, also while still starting, and never outlive `make`."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if "MAKELEVEL" in os.environ:
        end_with_parent(signal.SIGTERM)


def end_with_server() -> None:
    """For a worker. Who stops in good order waits for its workers: of one that is killed no order is left to keep."""
    end_with_parent(signal.SIGKILL)
    if str(os.getppid()) != os.environ["SERVER"]:
        sys.exit(1)  # It went before that could be asked for.


def end_with_parent(number: signal.Signals) -> None:
    """Get that signal when the parent is gone, even killed: it could not say so itself. Only Linux knows how."""
    if sys.platform == "linux":
        pdeathsig = 1  # prctl(2): PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(pdeathsig, number, 0, 0, 0)


def serve_starlette(listener: socket.socket, workers: int) -> None:
    """Uvicorn; several processes when asked for."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from trial.h11_answers import ScimH11

    config = uvicorn.Config(
        "starlette_app:create_app",
        factory=True,
        http=ScimH11,
        workers=workers,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


def serve_flask(listener: socket.socket, workers: int) -> None:
    """Gunicorn with threaded workers."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types

    settings: Mapping[str, object] = {
        "bind": f"fd://{listener.fileno()}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 8,
        "keepalive": KEEP_ALIVE,
        "graceful_timeout": GRACE,
        "loglevel": "warning",
        # Filters make long URLs: as long as this server takes.
        "limit_request_line": 8190,
        # Ctrl-c reaches a worker too, but it is for its parent to hear: stopped twice at once, one may hang at its end.
        "post_worker_init": lambda worker: signal.signal(signal.SIGINT, signal.SIG_IGN),
        # Newer versions open a socket in the home folder for their own tool.
        "control_socket_disable": True,
    }

    class Server(BaseApplication):  # type: ignore[misc]  # as above
        def load_config(self) -> None:
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            import flask_app

            return flask_app.create_app()

    Server().run()


SERVERS: Final[Mapping[str, Callable[[socket.socket, int], None]]] = {
    "starlette": serve_starlette,
    "flask": serve_flask,
}
