"""`pdm-odoo consume`: the composition root of the consumers.

All four in one process share one Odoo connection and one publisher; each has its own I/O thread
and its own connection to consume.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click
import structlog
from prometheus_client import CollectorRegistry

from consumers import health
from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.breaker import Breaker
from consumers.lookup import LookupHandler
from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.schema import TABLES, Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.recorder import Recorder
from consumers.report import Report
from consumers.results import Handler
from consumers.runner import Runner
from consumers.worker import Publishes, Worker
from ops.profile import in_force, profile_option
from producers import publisher
from producers.errors import AccessRefusedError, BrokerUnavailableError
from producers.ids import new_id
from schemas.environment import load
from schemas.kinds import Consumer
from schemas.logs import configure
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile import Profile
from schemas.settings import BrokerSettings, ConsumerSettings, LogSettings

log = structlog.get_logger()


def now() -> datetime:
    """Return the time as UTC."""
    return datetime.now(UTC)


def handlers(
    connection: Odoo, schema: Schema, profile: Profile, settings: ConsumerSettings, publishes: Publishes
) -> dict[Consumer, Handler]:
    """Return the handler of each consumer, all on one connection to Odoo."""
    odoo = Watched(connection, schema)
    return {
        Consumer.PRODUCT: ProductHandler(odoo, schema, profile),
        Consumer.BOM: BomHandler(odoo, schema, UnitCache(odoo), profile, publishes.publish),
        Consumer.ATTACHMENT: AttachmentHandler(odoo, schema, profile, settings),
        Consumer.LOOKUP: LookupHandler(odoo, schema, settings, publishes.publish, now, new_id),
    }


def spare_collector() -> None:
    """Keep what is loaded by now out of Python's search for cycles: it stays to the end anyway.

    Each full search walks through all modules, models and rules; without them an event costs a sixth less.
    """
    gc.collect()
    gc.freeze()


class StalledError(Exception):
    """A consumer stands still, and nobody knows why."""


class Process:
    """Runners on threads of their own, until one fails or `stop` is set."""

    def __init__(self, runners: Sequence[Runner], stop: threading.Event) -> None:
        self._stop = stop
        self._runners = runners
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(runner,), name=f"consumer {runner.name}", daemon=True)
            for runner in runners
        ]

    def run(self) -> None:
        """Run all; when one fails, stop the others and raise its error.

        Raises:
            StalledError: an I/O loop stands still. The broker hears no heartbeat of it and gives its messages
                back, and this thread cannot be ended: the process has to.
        """
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            while thread.is_alive():
                # With a timeout, so that signals are handled meanwhile.
                thread.join(timeout=0.5)
                self._watch()
        if self._failure is not None:
            raise self._failure

    def _watch(self) -> None:
        for runner in self._runners:
            if not health.turning(runner, time.monotonic()):
                self._stop.set()
                raise StalledError(f"the I/O loop of consumer {runner.name} stands still; start it again")

    def _run(self, runner: Runner) -> None:
        try:
            runner.run()
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            self._failure = self._failure or error
            self._stop.set()


@dataclass(frozen=True)
class Wiring:
    """The servers to join, and how."""

    broker: BrokerSettings
    odoo: OdooSettings
    consumers: ConsumerSettings
    profile: Profile


@contextmanager
def assembled(
    names: Sequence[Consumer], wiring: Wiring, metrics: Metrics, stop: threading.Event
) -> Iterator[list[Runner]]:
    """Build the consumers `names` on one Odoo connection and one publisher, ready to run until `stop`.

    Raises:
        BrokerError: the broker refuses the login, or `stop` was set while it did not answer.
    """
    with ExitStack() as stack:
        odoo = stack.enter_context(connect(wiring.odoo, metrics, stop=stop))
        publishes = stack.enter_context(
            publisher.connect(wiring.broker, "publisher of consumers", attempts=None, stop=stop)
        )
        host = socket.gethostname()
        # Not waited for: what was done is told as soon as that can be, and work does not depend on it.
        records = stack.enter_context(publisher.Publisher(wiring.broker, "records of consumers"))
        recorder = stack.enter_context(Recorder(records, host))
        tables = (*TABLES, *wiring.profile.models)
        schema = Schema(
            odoo,
            tables,
            wiring.consumers.schema_file,
            wiring.odoo.database,
            language=wiring.odoo.lang,
        )
        breaker = Breaker(odoo.version, metrics, stop)
        work = handlers(odoo, schema, wiring.profile, wiring.consumers, publishes)
        yield [
            Runner(
                Worker(
                    consumer=name,
                    handler=work[name],
                    publisher=publishes,
                    report=Report(name, metrics),
                    recorder=recorder,
                    breaker=breaker,
                    stop=stop,
                    now=now,
                    host=host,
                    key_parts=wiring.profile.key.parts,
                ),
                wiring.consumers,
                wiring.broker,
                metrics,
            )
            for name in names
        ]


@contextmanager
def running(names: Sequence[Consumer], wiring: Wiring, metrics: Metrics) -> Iterator[None]:
    """Run the consumers `names` on threads while the context is open; raise at its end if one failed."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def run(process: Process) -> None:
        try:
            process.run()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    with assembled(names, wiring, metrics, stop) as runners:
        thread = threading.Thread(target=run, args=(Process(runners, stop),), name="consumers")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
    if failures:
        raise failures[0]


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on the first SIGTERM or SIGINT; end the process at once on the second."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


_EXAMPLES = """
\b
Examples:
  pdm-odoo consume                 all four consumers in one process
  pdm-odoo consume bom             one of them
  pdm-odoo consume --profile profile.toml
  PDM_ODOO_LOG_FORMAT=text pdm-odoo consume product bom

Stops on SIGTERM or Ctrl-C after finishing what Odoo is working on; a second signal stops at once.
Nothing is lost either way: what is not finished stays in the broker's queues.
"""


@click.command(epilog=_EXAMPLES)
@click.argument("consumers", nargs=-1, type=click.Choice([name.value for name in Consumer]))
@profile_option
def consume(consumers: tuple[str, ...], profile: Path | None) -> None:
    """Bring events from RabbitMQ into Odoo until stopped."""
    names = [Consumer(name) for name in dict.fromkeys(consumers)] or list(Consumer)
    stop = threading.Event()
    stop_on_signals(stop)
    logs = load(LogSettings)
    configure(logs)
    mapping = in_force(profile)
    wiring = Wiring(load(BrokerSettings), load(OdooSettings), load(ConsumerSettings), mapping)
    registry = CollectorRegistry()
    try:
        with (
            assembled(names, wiring, Metrics(registry), stop) as runners,
            health.serve(logs, health.Pages(registry, runners)) as address,
        ):
            log.info("started", consumers=[name.value for name in names], pages=address)
            spare_collector()
            Process(runners, stop).run()
    except BrokerUnavailableError as error:
        # Told to stop while the broker was away: that is a stop like any other.
        if isinstance(error, AccessRefusedError) or not stop.is_set():
            raise
    log.info("stopped")
