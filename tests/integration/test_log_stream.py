"""Streams of a real RabbitMQ: read whole, from a moment on, and left as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from producers import publisher
from producers.errors import BrokerUnavailableError, RefusedError
from producers.log_stream import IN_HAND, read
from producers.publisher import Publisher
from producers.topology import declare
from schemas.message import Message
from schemas.settings import BrokerSettings
from schemas.topology import EVENTS, LOG

pytestmark = pytest.mark.servers


@pytest.fixture
def publishes(broker: BrokerSettings) -> Iterator[Publisher]:
    with publisher.connect(broker, "test") as connected:
        yield connected


def publish(publishes: Publisher, bodies: range) -> None:
    publishes.publish(
        [
            Message(EVENTS, "pdm.product.test.v1", str(number).encode(), message_id=f"m-{number}")
            for number in bodies
        ]
    )


def numbers(broker: BrokerSettings, since: datetime | None = None) -> list[int]:
    return [int(message.body) for message in read(broker, LOG, since)]


def test_a_stream_that_is_not_there_is_named_with_what_to_do(broker: BrokerSettings) -> None:
    with pytest.raises(RefusedError, match=r"pdm\.log.*topology declare"):
        list(read(broker, LOG, None))


def test_an_empty_stream_has_nothing(broker: BrokerSettings) -> None:
    declare(broker)

    assert numbers(broker) == []


def test_all_is_read_in_order_as_often_as_one_likes(broker: BrokerSettings, publishes: Publisher) -> None:
    declare(broker)
    seen: list[tuple[int, int]] = []
    publish(publishes, range(10 * IN_HAND + 1))

    once = list(read(broker, LOG, None, lambda *counts: seen.append(counts)))

    assert [int(message.body) for message in once] == list(range(10 * IN_HAND + 1))
    assert once[7].message_id == "m-7"
    assert numbers(broker) == [int(message.body) for message in once]
    assert seen[-1] == (len(once), len(once))


def test_what_came_after_a_moment_is_read(broker: BrokerSettings, publishes: Publisher) -> None:
    declare(broker)
    publish(publishes, range(3))

    assert numbers(broker, datetime.now(UTC) - timedelta(days=7))[-3:] == [0, 1, 2]
    assert numbers(broker, datetime.now(UTC) + timedelta(days=1)) == []


def test_who_stops_in_the_middle_disturbs_nobody(broker: BrokerSettings, publishes: Publisher) -> None:
    declare(broker)
    publish(publishes, range(5 * IN_HAND))

    assert len(list(islice(read(broker, LOG, None), 3))) == 3
    assert len(numbers(broker)) >= 5 * IN_HAND


def test_a_broker_that_is_away_is_said_to_be() -> None:
    away = BrokerSettings.model_validate({"url": "amqp://u:p@127.0.0.1:1/v"})

    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1"):
        list(read(away, LOG, None))
