"""Time the product consumer through broker and Odoo, the naive client, and the bare calls, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from uuid import uuid4

from prometheus_client import CollectorRegistry

from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from ops.bench import bare, naive
from ops.consume import Wiring, running
from ops.profile import in_force
from ops.sandbox.box import Sandbox, up
from ops.sandbox.progress import Progress
from ops.setup_odoo import setup
from producers import publisher
from producers.publisher import Publisher
from producers.topology import declare
from schemas import topology
from schemas.environment import of
from schemas.event import Event, new_event, to_message
from schemas.item import Item, Transition
from schemas.kinds import PRODUCT, Consumer
from schemas.message import Message
from schemas.metrics import Metrics, settled
from schemas.odoo_settings import AdministratorSettings, OdooSettings
from schemas.product import Product
from schemas.settings import BrokerSettings, ConsumerSettings

EVENTS = 400
NAIVE_EVENTS = 25
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Figure:
    """Events per second of one scenario, by who did it: one value per round."""

    scenario: str
    pipeline: list[float]
    naive: list[float]
    bare: list[float]

    @property
    def over_naive(self) -> float:
        """Return how many times faster than the naive client the pipeline is."""
        return statistics.median(self.pipeline) / statistics.median(self.naive)

    @property
    def of_limit(self) -> float:
        """Return the pipeline's share of what the bare calls reach."""
        return statistics.median(self.pipeline) / statistics.median(self.bare)


@dataclass(frozen=True)
class Bench:
    """What the measurements need."""

    odoo: Odoo
    schema: Schema
    publisher: Publisher
    registry: CollectorRegistry

    def through_pipeline(self, events: Sequence[Event]) -> float:
        """Return events per second from the first publish to the last settlement."""
        messages = [to_message(event, topology.EVENTS) for event in events]
        before = self._settled()
        return _rate(len(events), partial(self._carry, messages, before + len(events)))

    def _carry(self, messages: Sequence[Message], until: int) -> None:
        self.publisher.publish(messages)
        while self._settled() < until:
            time.sleep(_POLL_SECONDS)

    def _settled(self) -> int:
        return settled(self.registry.collect()).total()


def measure(bench: Bench, rounds: int, progress: Progress) -> list[Figure]:
    """Return one figure per scenario after `rounds` rounds in which all three take turns."""
    scenarios = (
        ("products, new", 1, bare.create_products),
        ("products, changed", 2, bare.change_products),
        ("products, unchanged", 2, bare.read_products),
    )
    figures = [Figure(name, [], [], []) for name, _, _ in scenarios]
    for number in range(1, rounds + 1):
        prefix = uuid4().hex[:8]
        for figure, (name, sequence, limit) in zip(figures, scenarios, strict=True):
            progress(f"round {number} of {rounds}: {name}")
            figure.pipeline.append(bench.through_pipeline(_events(f"P{prefix}", EVENTS, sequence)))
            few = _events(f"N{prefix}", NAIVE_EVENTS, sequence)
            figure.naive.append(_rate(NAIVE_EVENTS, partial(_naively, bench.odoo, few)))
            many = _events(f"B{prefix}", EVENTS, sequence)
            figure.bare.append(_rate(EVENTS, partial(limit, bench.odoo, many)))
    return figures


@contextmanager
def prepared(progress: Progress) -> Iterator[Bench]:
    """Lend a running product consumer on a database and a virtual host that are gone afterwards."""
    name = f"bench_{uuid4().hex[:12]}"
    sandbox = Sandbox(up(progress))
    sandbox.clone(name)
    sandbox.add_vhost(name)
    try:
        with _running(sandbox.servers.environment(name, name)) as bench:
            yield bench
    finally:
        sandbox.delete_vhost(name)
        sandbox.drop(name)


@contextmanager
def _running(environment: dict[str, str]) -> Iterator[Bench]:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    with connect(of(AdministratorSettings, environment), metrics) as administrator:
        setup(administrator, lambda _: None)
    broker = of(BrokerSettings, environment)
    declare(broker)
    wiring = Wiring(broker, of(OdooSettings, environment), ConsumerSettings(schema_file=None), in_force())
    with (
        connect(wiring.odoo, Metrics(CollectorRegistry())) as connection,
        running([Consumer.PRODUCT], wiring, metrics),
        publisher.connect(broker, "bench") as publishes,
    ):
        schema = Schema(connection)
        bench = Bench(Watched(connection, schema), schema, publishes, registry)
        # Workers load their registry at the first call into a database: that is not what is measured.
        bench.through_pipeline(_events("WARM", 100, 1))
        bare.create_products(bench.odoo, _events("WARMER", 100, 1))
        yield bench


def _naively(odoo: Odoo, events: Sequence[Event]) -> None:
    for event in events:
        naive.upsert_product(odoo, event)


def _events(prefix: str, count: int, sequence: int) -> list[Event]:
    """Return product events; those of the second sequence have another name."""
    now = datetime.now(UTC)
    return [
        new_event(
            PRODUCT,
            Product(
                transition=Transition(to_state="Released", at=now),
                item=Item(number=f"{prefix}-{number:05}", revision="A"),
                name=f"Bearing plate {number} of drawing {sequence}",
                weight=Decimal("1.25"),
            ),
            event_id=f"{prefix}-{sequence}-{number}",
            source="/pdm/Bench",
            time=now,
            sequence=str(sequence),
            correlationid=prefix,
        )
        for number in range(count)
    ]


def _rate(count: int, work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)
