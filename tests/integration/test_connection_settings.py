"""Settings of the connection: what they do to real calls, over both transports."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from consumers.odoo.schema import Schema
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from tests.integration.carrier import Carrier
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols


@dataclass
class Crowded(httpx.BaseTransport):
    """Knows how many requests were under way at once, each for a moment at least."""

    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0
    most: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        response = self.inner.handle_request(request)
        response.read()
        with self.lock:
            self.now -= 1
        return response

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def settings(odoo_settings: OdooSettings, database: dict[str, str]) -> dict[str, str]:
    """The environment of the runtime user; `setup` has run."""
    assert str(odoo_settings.protocol) == database["ODOO_PROTOCOL"]
    return database


def connected(
    settings: dict[str, str], transport: httpx.BaseTransport | None = None, **more: str
) -> Connection:
    with pytest.MonkeyPatch.context() as process:  # as a process finds them: texts
        for name, value in {**settings, **more}.items():
            process.setenv(name, value)
        found = OdooSettings(_env_file=None)
    return connect(found, Metrics(CollectorRegistry()), transport)


def test_texts_are_written_in_the_language_of_the_connection(
    settings: dict[str, str], administrator: Connection, odoo: Connection, schema: Schema
) -> None:
    german = administrator.call(
        "res.lang", "search", domain=[["code", "=", "de_DE"]], context={"active_test": False}
    )
    administrator.call("res.lang", "write", ids=german, vals={"active": True})
    rules = 'description_sale = { from = "T" }'
    english = Carrier(odoo, schema)
    english.carry(rules, {"T": "Shaft"})

    with connected(settings, ODOO_LANG="de_DE") as connection:
        carrier = Carrier(connection, schema)
        carrier.number = english.number
        carrier.carry(rules, {"T": "newer"})
        carrier.carry(rules, {"T": "Welle"})
        assert carrier.held("description_sale") == ["Welle"]

    assert english.held("description_sale") == ["Shaft"]


def test_records_belong_to_the_companies_of_the_connection(
    settings: dict[str, str], administrator: Connection, odoo: Connection
) -> None:
    company = add(administrator, "res.company", name=unique("Plant"))
    user = odoo.call("res.users", "context_get")["uid"]
    administrator.call("res.users", "write", ids=[user], vals={"company_ids": [[4, company]]})

    with connected(settings, ODOO_COMPANY_IDS=f"[{company}]") as there:
        product = add(there, "product.product", name=unique("Part"), standard_price=5.0)
        [held] = there.call("product.product", "read", ids=[product], fields=["standard_price"])

    assert held["standard_price"] == 5.0
    [held] = odoo.call("product.product", "read", ids=[product], fields=["standard_price"])
    assert held["standard_price"] == 0.0


def test_calls_are_spread_over_the_second(settings: dict[str, str]) -> None:
    with connected(settings, ODOO_CALLS_PER_SECOND="5") as odoo:
        odoo.call("res.users", "context_get")  # logs in where the protocol asks for it
        started = time.monotonic()
        for _ in range(3):
            odoo.call("res.users", "context_get")

    assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize(("limit", "most"), [({"ODOO_PARALLEL_CALLS": "1"}, [1]), ({}, [2, 3, 4])])
def test_calls_at_once_are_limited(settings: dict[str, str], limit: dict[str, str], most: list[int]) -> None:
    crowded = Crowded()
    with connected(settings, crowded, **limit) as odoo, ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(odoo.call, "res.users", "context_get") for _ in range(4)]
        assert all(call.result()["uid"] for call in calls)

    assert crowded.most in most


def test_logged_calls_show_no_secret(settings: dict[str, str]) -> None:
    with (
        structlog.testing.capture_logs() as logs,
        connected(settings, ODOO_LOG_CALLS="true") as odoo,
    ):
        odoo.call("uom.uom", "search_read", domain=[], fields=["name"], limit=1)

    [call] = [one for one in logs if one["event"] == "call" and one["log_level"] == "info"]
    assert (call["model"], call["method"], call["outcome"]) == ("uom.uom", "search_read", "ok")
    assert "domain" in call["arguments"]
    assert "name" in call["reply"]
    assert settings["ODOO_API_KEY"] not in str(logs)
