"""A load driver in one thread: eight connections kept busy, one request at a time on each."""

import selectors
import socket
from collections.abc import Callable
from time import perf_counter

CONNECTIONS = 8


class Connection:
    """A connection that stays open, and the answer that comes in on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def send(self, request: bytes) -> None:
        """Ask."""
        self._read = b""
        self.socket.sendall(request)

    def complete(self) -> bool:
        """Read on; whether the answer is whole. Raises RuntimeError unless it is a good one."""
        chunk = self.socket.recv(1 << 20)
        self._read += chunk
        if not chunk:
            raise RuntimeError("the server closed the connection")
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return False
        if head[9:10] != b"2":
            raise RuntimeError(f"{head.splitlines()[0]!r}: {body[:200]!r}")
        lowered = head.lower()
        start = lowered.index(b"content-length:") + 15
        return len(body) >= int(lowered[start:].split(b"\r\n", 1)[0])


def drive(address: tuple[str, int], request: Callable[[], bytes], seconds: float) -> float:
    """Seconds per request, while all connections are busy."""
    selector = selectors.DefaultSelector()
    connections = [Connection(address) for _ in range(CONNECTIONS)]
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(request())
    done, start = 0, perf_counter()
    end = start + seconds
    while (now := perf_counter()) < end or not done:
        for key, _ in selector.select(1):
            if key.data.complete():
                done += 1
                key.data.send(request())
    for connection in connections:
        connection.socket.close()
    return (now - start) / done
