"""The benchmark: naive consumer, pipeline and limit take turns, round by round, on one database."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ops.bench.alike import compare, left
from ops.bench.errors import BenchError
from ops.bench.events import product
from ops.bench.figures import Throughput
from ops.bench.fill import fill, settle
from ops.bench.naive import QUEUES, Naive
from ops.bench.pipeline import Pipeline, pipeline
from ops.bench.place import Place
from ops.bench.recording import repeated
from ops.bench.scenarios import (
    LIMIT,
    LIMITS,
    LOOPS,
    NAIVE,
    PIPELINE,
    Scenario,
    components,
    largest,
    standing_products,
)
from ops.profile import in_force
from ops.sandbox.progress import Progress
from producers import broker, publisher
from producers.publisher import Publisher
from schemas.event import Event, encode
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.odoo_settings import OdooProtocol

_PATTERN = product("pattern", 0)
_WARM = 200
_BOMS_AT_ONCE = 4000
"""Lines of the BOMs that are brought into Odoo at once before measuring."""


@dataclass(frozen=True)
class Bench:
    """All that a measurement needs, on one database."""

    place: Place
    publisher: Publisher
    naive: Naive
    pipelines: Sequence[Pipeline]
    progress: Progress
    turns: Iterator[int]

    def fill(self, products: Sequence[Event]) -> None:
        """Put `products` into Odoo by SQL."""
        if products:
            with self.place.sql() as connection:
                fill(connection, _PATTERN, products)

    def settle(self) -> None:
        """Let PostgreSQL come to rest after filling."""
        with self.place.sql() as connection:
            settle(connection)

    def naively(self, scenario: Scenario, events: Sequence[Event]) -> float:
        """Return the seconds in which the naive consumer takes `events` from its queue."""
        entity = scenario.consumer.value
        messages = [Message(exchange="", routing_key=QUEUES[entity], body=encode(event)) for event in events]
        self.publisher.publish(messages)
        started = time.perf_counter()
        self.naive.consume(entity, len(events))
        return time.perf_counter() - started


@contextmanager
def bench(place: Place, protocols: Sequence[OdooProtocol], progress: Progress) -> Iterator[Bench]:
    """Lend what a measurement needs; Odoo's workers have loaded what they need for it."""
    with ExitStack() as stack:
        publishes = stack.enter_context(publisher.connect(place.broker, "bench"))
        with broker.connection(place.broker, "bench") as connection:
            channel = connection.channel()
            for queue in QUEUES.values():
                channel.queue_declare(queue, durable=True)
        profile = in_force()
        lines = [stack.enter_context(pipeline(place, one, profile, publishes)) for one in protocols]
        odoo, environment = place.odoo(OdooProtocol.JSONRPC), place.environment
        naive = Naive(
            environment["AMQP_URL"],
            environment["ODOO_URL"],
            odoo.db,
            environment["ODOO_LOGIN"],
            place.password,
        )
        stack.callback(naive.close)
        progress("warming Odoo up")
        for number, line in enumerate(lines):
            warm = [product(f"warm-{number}-{index}", index) for index in range(_WARM)]
            first = [_PATTERN] if not number else []
            line.drained(Consumer.PRODUCT, [*first, *warm], {"created": len(first) + _WARM})
            line.drained(Consumer.PRODUCT, warm, {"unchanged": _WARM})
        yield Bench(place, publishes, naive, lines, progress, itertools.count(1))


def prepare(bench: Bench, chosen: Sequence[Scenario]) -> None:
    """Bring into Odoo what the scenarios find there."""
    bench.progress("filling the database")
    parts = [product(number, index) for index, number in enumerate(components(largest(chosen)))]
    owners = [(scenario, who) for scenario in chosen for who in (PIPELINE, NAIVE)]
    for scenario, who in owners:
        size = scenario.size if who == PIPELINE else scenario.few
        parts += standing_products(scenario, who, size)
    bench.fill(parts)
    for scenario, who in owners:
        if scenario.lines:
            _build(bench, scenario.standing(who, scenario.size if who == PIPELINE else scenario.few))
    bench.settle()


def _build(bench: Bench, boms: Sequence[Event]) -> None:
    """Bring `boms` into Odoo by the pipeline's handler, in as many threads as it has shards."""
    if not boms:
        return
    handler = bench.pipelines[0].handlers[Consumer.BOM]
    size = max(1, _BOMS_AT_ONCE // len(boms[0].data.lines))
    with ThreadPoolExecutor(bench.pipelines[0].settings.shards) as pool:
        batches = [boms[start : start + size] for start in range(0, len(boms), size)]
        for verdict in itertools.chain.from_iterable(pool.map(handler.apply, batches)):
            if isinstance(verdict, Exception):
                raise BenchError(f"a BOM to begin with is refused: {verdict}") from verdict


def measure(bench: Bench, chosen: Sequence[Scenario], rounds: int) -> list[Throughput]:
    """Return one figure per scenario and protocol after `rounds` rounds in which all take turns."""
    figures = [Throughput(scenario, line.protocol.value) for scenario in chosen for line in bench.pipelines]
    by_place = iter(itertools.cycle(figures))
    for number in range(1, rounds + 1):
        for scenario in chosen:
            bench.progress(f"round {number} of {rounds}: {scenario.name}")
            _round(bench, scenario, [next(by_place) for _ in bench.pipelines])
    return figures


def _round(bench: Bench, scenario: Scenario, figures: Sequence[Throughput]) -> None:
    """Measure `scenario` once: naive, then pipeline and limit over each protocol."""
    reader = bench.pipelines[0].odoo
    turn = next(bench.turns)
    bench.fill(scenario.parents(NAIVE, turn, scenario.few))
    few = scenario.events(NAIVE, turn, scenario.few)
    naive = scenario.few / bench.naively(scenario, few)
    wanted = left(reader, scenario, few, NAIVE, turn)
    for line, figure in zip(bench.pipelines, figures, strict=True):
        turn = next(bench.turns)
        bench.fill([one for who in (PIPELINE, *LIMITS) for one in scenario.parents(who, turn, scenario.size)])
        events = scenario.events(PIPELINE, turn, scenario.size)
        done = line.drained(scenario.consumer, events, scenario.expected(scenario.size))
        compare(wanted, left(reader, scenario, events, PIPELINE, turn), scenario)
        figure.naive.append(naive)
        figure.pipeline.append(scenario.size / done.seconds)
        alone = [list(itertools.chain.from_iterable(done.calls))]
        figure.limit.append(scenario.size / repeated(line.odoo, alone, scenario.texts(turn, LIMIT)))
        figure.loops.append(scenario.size / repeated(line.odoo, done.calls, scenario.texts(turn, LOOPS)))
        figure.cpu.append(done.cpu / scenario.size)
        figure.calls = sum(map(len, done.calls))
