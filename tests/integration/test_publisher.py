"""The publisher against a real RabbitMQ: what is confirmed is there, what is not raises."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from producers import broker as brokers
from producers import publisher as publishing
from producers.broker import connection, virtual_host
from producers.errors import (
    AccessRefusedError,
    BrokerError,
    BrokerUnavailableError,
    NackedError,
    PublishError,
    UnroutableError,
)
from producers.publisher import Publisher
from schemas.message import MAX_BODY, Message
from schemas.settings import BrokerSettings

pytestmark = pytest.mark.servers

EXCHANGE, QUEUE, FULL = "test", "test.queue", "test.full"


@pytest.fixture(scope="module")
def declared(broker: BrokerSettings) -> BrokerSettings:
    """The broker, with an exchange that leads to a queue, a full queue, and one that leads nowhere."""
    with connection(broker, "setup") as opened:
        channel = opened.channel()
        channel.exchange_declare(EXCHANGE, "direct", durable=True)
        for queue, arguments in ((QUEUE, {}), (FULL, {"x-max-length": 1, "x-overflow": "reject-publish"})):
            channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"} | arguments)
            channel.queue_bind(queue, EXCHANGE, queue)
    return broker


@pytest.fixture
def publisher(declared: BrokerSettings) -> Iterator[Publisher]:
    """A connected publisher, and an empty queue."""
    with connection(declared, "setup") as opened:
        opened.channel().queue_purge(QUEUE)
    with publishing.connect(declared, "test publisher") as connected:
        yield connected


def message(number: int = 0, key: str = QUEUE, **fields: Any) -> Message:
    return Message(EXCHANGE, key, b"body %d" % number, message_id=f"m{number}", **fields)


def received(settings: BrokerSettings, queue: str = QUEUE) -> list[tuple[Any, bytes]]:
    """Take everything out of `queue`: properties and body of each message."""
    with connection(settings, "reader") as opened:
        channel = opened.channel()
        taken = list(
            takewhile(
                lambda got: got[0] is not None,
                channel.consume(queue, auto_ack=True, inactivity_timeout=0.5),
            )
        )
        channel.cancel()
        return [(properties, body or b"") for _, properties, body in taken]


def drop_connections(settings: BrokerSettings, role: str, within: float = 30.0) -> int:
    """Close by force each connection named `role`; the management API lists one some seconds late."""
    assert settings.management_url is not None
    limit = time.monotonic() + within
    with httpx.Client(base_url=settings.management_url.get_secret_value()) as client:
        while time.monotonic() < limit:
            names = [
                row["name"]
                for row in client.get(f"/api/vhosts/{virtual_host(settings)}/connections").json()
                if row.get("client_properties", {}).get("connection_name") == f"pdm-odoo {role}"
            ]
            for name in names:
                client.delete(f"/api/connections/{quote(name, safe='')}")
            if names:
                return len(names)
            time.sleep(0.2)
    raise AssertionError(f"no connection of {role} is listed")


def test_a_confirmed_message_is_in_the_queue_with_its_properties_and_persistent(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    sent = message(
        7, headers={"pdm-attempt": 2, "text": "Prüfung"}, correlation_id="c", type="t", timestamp=5
    )

    publisher.publish([sent])

    ((properties, body),) = received(declared)
    assert body == b"body 7"
    assert properties.delivery_mode == 2
    assert (properties.message_id, properties.correlation_id, properties.type) == ("m7", "c", "t")
    assert properties.timestamp == 5
    assert properties.headers.items() >= {"pdm-attempt": 2, "text": "Prüfung"}.items()


def test_messages_of_one_call_keep_their_order(publisher: Publisher, declared: BrokerSettings) -> None:
    publisher.publish([message(number) for number in range(1200)])

    assert [body for _, body in received(declared)] == [b"body %d" % number for number in range(1200)]


def test_a_message_that_no_queue_is_bound_for_is_named(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    with pytest.raises(UnroutableError, match="m2 to exchange 'test' with routing key 'nonsense'") as caught:
        publisher.publish([message(1), message(2, "nonsense"), message(3)])

    assert [each.message_id for each in caught.value.unconfirmed] == ["m2"]
    assert [body for _, body in received(declared)] == [b"body 1", b"body 3"]


def test_a_full_queue_refuses(publisher: Publisher, declared: BrokerSettings) -> None:
    refused = set()
    for number in range(50):  # one by one: a burst may overshoot the limit of a quorum queue
        try:
            publisher.publish([message(number, FULL)])
        except NackedError as error:
            refused |= {each.message_id for each in error.unconfirmed}

    stored = {properties.message_id for properties, _ in received(declared, FULL)}
    assert stored
    assert refused
    assert stored | refused == {f"m{number}" for number in range(50)}


def test_a_missing_exchange_fails_its_call_and_the_next_call_works(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    with pytest.raises(PublishError, match="no exchange 'absent'"):
        publisher.publish([Message("absent", "key", b"")])

    publisher.publish([message(1)])

    assert len(received(declared)) == 1


def test_a_body_larger_than_odoo_events_may_be_is_carried(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    body = b"x" * (MAX_BODY + 1)

    publisher.publish([Message(EXCHANGE, QUEUE, body)] * 6)

    assert [len(each) for _, each in received(declared)] == [len(body)] * 6


def test_a_message_that_amqp_cannot_carry_is_refused_before_anything_is_sent(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    with pytest.raises(ValueError, match="properties of"):
        publisher.publish([message(1), message(2, headers={"large": "x" * 33_000})])

    publisher.publish([message(3)])

    assert [body for _, body in received(declared)] == [b"body 3"]


def test_a_lost_connection_raises_and_the_next_publish_works(declared: BrokerSettings) -> None:
    role = "doomed publisher"
    outcomes: list[BrokerError | None] = []
    lost = threading.Event()

    def publish_until_lost(publisher: Publisher) -> None:
        while not lost.is_set():
            try:
                publisher.publish([message(number) for number in range(1000)])
            except BrokerError as error:
                outcomes.append(error)
                lost.set()

    with publishing.connect(declared, role) as publisher:
        caller = threading.Thread(target=publish_until_lost, args=(publisher,))
        caller.start()
        for _ in range(5):
            # Between two calls a loss goes unnoticed, and the next call waits for the new connection.
            drop_connections(declared, role)
            caller.join(10)
            if not caller.is_alive():
                break

        assert not caller.is_alive()
        assert isinstance(outcomes[0], BrokerUnavailableError)
        assert "unknown, publish it again" in str(outcomes[0])
        assert outcomes[0].unconfirmed
        publisher.publish(outcomes[0].unconfirmed)

    assert {body for _, body in received(declared)} == {b"body %d" % number for number in range(1000)}


def test_four_threads_publish_through_one_publisher(publisher: Publisher, declared: BrokerSettings) -> None:
    def publish(thread: int) -> None:
        for part in range(10):
            publisher.publish([message(thread * 1000 + part * 100 + number) for number in range(100)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, range(4)))

    bodies = [body for _, body in received(declared)]
    assert len(bodies) == 4000
    assert len(set(bodies)) == 4000


def test_another_threads_wrong_message_leaves_mine_alone(
    publisher: Publisher, declared: BrokerSettings
) -> None:
    def publish_wrong(_: int) -> None:
        for number in range(20):
            with pytest.raises(UnroutableError):
                publisher.publish([message(number, "nonsense")])

    with ThreadPoolExecutor(2) as pool:
        wrong = pool.map(publish_wrong, range(1))
        for part in range(20):
            publisher.publish([message(part * 100 + number) for number in range(100)])
        list(wrong)

    assert len(received(declared)) == 2000


def test_a_publisher_outlives_idle_heartbeats(declared: BrokerSettings) -> None:
    with publishing.connect(declared.model_copy(update={"heartbeat_seconds": 1})) as publisher:
        time.sleep(4)

        assert publisher.connected
        publisher.publish([message(1)])


def test_windows_are_faster_than_confirming_each(
    publisher: Publisher, record_property: Callable[[str, object], None]
) -> None:
    started = time.monotonic()
    publisher.publish([message(number) for number in range(5000)])
    windowed = 5000 / (time.monotonic() - started)
    started = time.monotonic()
    for number in range(500):
        publisher.publish([message(number)])
    each = 500 / (time.monotonic() - started)

    record_property("windowed_per_second", round(windowed))
    record_property("confirmed_each_per_second", round(each))
    assert windowed > 2 * each


def test_a_closed_publisher_says_so(declared: BrokerSettings) -> None:
    publisher = publishing.connect(declared)
    publisher.close()

    with pytest.raises(BrokerUnavailableError, match="closed"):
        publisher.publish([message(1)])


def test_a_wrong_password_is_told_from_a_missing_virtual_host(broker: BrokerSettings) -> None:
    url = broker.url.get_secret_value()
    wrong = urlsplit(url)
    password = url.replace(f":{wrong.password}@", ":wrong-one@")

    for connect in (publishing.connect, brokers.connect):
        with pytest.raises(AccessRefusedError, match="user or the password") as caught:
            connect(BrokerSettings(url=SecretStr(password)), "test")
        assert "wrong-one" not in str(caught.value)
        with pytest.raises(AccessRefusedError, match="virtual host"):
            connect(BrokerSettings(url=SecretStr(url + "-absent")), "test")
