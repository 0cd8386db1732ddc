"""A TCP proxy that misbehaves on demand: refuses, or forwards the request and swallows the reply."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """In front of one HTTP/1.0 server: one connection is one request."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.refuse = False
        """Close each connection at once, before the request is read."""
        self.swallow = 0
        """How many of the next replies to lose after the server has sent them."""
        self.swallow_only = b""
        """Lose replies only of requests that contain these bytes."""
        self.refused = 0
        self.requests = 0
        self.swallowed = 0
        self._closing = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.refuse:
                self.refused += 1
                return
            request = _request(client)
            self.requests += 1
            with socket.create_connection(self._target) as server:
                server.sendall(request)
                reply = b"".join(iter(lambda: server.recv(65536), b""))
            if self.swallow and self.swallow_only in request:
                self.swallow -= 1
                self.swallowed += 1
                return
            client.sendall(reply)


def _request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    length = sum(int(line.split(b":")[1]) for line in lengths)  # at most one; none in a GET
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def between(target: str) -> Iterator[Proxy]:
    """Run a proxy in front of `target` (a URL) while the context is open."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
