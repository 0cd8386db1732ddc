"""The I/O thread of one consumer: receive, form batches, hand over, acknowledge.

::

    broker ─▶ on_message ─▶ shard.waiting ─▶ shard's thread (worker.py) ─▶ finished ─▶ ack up to the gap
       ▲                                                                                     │
       └────────────────────── heartbeats are served all the time ◀──────────────────────────┘

What a newcomer would get wrong about pika: only this thread may touch the connection; a channel that
the broker closed raises nothing inside `process_data_events`; and after a reconnect every delivery
tag of before is void, so tags carry the generation of their connection.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from consumers.batch import due, shard_of
from consumers.delivery import Delivery, content_of
from consumers.ledger import Ledger
from consumers.shard import Finished, Shard
from consumers.work import StoppedError
from consumers.worker import Worker
from producers import broker
from producers.errors import AccessRefusedError, BrokerUnavailableError
from schemas import topology
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.settings import BrokerSettings, ConsumerSettings

log = structlog.get_logger()

_TURN = 0.2
"""Longest wait in seconds for the broker, and so the delay of a stop."""
_RECONNECT_PAUSE = 1.0


class Runner:
    """Runs one consumer until its worker's `stop` is set."""

    def __init__(
        self,
        worker: Worker,
        settings: ConsumerSettings,
        broker_settings: BrokerSettings,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = worker.consumer.value
        self.connected = False
        self.last_turn = 0.0
        self._queue = topology.work_queue(worker.consumer)
        self._key_parts = worker.key_parts
        self._stop = worker.stop
        self._settings = settings
        self._batch_size = (
            settings.product_batch_size if worker.consumer is Consumer.PRODUCT else settings.batch_size
        )
        self._broker = broker_settings
        self._clock = clock
        self._metrics = metrics
        self._in_flight = metrics.in_flight.labels(self.name)
        self._received = metrics.received.labels(self.name)
        self._finished: deque[Finished] = deque()
        self._connection: pika.BlockingConnection | None = None
        self._fresh = 0
        self._generation = 0
        self._ledger = Ledger()
        self._prepare = worker.prepare
        self._shards = [
            Shard(f"{worker.consumer}-{number}", worker.work, self._note) for number in range(settings.shards)
        ]

    def run(self) -> None:
        """Consume until stopped; reconnect whenever the connection is lost.

        Raises:
            BrokerError: login, virtual host or queue is refused; waiting would not help.
            Exception: a worker failed in a way nobody foresaw; the broker will deliver its batch again.
        """
        role = f"consumer {self.name}"
        while not self._stop.is_set():
            try:
                # Nothing is taken from the queue before Odoo answers: a delivery that is handed back
                # counts towards its limit, and an outage with restarts would use that up.
                self._prepare()
                self._connection = broker.connect(self._broker, role, attempts=None, stop=self._stop)
                with broker.translated(broker.address(self._broker)):
                    self._consume(self._connection)
            except StoppedError:
                break
            except AccessRefusedError:
                raise
            except BrokerUnavailableError as error:
                if self._stop.is_set():
                    break
                self._metrics.reconnects.labels(role).inc()
                log.warning("broker connection lost", consumer=self.name, error=str(error))
                # A broker that accepts and at once drops us must not be hammered.
                self._stop.wait(_RECONNECT_PAUSE)
            finally:
                self._disconnect()

    def _consume(self, connection: pika.BlockingConnection) -> None:
        self._generation += 1
        self._ledger = Ledger()
        for shard in self._shards:
            # What waited came by a connection that is gone; the broker delivers it again.
            shard.waiting.clear()
        channel = connection.channel()
        channel.basic_qos(prefetch_count=2 * self._batch_size * self._settings.shards)
        channel.basic_consume(self._queue, self._receive)
        self.last_turn = self._clock()
        self.connected = True
        log.info("consuming", consumer=self.name, queue=self._queue)
        while not self._stop.is_set():
            connection.process_data_events(time_limit=self._pause())
            self.last_turn = self._clock()
            if not channel.is_open or not channel.consumer_tags:
                raise BrokerUnavailableError(f"the broker ended the subscription to {self._queue}")
            self._collect(channel)
            self._dispatch()
        self._drain(connection, channel)

    def _receive(
        self,
        _channel: BlockingChannel,
        method: pika.spec.Basic.Deliver,
        properties: pika.BasicProperties,
        body: bytes,
    ) -> None:
        delivery = Delivery(
            tag=method.delivery_tag,
            generation=self._generation,
            body=body,
            headers=properties.headers or {},
            message_id=_text(properties.message_id),
            exchange=_text(method.exchange) or "",
            routing_key=_text(method.routing_key) or "",
            content_type=_text(properties.content_type),
            received_at=self._clock(),
            content=content_of(body, self.name, self._key_parts),
        )
        self._fresh += 1
        self._ledger.received(delivery.tag)
        shard = self._shards[shard_of(delivery.shard_key, len(self._shards))]
        shard.waiting.append(delivery)
        if len(shard.waiting) == self._batch_size and not shard.busy and not self._stop.is_set():
            # At once: what else the broker has sent is read while Odoo works.
            shard.start(self._batch_size)

    def _dispatch(self) -> None:
        for shard in self._shards:
            if shard.busy or not shard.waiting or self._stop.is_set():
                continue
            age = self._clock() - shard.waiting[0].received_at
            if due(len(shard.waiting), age, self._batch_size, self._settings.linger_seconds):
                shard.start(self._batch_size)

    def _pause(self) -> float:
        """Return how long to wait for the broker: at most until the next batch is due."""
        if any(shard.waiting and not shard.busy for shard in self._shards):
            return min(_TURN, self._settings.linger_seconds)
        return _TURN

    def _note(self, finished: Finished) -> None:
        """Take a finished batch; runs on a shard's thread."""
        self._finished.append(finished)
        if connection := self._connection:
            with suppress(AMQPError, OSError):
                connection.add_callback_threadsafe(lambda: None)

    def _collect(self, channel: BlockingChannel) -> None:
        """Acknowledge what is settled, after the confirms and never before; count once for many messages."""
        self._received.inc(self._fresh)
        self._fresh = 0
        tags: list[int] = []
        while self._finished:
            finished = self._finished.popleft()
            finished.shard.busy = False
            if isinstance(finished.error, StoppedError):
                continue
            if finished.error is not None:
                raise finished.error
            # Tags of an earlier connection mean nothing here; their messages are delivered again.
            tags += [d.tag for d in finished.batch if d.generation == self._generation]
        if (last := self._ledger.settle(tags)) is not None:
            channel.basic_ack(last, multiple=True)
        self._in_flight.set(len(self._ledger))

    def _drain(self, connection: pika.BlockingConnection, channel: BlockingChannel) -> None:
        """Let the batches in work end, acknowledge them, and leave the rest to the broker."""
        until = self._clock() + self._settings.stop_grace_seconds
        while any(shard.busy for shard in self._shards) and self._clock() < until:
            connection.process_data_events(time_limit=_TURN)
            self.last_turn = self._clock()
            self._collect(channel)
        for tag in self._ledger.beyond_the_gap():
            # An earlier delivery will not be worked on any more: one by one now, or these come again.
            channel.basic_ack(tag)
        # Ack frames are written when events are processed.
        connection.process_data_events(time_limit=0)

    def _disconnect(self) -> None:
        self.connected = False
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            with suppress(AMQPError, OSError):
                connection.close()


def _text(value: str | bytes | None) -> str | None:
    """Return a short text of AMQP; pika hands over bytes where they are not UTF-8."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
