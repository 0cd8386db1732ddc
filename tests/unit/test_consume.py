"""`pdm-odoo consume`: how it begins and ends while a server is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry

from consumers.runner import Runner
from ops import consume as command
from ops.consume import Process, StalledError, Wiring, assembled
from producers.errors import AccessRefusedError, BrokerUnavailableError, RefusedError
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.settings import BrokerSettings
from tests.factories import profile
from tests.unit.consumers.connections import Publisher
from tests.unit.consumers.deliveries import consumer_settings


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "AMQP_URL": "amqp://u:p@127.0.0.1:1/",
        "ODOO_URL": "http://127.0.0.1:1",
        "ODOO_DB": "plm",
        "ODOO_LOGIN": "pdm",
        "ODOO_API_KEY": "key",
        "PDM_ODOO_HEALTH_PORT": "0",
    }.items():
        monkeypatch.setenv(name, value)
    # Logging and signal handlers outlive the test.
    monkeypatch.setattr(command, "configure", lambda _: None)
    monkeypatch.setattr(command, "stop_on_signals", lambda _: None)


def run(monkeypatch: pytest.MonkeyPatch, error: Exception, *, stopped: bool) -> Result:
    """Run `consume` with a broker that ends in `error`, after a signal or without one."""

    @contextmanager
    def failing(
        _names: Sequence[Consumer], _wiring: Wiring, _metrics: Metrics, stop: threading.Event
    ) -> Iterator[list[Runner]]:
        if stopped:
            stop.set()
        raise error
        yield []

    monkeypatch.setattr(command, "assembled", failing)
    return CliRunner().invoke(command.consume, ["product"])


def test_a_stop_while_the_broker_is_away_is_a_stop_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, BrokerUnavailableError("refused"), stopped=True)

    assert (result.exit_code, result.exception) == (0, None)


@pytest.mark.parametrize(
    ("error", "stopped"),
    [
        (BrokerUnavailableError("refused"), False),
        (AccessRefusedError("correct AMQP_URL"), False),
        (AccessRefusedError("correct AMQP_URL"), True),
        (RefusedError("no queue", code=404, reply="x"), True),
    ],
)
def test_anything_else_of_the_broker_ends_in_its_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, stopped: bool
) -> None:
    assert run(monkeypatch, error, stopped=stopped).exception is error


def test_the_publisher_waits_for_the_broker_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    @contextmanager
    def connect(_settings: BrokerSettings, _role: str, **how: Any) -> Iterator[Publisher]:
        asked.append(how)
        yield Publisher()

    monkeypatch.setattr("producers.publisher.connect", connect)
    wiring = Wiring(BrokerSettings(), OdooSettings(), consumer_settings(), profile())
    stop = threading.Event()

    with assembled([Consumer.BOM], wiring, Metrics(CollectorRegistry()), stop) as runners:
        assert [runner.name for runner in runners] == ["bom"]

    assert asked == [{"attempts": None, "stop": stop}]


class Standing:
    """A runner whose loop has not turned for `seconds`."""

    name = "product"
    connected = True

    def __init__(self, seconds: float) -> None:
        self.last_turn = time.monotonic() - seconds
        self.release = threading.Event()

    def run(self) -> None:
        self.release.wait(5)


def test_a_loop_that_stands_still_ends_the_process_and_says_which() -> None:
    runner, stop = Standing(61), threading.Event()

    with pytest.raises(StalledError, match="consumer product stands still"):
        Process([cast("Runner", runner)], stop).run()

    assert stop.is_set()
    runner.release.set()


def test_a_loop_that_turned_lately_is_left_alone() -> None:
    runner = Standing(1)
    threading.Timer(0.7, runner.release.set).start()

    Process([cast("Runner", runner)], threading.Event()).run()
