"""/metrics, /healthz and /readyz over HTTP, for Prometheus and for whatever restarts processes.

Read-only, without secrets, on 127.0.0.1 unless the settings say otherwise.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import CollectorRegistry, make_wsgi_app

from schemas.environment import SettingsError
from schemas.settings import LogSettings

STALLED_SECONDS = 60.0
"""An I/O loop that did not turn for this long is dead: two heartbeats have been missed."""

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Checked(Protocol):
    """What the pages need to know of one consumer."""

    @property
    def name(self) -> str:
        """The consumer's name."""

    @property
    def connected(self) -> bool:
        """Whether it is subscribed to its queue."""

    @property
    def last_turn(self) -> float:
        """Monotonic seconds of the last turn of its I/O loop; 0 before the first."""


def turning(consumer: Checked, now: float) -> bool:
    """Return whether the I/O loop of `consumer` turns at `now` monotonic seconds, or need not."""
    return not consumer.connected or now - consumer.last_turn < STALLED_SECONDS


class Pages:
    """The WSGI application."""

    def __init__(
        self,
        registry: CollectorRegistry,
        consumers: Sequence[Checked],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = make_wsgi_app(registry)
        self._consumers = consumers
        self._clock = clock

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            page: Iterable[bytes] = self._metrics(environ, start_response)
            return page
        if path == "/healthz":
            return self._states(start_response, lambda consumer: turning(consumer, self._clock()))
        if path == "/readyz":
            return self._states(start_response, lambda consumer: consumer.connected)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics /healthz /readyz\n"]

    def _states(self, start_response: StartResponse, good: Callable[[Checked], bool]) -> Iterable[bytes]:
        states = {consumer.name: good(consumer) for consumer in self._consumers}
        status = "200 OK" if all(states.values()) else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [orjson.dumps(states)]


@contextmanager
def serve(settings: LogSettings, pages: Pages) -> Iterator[str | None]:
    """Serve `pages` on a thread of its own while the context is open; yield the address, None if off.

    Raises:
        SettingsError: the port is taken.
    """
    if not settings.health_port:
        yield None
        return
    try:
        server = make_server(
            settings.health_host, settings.health_port, pages, server_class=_Server, handler_class=_Quiet
        )
    except OSError as error:
        raise SettingsError(
            f"PDM_ODOO_HEALTH_PORT {settings.health_port}: {error}; choose another port, or 0 for none"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield f"http://{settings.health_host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(WSGIServer):
    allow_reuse_address = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: a line per scrape would drown the rest."""
