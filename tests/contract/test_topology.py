"""The topology as a specification. Each line keeps a promise; RabbitMQ's defaults break most of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schemas.kinds import KINDS, Consumer, Kind
from schemas.topology import TIERS, TOPOLOGY, Binding

QUEUES: dict[str, Mapping[str, Any]] = {queue.name: queue.arguments for queue in TOPOLOGY.queues}
WEEK, MONTH = "7D", "30D"


def work(c: str) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "pdm.dead",
        "x-dead-letter-routing-key": c,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def retry(c: str, seconds: int) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": seconds * 1000,
        "x-dead-letter-exchange": "pdm.work",
        "x-dead-letter-routing-key": c,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


KEPT = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}


def stream(age: str, size: int) -> dict[str, Any]:
    return {
        "x-queue-type": "stream",
        "x-max-age": age,
        "x-max-length-bytes": size,
        "x-stream-max-segment-size-bytes": 100_000_000,
    }


EXPECTED: dict[str, dict[str, Any]] = {
    "pdm.unrouted": KEPT,
    "pdm.outcome": KEPT,
    "pdm.results": stream(WEEK, 1_000_000_000),
    "pdm.log": stream(MONTH, 20_000_000_000),
}
for _c in ("product", "bom", "attachment", "lookup"):
    EXPECTED |= {
        f"pdm.{_c}": work(_c),
        f"pdm.{_c}.dead": KEPT,
        f"pdm.{_c}.retry.5s": retry(_c, 5),
        f"pdm.{_c}.retry.30s": retry(_c, 30),
        f"pdm.{_c}.retry.2m": retry(_c, 120),
        f"pdm.{_c}.retry.10m": retry(_c, 600),
        f"pdm.{_c}.retry.1h": retry(_c, 3600),
    }


def test_these_queues_and_no_others() -> None:
    assert set(QUEUES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_queue_has_these_arguments_and_no_others(name: str) -> None:
    assert QUEUES[name] == EXPECTED[name]


def test_these_exchanges() -> None:
    assert {exchange.name: (exchange.type, exchange.arguments) for exchange in TOPOLOGY.exchanges} == {
        "pdm.events": ("topic", {"alternate-exchange": "pdm.unrouted"}),
        "pdm.unrouted": ("fanout", {}),
        "pdm.work": ("direct", {}),
        "pdm.retry": ("direct", {}),
        "pdm.dead": ("direct", {}),
        "pdm.outcome": ("fanout", {}),
        "pdm.results": ("topic", {}),
    }


@pytest.mark.parametrize("consumer", Consumer)
def test_a_consumer_is_reached_by_events_retries_replays_and_its_dead_letters(consumer: Consumer) -> None:
    c = consumer.value
    assert {binding for binding in TOPOLOGY.bindings if f".{c}" in binding.queue} == {
        Binding("pdm.events", f"pdm.{c}", f"pdm.{c}.#"),
        Binding("pdm.work", f"pdm.{c}", c),
        Binding("pdm.dead", f"pdm.{c}.dead", c),
        *(Binding("pdm.retry", f"pdm.{c}.retry.{tier.name}", f"{c}.{tier.name}") for tier in TIERS),
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.consumer], ids=lambda kind: kind.type)
def test_the_log_takes_what_a_consumer_takes(kind: Kind) -> None:
    """And not `#`: a misspelt key would count as routed, and nobody would see it in pdm.unrouted."""
    keys = {binding.routing_key for binding in TOPOLOGY.bindings if binding.queue == "pdm.log"}
    assert f"pdm.{kind.entity}.#" in keys
    assert "#" not in keys


@pytest.mark.parametrize(
    "name", [name for name, each in EXPECTED.items() if "x-dead-letter-exchange" in each]
)
def test_the_target_of_dead_letters_is_declared_bound_and_never_full(name: str) -> None:
    """A target that is missing or refuses blocks up to 32 messages of the broker's worker for minutes."""
    exchange, key = QUEUES[name]["x-dead-letter-exchange"], QUEUES[name]["x-dead-letter-routing-key"]

    (target,) = [
        binding.queue
        for binding in TOPOLOGY.bindings
        if (binding.exchange, binding.routing_key) == (exchange, key)
    ]

    assert not {"x-max-length", "x-max-length-bytes"} & set(QUEUES[target])


def test_dead_letter_queues_stand_before_the_work_queues_that_fill_them() -> None:
    order = [queue.name for queue in TOPOLOGY.queues]
    for consumer in Consumer:
        assert order.index(f"pdm.{consumer}.dead") < order.index(f"pdm.{consumer}")


def test_nothing_arrives_before_everything_is_there() -> None:
    events = [binding.exchange == "pdm.events" for binding in TOPOLOGY.bindings]
    assert events == sorted(events)


def test_every_binding_names_what_is_declared() -> None:
    exchanges = {exchange.name for exchange in TOPOLOGY.exchanges}
    for binding in TOPOLOGY.bindings:
        assert binding.exchange in exchanges
        assert binding.queue in QUEUES


def test_each_tier_waits_longer_than_the_one_before() -> None:
    assert [tier.seconds for tier in TIERS] == [5, 30, 120, 600, 3600]
