"""Connections of our own making, and a runner on them: nothing here knows a broker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pika
import pytest
from pika.exceptions import StreamLostError
from prometheus_client import CollectorRegistry

from consumers.report import Report
from consumers.runner import Runner
from consumers.worker import Worker
from producers import broker
from schemas.event import Event, encode
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.metrics import Metrics
from schemas.settings import BrokerSettings
from tests.unit.consumers.deliveries import Closed, ScriptedHandler, consumer_settings, recorder

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


def deliver(
    tag: int,
    body: Event | bytes,
    routing_key: str | bytes = "pdm.product.state_changed.v1",
    **properties: Any,
) -> Step:
    content = body if isinstance(body, bytes) else encode(body)

    def step(connection: Connection) -> None:
        method = pika.spec.Basic.Deliver("c-1", tag, False, "pdm.events", routing_key)
        given = pika.BasicProperties(**properties)
        connection.only_channel.receive(connection.only_channel, method, given, content)

    return step


def lost(_connection: Connection) -> None:
    raise StreamLostError("connection reset")


def closed(connection: Connection) -> None:
    connection.only_channel.is_open = False


def cancelled(connection: Connection) -> None:
    connection.only_channel.consumer_tags = []


class Publisher:
    """Confirms everything that AMQP can carry, unless there is a `fault`."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.confirmed: list[Message] = []
        self.acked_before: list[int] = []
        self.look: Callable[[], Sequence[int]] = list

    def publish(self, messages: Sequence[Message]) -> None:
        self.acked_before += self.look()
        if self.fault:
            raise self.fault
        for message in messages:
            broker.check(message)
        self.confirmed += messages


class Scene:
    """A runner on made connections, which stops when `until` holds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stop, self.handler, self.publisher = threading.Event(), ScriptedHandler(), Publisher()
        self.connections: list[Connection] = []
        self.until: Callable[[], bool] = lambda: False
        self.now = 0.0
        self._turns = 0
        self._left: Iterator[tuple[Step, ...]] = iter(())
        monkeypatch.setattr("producers.broker.connect", lambda *_, **__: self._connect())
        monkeypatch.setattr("consumers.runner._RECONNECT_PAUSE", 0.0)

    def run(
        self,
        *scripts: tuple[Step, ...],
        key_parts: KeyParts = KeyParts.NUMBER,
        consumer: Consumer = Consumer.PRODUCT,
        **settings: Any,
    ) -> None:
        self._left = iter(scripts)
        metrics = Metrics(CollectorRegistry())
        worker = Worker(
            consumer=consumer,
            handler=self.handler,
            publisher=self.publisher,
            report=Report(consumer, metrics),
            recorder=recorder(),
            breaker=Closed(),
            stop=self.stop,
            now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
            host="host-1",
            key_parts=key_parts,
        )
        server = BrokerSettings(_env_file=None, url="amqp://u:p@h/v")
        Runner(worker, consumer_settings(**settings), server, metrics, self._clock).run()

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
        self.now += 0.1
        return self.now
