"""The publisher without a broker: it says so, in time, and leaves nothing behind."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from producers import publisher as publishing
from producers.errors import BrokerUnavailableError
from producers.publisher import Publisher
from schemas.message import Message
from schemas.settings import BrokerSettings

MESSAGE = Message("x", "k", b"", message_id="m1")


def settings(port: int) -> BrokerSettings:
    return BrokerSettings(
        _env_file=None,
        url=SecretStr(f"amqp://user:s3cret@127.0.0.1:{port}/plm"),
        confirm_timeout_seconds=0.3,
    )


@pytest.fixture
def mute_server() -> Iterator[int]:
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    # pika resolves host names on a thread of its own, which ends with the answer.
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before


def test_no_broker_is_said_after_so_many_attempts() -> None:
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1/plm: .*refused") as caught:
        publishing.connect(settings(1), attempts=2)

    assert "s3cret" not in str(caught.value)


def test_connecting_without_end_is_ended_by_the_event() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()

    with pytest.raises(BrokerUnavailableError):
        publishing.connect(settings(1), attempts=None, stop=stop)


def test_a_publish_while_the_broker_is_away_gives_up_and_says_why() -> None:
    with Publisher(settings(1), "test") as publisher:
        with pytest.raises(BrokerUnavailableError, match=r"message m1 .* refused") as caught:
            publisher.publish([MESSAGE])

        assert caught.value.unconfirmed == (MESSAGE,)
        assert not publisher.connected


def test_a_callers_time_is_kept() -> None:
    with Publisher(settings(1).model_copy(update={"confirm_timeout_seconds": 60.0}), "test") as publisher:
        started = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            publisher.publish([MESSAGE], timeout=0.1)

    assert time.monotonic() - started < 5


def test_a_server_that_says_nothing_delays_neither_publish_nor_close(mute_server: int) -> None:
    started = time.monotonic()
    with (
        structlog.testing.capture_logs() as logs,
        Publisher(settings(mute_server), "test") as publisher,
        pytest.raises(BrokerUnavailableError),
    ):
        publisher.publish([MESSAGE])

    assert time.monotonic() - started < 5
    # A traceback would frighten whoever stops us, and takes longer to print than the close itself.
    assert [one for one in logs if one["log_level"] == "error"] == []


def test_closing_ends_a_publish_of_another_thread() -> None:
    publisher = Publisher(settings(1).model_copy(update={"confirm_timeout_seconds": 60.0}), "test")
    errors: list[BaseException] = []

    def publish() -> None:
        try:
            publisher.publish([MESSAGE])
        except BrokerUnavailableError as error:
            errors.append(error)

    caller = threading.Thread(target=publish)
    caller.start()
    time.sleep(0.1)
    publisher.close()
    caller.join(5)

    assert "closed" in str(errors[0])


def test_publishing_nothing_needs_no_broker() -> None:
    with Publisher(settings(1), "test") as publisher:
        publisher.publish([])


def test_a_wrong_message_is_refused_before_a_broker_is_asked() -> None:
    with Publisher(settings(1), "test") as publisher, pytest.raises(ValueError, match="m2"):
        publisher.publish([MESSAGE, Message("x", "k" * 300, b"", message_id="m2")])


def test_closing_twice_is_closing_once() -> None:
    publisher = Publisher(settings(1), "test")

    publisher.close()
    publisher.close()
