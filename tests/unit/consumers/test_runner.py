"""The I/O thread, on a connection of our own making. The real broker is in tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pika
import pytest
from pika.exceptions import StreamLostError
from prometheus_client import CollectorRegistry

from consumers.errors import UnavailableError
from consumers.report import Report
from consumers.runner import Runner
from consumers.worker import Worker
from schemas.event import Event, encode
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.metrics import Metrics
from schemas.settings import BrokerSettings
from tests.unit.consumers.deliveries import ScriptedHandler, consumer_settings, seen

Step = Callable[["Connection"], None]
_ENOUGH = 2000
"""Turns after which a test gives up."""


class Channel:
    """What the runner does with a channel."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.is_open = True
        self.consumer_tags = ["c-1"]
        self.prefetch = 0
        self.queue = ""

    def basic_qos(self, prefetch_count: int) -> None:
        self.prefetch = prefetch_count

    def basic_consume(self, queue: str, receive: Callable[..., None]) -> None:
        self.queue, self.receive = queue, receive

    def basic_ack(self, tag: int, *, multiple: bool) -> None:
        assert multiple
        self.acked.append(tag)


class Connection:
    """Plays its steps, one per turn; then waits until a thread has something to say."""

    is_open = True

    def __init__(self, turn: Callable[[], None], *steps: Step) -> None:
        self.only_channel = Channel()
        self._turn = turn
        self._steps = list(steps)
        self._woken = threading.Event()

    def channel(self) -> Channel:
        return self.only_channel

    def process_data_events(self, time_limit: float) -> None:
        self._turn()
        if self._steps:
            self._steps.pop(0)(self)
        elif self._woken.wait(min(time_limit, 0.01)):
            self._woken.clear()

    def add_callback_threadsafe(self, _callback: Callable[[], None]) -> None:
        self._woken.set()

    def close(self) -> None:
        self.is_open = False


def deliver(tag: int, body: Event | bytes) -> Step:
    content = body if isinstance(body, bytes) else encode(body)

    def step(connection: Connection) -> None:
        method = pika.spec.Basic.Deliver("c-1", tag, False, "pdm.events", "pdm.product.state_changed.v1")
        connection.only_channel.receive(connection.only_channel, method, pika.BasicProperties(), content)

    return step


def lost(_connection: Connection) -> None:
    raise StreamLostError("connection reset")


def closed(connection: Connection) -> None:
    connection.only_channel.is_open = False


def cancelled(connection: Connection) -> None:
    connection.only_channel.consumer_tags = []


class Publisher:
    """Confirms everything, unless there is a `fault`."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.acked_before: list[int] = []
        self.look: Callable[[], Sequence[int]] = list

    def publish(self, _messages: Sequence[Message]) -> None:
        self.acked_before += self.look()
        if self.fault:
            raise self.fault


class Scene:
    """A runner on made connections, which stops when `until` holds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stop, self.handler, self.publisher = threading.Event(), ScriptedHandler(), Publisher()
        self.connections: list[Connection] = []
        self.until: Callable[[], bool] = lambda: False
        self._turns = 0
        self._ticks = 0.0
        self._left: Iterator[tuple[Step, ...]] = iter(())
        monkeypatch.setattr("producers.broker.connect", lambda *_, **__: self._connect())
        monkeypatch.setattr("consumers.runner._RECONNECT_PAUSE", 0.0)

    def run(self, *scripts: tuple[Step, ...], **settings: Any) -> None:
        self._left = iter(scripts)
        metrics = Metrics(CollectorRegistry())
        worker = Worker(
            consumer=Consumer.PRODUCT,
            handler=self.handler,
            publisher=self.publisher,
            report=Report(Consumer.PRODUCT, metrics),
            stop=self.stop,
            now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
            host="host-1",
        )
        broker = BrokerSettings(_env_file=None, url="amqp://u:p@h/v")
        Runner(worker, consumer_settings(**settings), broker, metrics, self._clock).run()

    @property
    def acked(self) -> list[list[int]]:
        return [one.only_channel.acked for one in self.connections]

    def _connect(self) -> Connection:
        self.connections.append(Connection(self._turn, *next(self._left)))
        return self.connections[-1]

    def _turn(self) -> None:
        self._turns += 1
        assert self._turns < _ENOUGH, f"nothing came of it; acknowledged: {self.acked}"
        if self.until():
            self.stop.set()

    def _clock(self) -> float:
        self._ticks += 0.1
        return self._ticks


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_deliveries_are_acknowledged_in_rising_order_up_to_the_last(scene: Scene) -> None:
    scene.until = lambda: scene.acked[-1][-1:] == [5]

    scene.run(tuple(deliver(tag, seen(f"P-{tag}")) for tag in range(1, 6)))

    assert scene.acked[0] == sorted(scene.acked[0])
    assert sorted(one.data.item.number for asked in scene.handler.asked for one in asked) == [
        f"P-{tag}" for tag in range(1, 6)
    ]


def test_a_subscription_asks_for_two_batches_per_shard_and_no_more(scene: Scene) -> None:
    scene.until = lambda: True

    scene.run((), batch_size=50, shards=3)

    channel = scene.connections[0].only_channel
    assert (channel.queue, channel.prefetch) == ("pdm.product", 300)


def test_a_dead_letter_is_confirmed_before_its_message_is_acknowledged(scene: Scene) -> None:
    scene.publisher.look = lambda: scene.connections[0].only_channel.acked
    scene.until = lambda: scene.acked[0] == [1]

    scene.run((deliver(1, b"not JSON"),))

    assert scene.publisher.acked_before == []


def test_after_a_reconnect_no_tag_of_before_is_acknowledged(scene: Scene) -> None:
    second_try = threading.Event()

    class Slow(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            second_try.wait(5)
            return super().apply(events)

    def again(connection: Connection) -> None:
        # The broker numbers anew: tag 1 of before is another message now.
        deliver(1, seen("B"))(connection)
        deliver(2, seen("A"))(connection)
        second_try.set()

    scene.handler = Slow()
    scene.until = lambda: len(scene.acked) == 2 and scene.acked[1][-1:] == [2]
    idle: tuple[Step, ...] = (lambda _: None,) * 3

    # C waits behind A when the connection goes; the broker gives it to somebody else.
    first = (deliver(1, seen("A")), *idle, deliver(2, seen("C")), lost)
    scene.run(first, (again,), shards=1, linger_seconds=0.0)

    assert scene.acked == [[], [2]]
    assert [one.data.item.number for asked in scene.handler.asked for one in asked] == ["A", "B", "A"]


@pytest.mark.parametrize("fault", [closed, cancelled, lost])
def test_a_subscription_that_ended_silently_is_noticed_and_renewed(scene: Scene, fault: Step) -> None:
    scene.until = lambda: len(scene.acked) == 2 and scene.acked[1] == [1]

    scene.run((fault,), (deliver(1, seen()),))

    assert scene.acked == [[], [1]]


def test_an_error_that_nobody_foresaw_ends_the_run_and_acknowledges_nothing(scene: Scene) -> None:
    scene.publisher.fault = ZeroDivisionError("bug")

    with pytest.raises(ZeroDivisionError):
        scene.run((deliver(1, b"not JSON"),))

    assert scene.acked == [[]]
    assert not scene.connections[0].is_open


def test_a_stop_lets_the_batch_in_work_end_and_leaves_the_rest(scene: Scene) -> None:
    class UntilStop(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            verdicts = super().apply(events)
            scene.stop.wait(5)
            return verdicts

    scene.handler = UntilStop()
    scene.until = lambda: bool(scene.handler.asked)

    def late(connection: Connection) -> None:
        if scene.stop.wait(0.01):
            deliver(2, seen("A", 2))(connection)
        else:
            connection._steps.insert(0, late)

    scene.run((deliver(1, seen("A", 1)), late), shards=1)

    assert scene.acked == [[1]]
    assert len(scene.handler.asked) == 1


def test_a_batch_that_outlives_the_grace_period_is_left_to_the_broker(scene: Scene) -> None:
    end = threading.Event()

    class Stuck(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            verdicts = super().apply(events)
            end.wait(5)
            return verdicts

    scene.handler = Stuck()
    scene.until = lambda: bool(scene.handler.asked)

    scene.run((deliver(1, seen()),), stop_grace_seconds=1.0)
    end.set()

    assert scene.acked == [[]]


def test_a_stop_while_odoo_is_away_acknowledges_nothing(scene: Scene) -> None:
    scene.handler.raised = [UnavailableError("connection refused")] * 100
    scene.until = lambda: bool(scene.handler.asked)

    scene.run((deliver(1, seen()),))

    assert scene.acked == [[]]
