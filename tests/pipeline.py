"""The whole pipeline in one process, on real servers: what tests publish to and ask."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from ops.consume import Wiring
from ops.consume import running as consumers_running
from producers import broker, publisher
from producers.publisher import Publisher
from schemas import topology
from schemas.event import Event, to_message
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.metrics import Metrics, settled


@dataclass(frozen=True)
class Pipeline:
    """Running consumers with a publisher in front of them."""

    wiring: Wiring
    registry: CollectorRegistry
    publisher: Publisher

    def publish(self, events: Sequence[Event]) -> None:
        self.publisher.publish([to_message(event, topology.EVENTS) for event in events])

    def publish_raw(self, body: bytes, routing_key: str, **properties: Any) -> None:
        self.publisher.publish([Message(topology.EVENTS, routing_key, body, **properties)])

    def settled(self) -> Counter[str]:
        """What became of messages so far: results of those done, and `dead_letter`; retries are not final."""
        return settled(self.registry.collect())

    def wait_for(self, total: int, seconds: float = 60.0) -> Counter[str]:
        """Return what became of messages once `total` of them are settled for good."""
        until = time.monotonic() + seconds
        while (counts := self.settled()).total() < total:
            assert time.monotonic() < until, f"after {seconds} s only {dict(counts)} of {total}"
            time.sleep(0.05)
        return counts

    def wait_for_retry(self, consumer: Consumer, seconds: float = 60.0) -> None:
        """Return once a message of `consumer` has gone to the first retry tier."""
        labels = {"consumer": consumer.value, "tier": topology.TIERS[0].name}
        until = time.monotonic() + seconds
        while not self.registry.get_sample_value("pdm_odoo_retries_total", labels):
            assert time.monotonic() < until, f"after {seconds} s nothing was retried"
            time.sleep(0.05)

    def dead_letters(self, consumer: Consumer) -> list[tuple[dict[str, Any], bytes]]:
        """Take all dead letters of `consumer`: headers and body."""
        return take(self.wiring, topology.dead_queue(consumer))


def take(wiring: Wiring, queue: str) -> list[tuple[dict[str, Any], bytes]]:
    taken: list[tuple[dict[str, Any], bytes]] = []
    with broker.connection(wiring.broker, "test") as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None or properties is None or body is None:
                return taken
            taken.append((dict(properties.headers or {}), body))


@contextmanager
def running(wiring: Wiring, names: Sequence[Consumer] = tuple(Consumer)) -> Iterator[Pipeline]:
    """Run the consumers `names` on threads until the context ends; their failure fails the test."""
    registry = CollectorRegistry()
    with (
        consumers_running(names, wiring, Metrics(registry)),
        publisher.connect(wiring.broker, "test") as publishes,
    ):
        yield Pipeline(wiring, registry, publishes)
