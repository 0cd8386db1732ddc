"""`pdm-odoo consume` as a process: killed, stopped, started without what it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from consumers.odoo.connection import Connection
from ops.consume import Wiring
from producers import broker, publisher
from schemas import topology
from schemas.event import Event, to_message
from schemas.kinds import Consumer
from tests import factories

QUEUE = topology.work_queue(Consumer.PRODUCT)


def environment(wiring: Wiring, **overrides: str) -> dict[str, str]:
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("AMQP_", "ODOO_", "PDM_"))
    }
    return own | {
        "AMQP_URL": wiring.broker.url.get_secret_value(),
        "ODOO_URL": str(wiring.odoo.url),
        "ODOO_DB": wiring.odoo.db,
        "ODOO_LOGIN": wiring.odoo.login or "",
        "ODOO_API_KEY": wiring.odoo.api_key.get_secret_value(),
        "PDM_ODOO_HEALTH_PORT": "0",
        "PDM_ODOO_PRODUCT_BATCH_SIZE": "10",
        "PDM_ODOO_SCHEMA_FILE": str(wiring.consumers.schema_file),
        **overrides,
    }


@contextmanager
def consuming(wiring: Wiring, **overrides: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ops.cli", "consume", "product"]
    own = environment(wiring, **overrides)
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def publish(wiring: Wiring, prefix: str, count: int) -> list[Event]:
    events = [
        factories.event(factories.product(item=factories.item(number=f"{prefix}-{index}")))
        for index in range(count)
    ]
    with publisher.connect(wiring.broker, "test") as publishes:
        publishes.publish([to_message(event, topology.EVENTS) for event in events])
    return events


def in_odoo(odoo: Connection, prefix: str) -> int:
    count = odoo.call("product.template", "search_count", domain=[["default_code", "=like", f"{prefix}-%"]])
    assert isinstance(count, int)
    return count


def reached(odoo: Connection, prefix: str, count: int) -> bool:
    return in_odoo(odoo, prefix) >= count


def waiting(wiring: Wiring) -> int:
    """Messages in the work queue that nobody has in hand."""
    with broker.connection(wiring.broker, "test") as connection:
        return int(connection.channel().queue_declare(QUEUE, passive=True).method.message_count)


def await_that(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_consumer_killed_again_and_again_brings_every_event_into_odoo_once(
    wiring: Wiring, odoo: Connection
) -> None:
    publish(wiring, "KILL", 200)
    for number in (10, 60, 120):
        with consuming(wiring) as process:
            await_that(partial(reached, odoo, "KILL", number))
            process.send_signal(signal.SIGKILL)
            process.wait(10)

    with consuming(wiring) as process:
        await_that(partial(reached, odoo, "KILL", 200))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    assert in_odoo(odoo, "KILL") == 200
    assert waiting(wiring) == 0


def test_a_consumer_told_to_stop_finishes_its_batch_and_leaves_the_rest(
    wiring: Wiring, odoo: Connection
) -> None:
    publish(wiring, "TERM", 300)
    with consuming(wiring) as process:
        await_that(partial(reached, odoo, "TERM", 1))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    applied = in_odoo(odoo, "TERM")
    assert 0 < applied < 300
    # What was applied is acknowledged; the rest is in the queue, a moment after the connection closed.
    await_that(lambda: waiting(wiring) == 300 - applied, 10)


def test_a_consumer_that_waits_for_its_budget_stops_at_once(wiring: Wiring, tmp_path: Path) -> None:
    # After the choice it reads all fields, four seconds apart.
    slow = {"ODOO_CALLS_PER_SECOND": "0.25", "PDM_ODOO_SCHEMA_FILE": str(tmp_path / "none.json")}
    with consuming(wiring, **slow) as process:
        assert process.stderr
        assert any("protocol chosen" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        assert process.wait(3) == 0


def test_restarts_while_odoo_is_away_take_nothing_from_the_queue(wiring: Wiring) -> None:
    publish(wiring, "AWAY", 10)
    command = [sys.executable, "-m", "ops.cli", "consume", "product"]
    nowhere = environment(wiring, ODOO_URL="http://127.0.0.1:1")
    for _ in range(2):
        with subprocess.Popen(command, env=nowhere, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            assert any('"held"' in line for line in process.stderr), "it waits for Odoo"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0

    assert waiting(wiring) == 10
    with broker.connection(wiring.broker, "test") as connection:
        _, properties, _ = next(connection.channel().consume(QUEUE, inactivity_timeout=10))
    assert properties
    assert (properties.headers or {}).get("x-delivery-count", 0) == 0, "no delivery was handed back"


def test_a_missing_setting_and_a_missing_queue_are_named(wiring: Wiring) -> None:
    def said(**overrides: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "ops.cli", "consume", "product"]
        ended = subprocess.run(
            command,
            env=environment(wiring, **overrides),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stderr

    code, text = said(ODOO_API_KEY="")
    assert (code, "ODOO_API_KEY" in text) == (1, True)

    with broker.connection(wiring.broker, "test") as connection:
        connection.channel().queue_delete(QUEUE)
    code, text = said()
    assert (code, "pdm-odoo topology declare" in text) == (1, True)

    wrong = wiring.broker.url.get_secret_value().replace("://", "://nobody")
    code, text = said(AMQP_URL=wrong)
    assert (code, "AMQP_URL" in text, "Traceback" in text) == (1, True, False)
