"""The pipeline that is measured: RabbitMQ, a consumer as `pdm-odoo consume` builds it, Odoo by one protocol.

Throughput is that of draining a backlog: the events are in the queue before the consumer subscribes, and
the clock runs from its subscription to the last acknowledgement. A newcomer would get wrong to publish
meanwhile: publisher and consumer of one process share one interpreter lock, and in a plant they share none.
The recording of calls (`recording.py`) stays on while measuring: one object per call to Odoo, not per event.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry

from consumers.breaker import Breaker
from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.schema import TABLES, Schema
from consumers.policy import Done
from consumers.recorder import Recorder
from consumers.report import Report
from consumers.results import Handler
from consumers.runner import Runner
from consumers.settle import Settlement
from consumers.worker import Worker
from ops.bench.errors import BenchError
from ops.bench.place import Place
from ops.bench.recording import Call, Recording
from ops.consume import handlers, now, spare_collector
from producers.publisher import Publisher
from schemas import topology
from schemas.event import Event, to_message
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooProtocol
from schemas.profile import Profile
from schemas.settings import ConsumerSettings

Results = Mapping[str, int]
"""How many events ended how: a result, or `retry`, or `dead_letter`."""
_LONGEST = 300.0
_LOOK = 0.0005
REST_SECONDS = 0.2
"""Before a single event: the event before is acknowledged, and the machine comes to rest."""


@dataclass(frozen=True)
class Drained:
    """What one run through the pipeline took, and the calls that it made to Odoo."""

    seconds: float
    cpu: float
    """Processor seconds of this process: decoding, comparing, requests; neither Odoo nor the broker."""
    calls: list[list[Call]]


class Tally(Report):
    """A report that also counts, and tells when enough is settled."""

    def __init__(self, consumer: Consumer, metrics: Metrics) -> None:
        super().__init__(consumer, metrics)
        self.results: Counter[str] = Counter()
        self.errors: list[str] = []
        self.changed = threading.Condition()

    def settled(self, settlements: Sequence[Settlement], seconds: float, now: datetime) -> None:
        """Report, then count."""
        super().settled(settlements, seconds, now)
        with self.changed:
            for outcome in (settlement.outcome for settlement in settlements):
                if isinstance(outcome, Done):
                    self.results[outcome.result.value] += 1
                else:
                    self.results["not done"] += 1
                    self.errors.append(str(outcome.error))
            self.changed.notify_all()

    def forget(self) -> None:
        """Count from nothing."""
        with self.changed:
            self.results.clear()
            self.errors.clear()

    def wait(self, count: int, alive: Callable[[], object]) -> None:
        """Return when `count` events are settled; `alive` raises when they never will be."""
        until = time.monotonic() + _LONGEST
        with self.changed:
            while self.results.total() < count:
                self.changed.wait(1.0)
                alive()
                if time.monotonic() > until:
                    raise BenchError(f"{self.results.total()} of {count} events in {_LONGEST:.0f} s")


class Line:
    """One consumer, its runner, and what it says."""

    def __init__(self, runner: Runner, worker: Worker, tally: Tally, in_flight: Callable[[], float]) -> None:
        self.tally = tally
        self.in_flight = in_flight
        self._runner = runner
        self._worker = worker
        self._failure: BaseException | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Consume while the context is open; it is entered at the moment of the subscription."""
        self._worker.stop.clear()
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            while not self._runner.connected:
                self.alive()
                time.sleep(_LOOK)
            yield
        finally:
            self._worker.stop.set()
            thread.join()

    def _run(self) -> None:
        try:
            self._runner.run()
        except BaseException as error:  # noqa: BLE001 - raised again by `alive`, on the thread that measures
            self._failure = error

    def alive(self) -> None:
        """Raise when the consumer ended by itself."""
        if self._failure is not None:
            raise BenchError(f"the consumer ended: {self._failure}") from self._failure


@dataclass(frozen=True)
class Pipeline:
    """The consumers of products and of BOMs over one protocol; one runs at a time."""

    protocol: OdooProtocol
    odoo: Odoo
    """The connection below the recording: the limit uses it too."""
    schema: Schema
    handlers: Mapping[Consumer, Handler]
    settings: ConsumerSettings
    recording: Recording
    _publisher: Publisher
    _lines: Mapping[Consumer, Line]

    def drained(self, consumer: Consumer, events: Sequence[Event], expected: Results) -> Drained:
        """Publish `events`, then let the consumer take them; return the seconds and its calls.

        Raises:
            BenchError: the events did not end as `expected`.
        """
        line = self._lines[consumer]
        line.tally.forget()
        self._publisher.publish([to_message(event, topology.EVENTS) for event in events])
        self.recording.start()
        with line.running():
            started, cpu = time.perf_counter(), time.process_time()
            line.tally.wait(len(events), line.alive)
            while line.in_flight():
                time.sleep(_LOOK)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        calls = self.recording.stop()
        _check(line.tally, expected)
        return Drained(seconds, cpu, calls)

    def single(self, consumer: Consumer, events: Sequence[Event], expected: Results) -> list[Drained]:
        """Publish one event at a time to a consumer that has nothing to do; return each one's.

        From before the publish to its settlement: broker, linger and all calls to Odoo.
        """
        line, found = self._lines[consumer], []
        line.tally.forget()
        with line.running():
            for count, event in enumerate(events, 1):
                time.sleep(REST_SECONDS)
                self.recording.start()
                message = to_message(event, topology.EVENTS)
                started, cpu = time.perf_counter(), time.process_time()
                self._publisher.publish([message])
                line.tally.wait(count, line.alive)
                seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
                found.append(Drained(seconds, cpu, self.recording.stop()))
        _check(line.tally, expected)
        return found


def _check(tally: Tally, expected: Results) -> None:
    if dict(tally.results) != {name: count for name, count in expected.items() if count}:
        raise BenchError(
            f"the pipeline settled {dict(tally.results)}, and {dict(expected)} was to be measured; "
            f"{'; '.join(tally.errors[:3])}"
        )


@contextmanager
def pipeline(
    place: Place, protocol: OdooProtocol, profile: Profile, publisher: Publisher
) -> Iterator[Pipeline]:
    """Lend the consumers of `place`, built as `pdm-odoo consume` builds them, with `profile`."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    settings = ConsumerSettings(schema_file=None)
    with ExitStack() as stack:
        odoo = stack.enter_context(connect(place.odoo(protocol), metrics))
        # As in `ops.consume`; the schema asks beside the recording, for that is no part of a batch.
        schema = Schema(odoo, (*TABLES, *profile.models), language="en_US")
        recording = Recording(odoo)
        work = handlers(recording, schema, profile, settings, publisher)
        records = stack.enter_context(Publisher(place.broker, "records of consumers"))
        recorder = stack.enter_context(Recorder(records, socket.gethostname()))
        lines: dict[Consumer, Line] = {}
        for name in (Consumer.PRODUCT, Consumer.BOM):
            tally, stop = Tally(name, metrics), threading.Event()
            worker = Worker(
                consumer=name,
                handler=work[name],
                publisher=publisher,
                report=tally,
                recorder=recorder,
                breaker=Breaker(odoo.version, metrics, stop),
                stop=stop,
                now=now,
                host=socket.gethostname(),
                key_parts=profile.key.parts,
            )
            runner = Runner(worker, settings, place.broker, metrics)
            lines[name] = Line(runner, worker, tally, _gauge(registry, name))
        spare_collector()
        yield Pipeline(protocol, odoo, schema, work, settings, recording, publisher, lines)


def _gauge(registry: CollectorRegistry, name: Consumer) -> Callable[[], float]:
    labels = {"consumer": name.value}
    return lambda: registry.get_sample_value("pdm_odoo_in_flight_messages", labels) or 0.0
