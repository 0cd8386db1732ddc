"""The process dies, the reply is lost, Odoo or the broker is away: nothing lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, POSITION
from ops.consume import Wiring
from schemas.dead_letter import ATTEMPT, REASON
from schemas.event import Event
from schemas.kinds import Consumer
from tests import factories
from tests.pipeline import Pipeline, running
from tests.proxy import Proxy, between


@pytest.fixture
def proxy(wiring: Wiring) -> Iterator[Proxy]:
    with between(str(wiring.odoo.url)) as proxy:
        yield proxy


def through(wiring: Wiring, proxy: Proxy) -> Wiring:
    """The same servers, with `proxy` in front of Odoo."""
    return replace(wiring, odoo=wiring.odoo.model_copy(update={"url": proxy.url}))


def products(prefix: str, count: int, **overrides: object) -> list[Event]:
    return [
        factories.event(factories.product(item=factories.item(number=f"{prefix}-{index}"), **overrides))
        for index in range(count)
    ]


def bom(parent: str, components: list[str]) -> Event:
    lines = [factories.bom_line(position, number=number) for position, number in enumerate(components, 1)]
    return factories.event(factories.bom(item=factories.item(number=parent), lines=lines))


def in_odoo(odoo: Connection, events: list[Event]) -> list[str]:
    """The part numbers in Odoo of these events, as often as they are there."""
    numbers = [event.subject for event in events]
    rows = odoo.call(
        "product.template", "search_read", domain=[["default_code", "in", numbers]], fields=["default_code"]
    )
    return sorted(row["default_code"] for row in rows)


def bom_lines(odoo: Connection, event: Event) -> list[int]:
    rows = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[[f"bom_id.{KEY}", "=", event.key]],
        fields=[POSITION],
        order="id",
    )
    return sorted(row[POSITION] for row in rows)


def await_held(pipeline: Pipeline, consumer: str) -> None:
    until = time.monotonic() + 20
    while pipeline.registry.get_sample_value("pdm_odoo_held", {"consumer": consumer}) != 1:
        assert time.monotonic() < until, "the consumer does not hold"
        time.sleep(0.05)


def test_while_odoo_is_away_nothing_is_retried_and_afterwards_everything_arrives(
    wiring: Wiring, odoo: Connection, proxy: Proxy
) -> None:
    events = products("AWAY", 250)
    proxy.refuse = True
    with running(through(wiring, proxy), [Consumer.PRODUCT]) as pipeline:
        pipeline.publish(events)
        await_held(pipeline, "product")
        proxy.refuse = False
        results = pipeline.wait_for(250)

    assert results == {"created": 250}
    assert in_odoo(odoo, events) == sorted(event.subject for event in events)


def test_while_odoo_is_away_all_consumers_together_ask_it_a_few_times(
    wiring: Wiring, odoo: Connection, proxy: Proxy
) -> None:
    events = products("FEW", 400)
    with running(through(wiring, proxy)) as pipeline:
        pipeline.publish(products("FEW-WARM", 1))
        pipeline.wait_for(1)
        proxy.refuse = True
        pipeline.publish([*events, bom(events[0].subject, [events[1].subject])])
        await_held(pipeline, "product")
        before = proxy.refused
        time.sleep(10)
        asked = proxy.refused - before
        opened = pipeline.registry.get_sample_value("pdm_odoo_breaker_open")
        proxy.refuse = False
        pipeline.wait_for(402, seconds=70)

    assert opened == 1
    assert 1 <= asked <= 12, "a question every two to thirty seconds, and none per shard"
    assert in_odoo(odoo, events) == sorted(event.subject for event in events)


def test_a_wrong_key_holds_the_consumer_and_dead_letters_nothing(wiring: Wiring, odoo: Connection) -> None:
    events = products("KEY", 20)
    wrong = wiring.odoo.model_copy(update={"api_key": SecretStr("wrong")})
    with running(replace(wiring, odoo=wrong), [Consumer.PRODUCT]) as pipeline:
        pipeline.publish(events)
        await_held(pipeline, "product")
        assert pipeline.settled().total() == 0
        assert pipeline.dead_letters(Consumer.PRODUCT) == []

    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        assert pipeline.wait_for(20) == {"created": 20}


def test_a_reply_lost_after_the_commit_doubles_no_product(
    wiring: Wiring, odoo: Connection, proxy: Proxy
) -> None:
    events = products("LOST", 30)
    proxy.swallow, proxy.swallow_only = 2, b'"product.template","load"'
    with running(through(wiring, proxy), [Consumer.PRODUCT]) as pipeline:
        pipeline.publish(events)
        pipeline.wait_for(30)

    assert proxy.swallowed == 2
    assert in_odoo(odoo, events) == sorted(event.subject for event in events)


@pytest.mark.parametrize(
    ("method", "lost"),
    [
        ("load", 1),  # the header is found by the next read, and not loaded again
        ("web_save_multi", 1),  # so are lines and fence
        ("web_search_read", 2),
    ],
)
def test_a_reply_lost_anywhere_doubles_no_bom_line(
    wiring: Wiring, odoo: Connection, proxy: Proxy, method: str, lost: int
) -> None:
    parts = products(method.upper(), 12)
    event = bom(parts[0].subject, [part.subject for part in parts[1:]])
    with running(through(wiring, proxy), [Consumer.PRODUCT, Consumer.BOM]) as pipeline:
        pipeline.publish(parts)
        pipeline.wait_for(12)
        proxy.swallow, proxy.swallow_only = 2, f'"mrp.bom","{method}"'.encode()
        pipeline.publish([event])
        pipeline.wait_for(13)

    assert proxy.swallowed == lost
    assert bom_lines(odoo, event) == list(range(1, 12))
    assert odoo.call("mrp.bom", "search_count", domain=[[KEY, "=", event.key]]) == 1


def test_a_bom_before_its_products_waits_on_the_ladder_and_is_complete_then(
    wiring: Wiring, odoo: Connection
) -> None:
    parts = products("EARLY", 3)
    event = bom(parts[0].subject, [part.subject for part in parts[1:]])
    with running(wiring, [Consumer.PRODUCT, Consumer.BOM]) as pipeline:
        pipeline.publish([event])
        retries = {"consumer": "bom", "tier": "5s"}
        until = time.monotonic() + 20
        while not pipeline.registry.get_sample_value("pdm_odoo_retries_total", retries):
            assert time.monotonic() < until
            time.sleep(0.05)
        pipeline.publish(parts)
        results = pipeline.wait_for(4)

    assert results == {"created": 4}
    assert bom_lines(odoo, event) == [1, 2]


def test_one_bom_that_contains_itself_harms_only_itself(wiring: Wiring, odoo: Connection) -> None:
    events = products("CYCLE", 40)
    parts = [event.subject for event in events]
    good = [bom(parent, [parts[-1]]) for parent in parts[:30]]
    itself = bom(parts[35], [parts[35]])
    with running(wiring, [Consumer.PRODUCT, Consumer.BOM]) as pipeline:
        pipeline.publish(events)
        pipeline.wait_for(40)
        pipeline.publish([*good[:15], itself, *good[15:]])
        results = pipeline.wait_for(71)
        letters = pipeline.dead_letters(Consumer.BOM)

    assert results == {"created": 70, "dead_letter": 1}
    assert [(headers[REASON], headers[ATTEMPT]) for headers, _ in letters] == [("cycle", 1)]


def test_connections_closed_by_force_lose_nothing(wiring: Wiring, odoo: Connection) -> None:
    events = products("FORCE", 400)
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish(events)
        for _ in range(3):
            close_connections(wiring)
            time.sleep(1)
        pipeline.wait_for(400)

    assert in_odoo(odoo, events) == sorted(event.subject for event in events)


def close_connections(wiring: Wiring) -> None:
    """Have the broker close every connection of the module's virtual host."""
    assert wiring.broker.management_url
    management = wiring.broker.management_url.get_secret_value()
    vhost = wiring.broker.url.get_secret_value().rpartition("/")[2]
    for connection in httpx.get(f"{management}/api/vhosts/{vhost}/connections", trust_env=False).json():
        httpx.delete(f"{management}/api/connections/{connection['name']}", trust_env=False)
