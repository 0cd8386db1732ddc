"""Whatever comes in the queue, it ends as a dead letter with its reason, and everything else goes on."""

from __future__ import annotations

import orjson
import pika
import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY
from ops.consume import Wiring
from producers import broker
from producers.errors import PublishError
from schemas import dead_letter, topology
from schemas.dead_letter import Reason
from schemas.event import encode
from schemas.kinds import Consumer
from tests import factories
from tests.pipeline import running, take


def body(**changes: object) -> bytes:
    """A good product event with some of its attributes replaced."""
    return orjson.dumps(orjson.loads(encode(factories.event())) | changes)


def item(**changes: object) -> bytes:
    envelope = orjson.loads(encode(factories.event()))
    envelope["data"]["item"] |= changes
    return orjson.dumps(envelope)


ROUTE = "pdm.product.state_changed.v1"
BAD = [
    (b"not JSON at all", ROUTE, Reason.NOT_JSON),
    (b"\xff\xfe\x00 not even text", ROUTE, Reason.NOT_JSON),
    (b"", ROUTE, Reason.NOT_JSON),
    (b"[" * 100_000, ROUTE, Reason.NOT_JSON),
    (b"[]", ROUTE, Reason.INVALID_ENVELOPE),
    (b"null", ROUTE, Reason.INVALID_ENVELOPE),
    (body(source="vault"), ROUTE, Reason.INVALID_ENVELOPE),
    (body(type="pdm.product.exploded.v1"), "pdm.product.exploded.v1", Reason.UNKNOWN_TYPE),
    (body(type="pdm.product.state_changed.v9"), "pdm.product.state_changed.v9", Reason.UNKNOWN_VERSION),
    (body(data={}), ROUTE, Reason.INVALID_DATA),
    (item(number=" "), ROUTE, Reason.INVALID_DATA),
    (item(number="N" * 200), ROUTE, Reason.INVALID_DATA),
    (body(subject="somebody else"), ROUTE, Reason.INVALID_DATA),
    (
        encode(factories.event(factories.product(transition=factories.transition(to_state="Quarantine")))),
        ROUTE,
        Reason.UNKNOWN_STATE,
    ),
    (
        encode(factories.event(factories.product(item=factories.item(number="ZORK"), unit="zorks"))),
        ROUTE,
        Reason.UNKNOWN_UNIT,
    ),
    (encode(factories.event(factories.bom())), ROUTE, Reason.UNKNOWN_TYPE),
]


def test_each_bad_message_is_dead_lettered_with_its_reason_and_good_ones_go_on(
    wiring: Wiring, odoo: Connection
) -> None:
    good = [
        factories.event(factories.product(item=factories.item(number=f"GOOD-{index}")))
        for index in range(len(BAD))
    ]
    with running(wiring) as pipeline:
        for event, (message, routing_key, _) in zip(good, BAD, strict=True):
            pipeline.publish_raw(message, routing_key)
            pipeline.publish([event])
        results = pipeline.wait_for(2 * len(BAD))
        letters = pipeline.dead_letters(Consumer.PRODUCT)

    found = {raw: headers for headers, raw in letters}
    assert {raw for raw, _, _ in BAD} == set(found), "every body is kept byte for byte"
    for raw, routing_key, reason in BAD:
        assert found[raw][dead_letter.REASON] == reason.value
        assert found[raw][dead_letter.ORIGINAL_ROUTING_KEY] == routing_key
        assert found[raw][dead_letter.ERROR_MESSAGE]
        assert found[raw][dead_letter.ATTEMPT] == 1
    assert results["created"] == len(good)
    keys = [event.key for event in good]
    held = odoo.call("product.template", "search_count", domain=[[KEY, "in", keys]])
    assert held == len(good)


def test_a_body_of_20_mib_is_dead_lettered_or_refused_by_the_broker_itself(wiring: Wiring) -> None:
    huge = b"x" * 20 * 1024 * 1024
    event = factories.event(factories.product(item=factories.item(number="SMALL")))
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        try:
            pipeline.publish_raw(huge, ROUTE)
        except PublishError:
            # RabbitMQ 4 takes 16 MiB at most; what is above our own limit and below that comes to us.
            huge = huge[: 12 * 1024 * 1024]
            pipeline.publish_raw(huge, ROUTE)
        pipeline.publish([event])
        results = pipeline.wait_for(2)
        [(headers, body)] = pipeline.dead_letters(Consumer.PRODUCT)

    assert results == {"dead_letter": 1, "created": 1}
    assert headers[dead_letter.REASON] == Reason.TOO_LARGE.value
    assert body == huge


def test_a_message_with_hostile_properties_is_dead_lettered_too(wiring: Wiring) -> None:
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        with broker.connection(wiring.broker, "test") as connection:
            connection.channel().basic_publish(
                topology.EVENTS,
                ROUTE,
                b"not JSON",
                pika.BasicProperties(
                    message_id=b"\xe9" * 80,
                    content_type=b"\xe9" * 100,
                    headers={"pdm-attempt": True, "x-mine": "kept?", "pdm-replays": False},
                ),
            )
        pipeline.wait_for(1)
        [(headers, body)] = pipeline.dead_letters(Consumer.PRODUCT)

    assert body == b"not JSON"
    assert headers[dead_letter.REASON] == Reason.NOT_JSON.value
    assert "x-mine" not in headers


@pytest.mark.parametrize("routing_key", ["pdm.unheard.of.v1", "nonsense"])
def test_a_message_for_nobody_is_kept_aside(wiring: Wiring, routing_key: str) -> None:
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish_raw(b"for nobody", routing_key)

    assert [raw for _, raw in take(wiring, "pdm.unrouted")] == [b"for nobody"]
