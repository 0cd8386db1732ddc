"""Exchanges, queues and bindings as frozen data; names by rule.

What correctness needs stands in queue arguments, so that it cannot be missing; what operators tune
is left to broker policies. Sources: RabbitMQ documentation on quorum queues, dead-lettering and streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.kinds import KINDS, Consumer

EVENTS = "pdm.events"
UNROUTED = "pdm.unrouted"
WORK = "pdm.work"
RETRY = "pdm.retry"
DEAD = "pdm.dead"
OUTCOME = "pdm.outcome"
RESULTS = "pdm.results"
LOG = "pdm.log"

DELIVERY_LIMIT = 20
"""Deliveries without a settlement before the broker itself dead-letters (a message that kills us)."""
NEVER = 1_000_000
"""Delivery limit of queues that people look into: each look counts, and -1 loses messages on 3.10."""


@dataclass(frozen=True)
class Tier:
    """One step of the retry ladder. Each has its own queue: in a shared one, the slowest blocks all."""

    name: str
    seconds: int


TIERS: tuple[Tier, ...] = (
    Tier("5s", 5),
    Tier("30s", 30),
    Tier("2m", 120),
    Tier("10m", 600),
    Tier("1h", 3600),
)


@dataclass(frozen=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    """A durable queue; `arguments` always names its type."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Binding:
    """Messages of `exchange` that match `routing_key` go to `queue`."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True)
class Topology:
    """Everything to declare, in this order: exchanges, queues (targets first), bindings."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


def work_queue(consumer: Consumer) -> str:
    """Return the name of a consumer's work queue."""
    return f"pdm.{consumer}"


def retry_key(consumer: Consumer, tier: Tier) -> str:
    """Return the routing key that leads to a consumer's retry queue of `tier`."""
    return f"{consumer}.{tier.name}"


def retry_queue(consumer: Consumer, tier: Tier) -> str:
    """Return the name of a consumer's retry queue of `tier`."""
    return f"pdm.{consumer}.retry.{tier.name}"


def dead_queue(consumer: Consumer) -> str:
    """Return the name of a consumer's dead-letter queue."""
    return f"pdm.{consumer}.dead"


def _kept() -> dict[str, Any]:
    return {"x-queue-type": "quorum", "x-delivery-limit": NEVER}


def _dead_lettering(exchange: str, consumer: Consumer) -> dict[str, Any]:
    # at-least-once needs reject-publish; with the default overflow it silently falls back.
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-routing-key": consumer.value,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _stream(max_age: str, max_bytes: int) -> dict[str, Any]:
    return {
        "x-queue-type": "stream",
        "x-max-age": max_age,
        "x-max-length-bytes": max_bytes,
        "x-stream-max-segment-size-bytes": 100_000_000,
    }


def _consumer_queues(consumer: Consumer) -> list[Queue]:
    work = Queue(
        work_queue(consumer),
        _dead_lettering(DEAD, consumer)
        | {"x-single-active-consumer": True, "x-delivery-limit": DELIVERY_LIMIT},
    )
    ladder = [
        Queue(
            retry_queue(consumer, tier),
            _dead_lettering(WORK, consumer) | {"x-message-ttl": tier.seconds * 1000},
        )
        for tier in TIERS
    ]
    # The dead-letter queue comes first: a missing target wedges the broker's dead-letter worker.
    return [Queue(dead_queue(consumer), _kept()), work, *ladder]


def _consumer_bindings(consumer: Consumer) -> list[Binding]:
    return [
        Binding(DEAD, dead_queue(consumer), consumer.value),
        Binding(WORK, work_queue(consumer), consumer.value),
        *(Binding(RETRY, retry_queue(consumer, tier), retry_key(consumer, tier)) for tier in TIERS),
    ]


def _event_bindings(consumer: Consumer) -> list[Binding]:
    # `#` and not the type: an event of an unknown version must reach a consumer that refuses it by name.
    # The log takes the same keys, not all: a log bound to `#` would count as a route for a misspelt
    # routing key, and the alternate exchange would never see it.
    keys = sorted({f"pdm.{kind.entity}.#" for kind in KINDS if kind.consumer is consumer})
    return [Binding(EVENTS, queue, key) for key in keys for queue in (LOG, work_queue(consumer))]


TOPOLOGY = Topology(
    exchanges=(
        Exchange(UNROUTED, "fanout"),
        Exchange(EVENTS, "topic", {"alternate-exchange": UNROUTED}),
        Exchange(WORK, "direct"),
        Exchange(RETRY, "direct"),
        Exchange(DEAD, "direct"),
        Exchange(OUTCOME, "fanout"),
        Exchange(RESULTS, "topic"),
    ),
    queues=(
        Queue(UNROUTED, _kept()),
        Queue(OUTCOME, _kept()),
        # Results and the log are streams: several may read them, and nobody reading them fills no disk.
        Queue(RESULTS, _stream("7D", 1_000_000_000)),
        Queue(LOG, _stream("30D", 20_000_000_000)),
        *(queue for consumer in Consumer for queue in _consumer_queues(consumer)),
    ),
    bindings=(
        Binding(UNROUTED, UNROUTED, ""),
        Binding(OUTCOME, OUTCOME, ""),
        Binding(RESULTS, RESULTS, "#"),
        *(binding for consumer in Consumer for binding in _consumer_bindings(consumer)),
        # Last: what is bound to the events exchange receives at once.
        *(binding for consumer in Consumer for binding in _event_bindings(consumer)),
    ),
)
