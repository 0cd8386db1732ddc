"""The pages that tell whether a process lives and is ready."""

from __future__ import annotations

import socket
import urllib.request
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, Counter

from consumers.health import STALLED_SECONDS, Checked, Pages, serve
from schemas.environment import SettingsError
from schemas.settings import LogSettings

NOW = 10_000.0


@dataclass
class Loop:
    """What the pages see of a runner."""

    name: str = "bom"
    connected: bool = True
    last_turn: float = NOW


def get(path: str, *loops: Checked, registry: CollectorRegistry | None = None) -> tuple[str, bytes]:
    """Return status and body of a page, by calling the application as a server would."""
    statuses: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], *_: Any) -> None:
        statuses.append(status)

    pages = Pages(registry or CollectorRegistry(), loops, clock=lambda: NOW)
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    body = b"".join(pages(environ, start_response))
    [status] = statuses
    return status, body


CONNECTED, AWAY = Loop("a"), Loop("b", connected=False, last_turn=0.0)
JUST_ALIVE = Loop("c", last_turn=NOW - STALLED_SECONDS + 0.1)
STALLED = Loop("d", last_turn=NOW - STALLED_SECONDS)
LONG_AWAY = Loop("e", connected=False, last_turn=NOW - 10 * STALLED_SECONDS)


@pytest.mark.parametrize(
    ("loops", "alive", "ready"),
    [
        ([], True, True),
        ([CONNECTED], True, True),
        ([AWAY], True, False),
        ([JUST_ALIVE], True, True),
        ([STALLED], False, True),
        ([LONG_AWAY], True, False),
        ([CONNECTED, AWAY], True, False),
        ([CONNECTED, STALLED], False, True),
        ([STALLED, AWAY], False, False),
    ],
)
def test_a_process_is_alive_while_no_loop_stalls_and_ready_when_all_are_subscribed(
    loops: list[Checked], *, alive: bool, ready: bool
) -> None:
    found = [get(path, *loops)[0] for path in ("/healthz", "/readyz")]

    assert found == ["200 OK" if good else "503 Service Unavailable" for good in (alive, ready)]


def test_a_page_names_the_consumer_at_fault() -> None:
    assert orjson.loads(get("/readyz", CONNECTED, AWAY)[1]) == {"a": True, "b": False}


def test_metrics_are_those_of_the_registry() -> None:
    registry = CollectorRegistry()
    Counter("pdm_odoo_things_total", "Things.", registry=registry).inc(3)

    status, body = get("/metrics", registry=registry)

    assert status.startswith("200")
    assert b"pdm_odoo_things_total 3.0" in body


@pytest.mark.parametrize("path", ["/", "", "/health", "/metrics/", "/../etc/passwd"])
def test_any_other_page_is_not_there(path: str) -> None:
    status, body = get(path)

    assert status == "404 Not Found"
    assert body == b"/metrics /healthz /readyz\n"


def test_port_0_turns_the_pages_off() -> None:
    with serve(LogSettings(_env_file=None, health_port=0), Pages(CollectorRegistry(), [])) as address:
        assert address is None


def test_the_pages_are_served_and_a_taken_port_is_named() -> None:
    with serve(
        LogSettings(_env_file=None, health_port=_free_port()), Pages(CollectorRegistry(), [])
    ) as address:
        assert address
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as reply:  # noqa: S310 - our own address
            assert reply.status == 200
        taken = LogSettings(_env_file=None, health_port=int(address.rpartition(":")[2]))
        with (
            pytest.raises(SettingsError, match="PDM_ODOO_HEALTH_PORT"),
            serve(taken, Pages(CollectorRegistry(), [])),
        ):
            pass


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
