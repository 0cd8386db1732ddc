"""Publish messages: persistent, mandatory, confirmed in windows; one publisher serves many threads.

A thread of its own runs pika's loop, so heartbeats are answered while callers work, and confirms
arrive while more is sent. A newcomer would get wrong that an error does not mean "not published":
a lost connection hides the answer. Publish again; consumers drop duplicates.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import structlog
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.exceptions import AMQPError, AMQPHeartbeatTimeout
from pika.spec import Basic

from producers import broker
from producers.confirms import Batch, Window
from producers.errors import (
    AccessRefusedError,
    BrokerError,
    BrokerUnavailableError,
    PublishError,
    RefusedError,
)
from producers.patience import UNKNOWN, Line
from schemas.message import Message
from schemas.settings import BrokerSettings

log = structlog.get_logger()

WINDOW = 500
"""Messages sent and not confirmed."""
WINDOW_BYTES = 32 * 1024 * 1024
_SHORTEST_PAUSE = 0.2
_GRACEFUL_CLOSE = 2.0
_JOIN = 10.0


class Publisher:
    """Publishes for any number of threads; build it with `connect`, use it as a context manager.

    Methods named `_on_…` and those they call run on the publisher's own thread.
    """

    def __init__(self, settings: BrokerSettings, role: str) -> None:
        self._where = broker.address(settings)
        self._parameters = broker.parameters(settings, role)
        self._log = log.bind(broker=self._where, role=role)
        self._changed = threading.Condition(threading.RLock())  # guards the line, the window and the loop
        self._line = Line(
            where=self._where,
            silence=settings.confirm_timeout_seconds,
            blocked_limit=settings.blocked_timeout_seconds,
            fault=BrokerUnavailableError(f"not yet connected to RabbitMQ at {self._where}"),
        )
        self._window = Window(WINDOW, WINDOW_BYTES, time.monotonic)
        self._loop: Any = None
        self._connection: Any = None
        self._channel: Any = None
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pdm-odoo {role}", daemon=True)
        self._thread.start()

    def publish(self, messages: Sequence[Message], timeout: float | None = None) -> None:
        """Return when the broker has confirmed every message: each is stored in at least one queue.

        Args:
            messages: what to publish, in this order.
            timeout: seconds for the whole call. None means while there is progress: no silence above
                `confirm_timeout_seconds`, or `blocked_timeout_seconds` while an alarm blocks us.

        Raises:
            ValueError: a message cannot be carried; nothing was published.
            PublishError: a message was refused or not answered; raised when all are settled.
            BrokerUnavailableError: there is no connection, or it was lost on the way.
        """
        for message in messages:
            broker.check(message)
        if not messages:
            return
        batch = Batch(messages, time.monotonic())
        with self._changed:
            if self._closing.is_set():
                raise BrokerUnavailableError("the publisher is closed", unconfirmed=batch.messages)
            self._window.add(batch)
            self._call(self._pump)
        self._hurry.set()
        self._wait(batch, timeout)
        batch.raise_fault()

    def wait_connected(self, attempts: int | None, stop: threading.Event | None = None) -> None:
        """Return when connected.

        Raises:
            BrokerUnavailableError: `attempts` attempts failed, access was refused, or `stop` was set.
        """
        line = self._line
        with self._changed:
            while not line.ready:
                tried_enough = attempts is not None and line.failures >= attempts
                if tried_enough or isinstance(line.fault, AccessRefusedError) or (stop and stop.is_set()):
                    raise line.fault
                self._changed.wait(0.5)  # who sets `stop`, a signal for instance, cannot notify us

    @property
    def connected(self) -> bool:
        """Tell whether a message would go out at once."""
        with self._changed:
            return self._line.ready and self._line.blocked is None

    def close(self) -> None:
        """Close the connection and end the thread. Calls of other threads fail."""
        self._closing.set()
        self._hurry.set()
        with self._changed:
            self._call(self._on_close_wanted)
        self._thread.join(_JOIN)
        if self._thread.is_alive():
            self._log.warning("publisher did not end in time")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, batch: Batch, timeout: float | None) -> None:
        """Return when `batch` is settled; withdraw it when its time is over."""
        limit = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._changed:
                until = self._line.deadline(batch.touched) if limit is None else limit
            if batch.done.wait(max(0.0, until - time.monotonic())):
                return
            with self._changed:
                now = time.monotonic()
                if now < (self._line.deadline(batch.touched) if limit is None else limit):
                    continue  # there was progress meanwhile
                self._window.withdraw(batch, self._line.late(now - batch.touched))
                if self._line.mute(now):
                    self._line.ready = False  # at once: the next call must not send into the dead connection
                    self._call(self._abort)
                return

    def _call(self, function: Callable[[], None]) -> None:
        if self._loop is not None:
            self._loop.add_callback_threadsafe(function)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._serve()
            self._pause()
        with self._changed:
            self._window.fail_all(BrokerUnavailableError("the publisher was closed" + UNKNOWN))

    def _serve(self) -> None:
        """Connect; return when the connection is gone."""
        loop = IOLoop()
        with self._changed:
            self._loop = loop
        try:
            self._connection = SelectConnection(
                self._parameters,
                on_open_callback=self._on_open,
                on_open_error_callback=self._on_gone,
                on_close_callback=self._on_gone,
                custom_ioloop=loop,
            )
            if self._closing.is_set():  # set before there was a loop to tell
                self._on_close_wanted()
            loop.start()
        except Exception as error:  # noqa: BLE001 - a fault of pika's must not end the thread: callers wait
            if not self._closing.is_set():  # told to close while it opens, pika stumbles over its own end
                self._log.exception("publisher connection failed")
            self._lose(BrokerUnavailableError(f"{type(error).__name__} in the connection: {error}{UNKNOWN}"))
        finally:
            with self._changed:
                self._loop = None
            loop.close()

    def _pause(self) -> None:
        self._closing.wait(_SHORTEST_PAUSE)
        self._hurry.clear()  # before the look at the window: what is added later sets it again
        with self._changed:
            longest = self._line.longest_pause(waited_for=bool(self._window))
        if not self._closing.is_set():
            self._hurry.wait(random.uniform(0, longest))  # noqa: S311 - jitter, no secret

    def _on_open(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(
            lambda _, frame: self._on_blocked(frame.method.reason or "alarm")
        )
        connection.add_on_connection_unblocked_callback(lambda *_: self._on_blocked(None))
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._on_ready(channel))

    def _on_ready(self, channel: Any) -> None:
        with self._changed:
            self._channel = channel
            self._line.opened(time.monotonic())
            self._changed.notify_all()
        self._log.info("publisher connected")
        self._pump()

    def _on_blocked(self, reason: str | None) -> None:
        self._log.warning("broker blocks publishing" if reason else "broker takes messages", reason=reason)
        with self._changed:
            self._line.block(reason, time.monotonic())
        self._pump()

    def _pump(self) -> None:
        """Send what waits, as far as the window has room."""
        with self._changed:
            while self._line.ready and self._line.blocked is None:
                if self._window.idle:
                    self._line.heard = time.monotonic()
                message = self._window.take()
                if message is None:
                    return
                try:
                    broker.send(self._channel, message)
                except AMQPError:
                    return  # the channel is closing: its callback fails what was taken

    def _on_return(self, _channel: Any, how: Any, properties: Any, _body: bytes) -> None:
        with self._changed:
            self._window.returned(how.exchange, how.routing_key, properties.message_id, how.reply_text)

    def _on_confirm(self, frame: Any) -> None:
        how, accepted = frame.method, isinstance(frame.method, Basic.Ack)
        with self._changed:
            self._line.heard = time.monotonic()
            self._window.settled(how.delivery_tag, multiple=how.multiple, accepted=accepted)
        self._pump()

    def _on_channel_closed(self, channel: Any, reason: BaseException) -> None:
        """Fail what was sent; a channel that the broker refused alone is replaced by a new one."""
        fault = broker.translate(reason, self._where)
        if self._closing.is_set() or not isinstance(fault, RefusedError):
            return  # the connection goes too
        self._log.warning("publisher channel closed", error=str(fault))
        with self._changed:
            self._line.ready = False
            self._window.restart(PublishError(f"{fault}{UNKNOWN}"))
        channel.connection.channel(on_open_callback=self._on_channel)

    def _on_gone(self, _connection: Any, reason: BaseException) -> None:
        if self._closing.is_set():
            fault: BrokerError = BrokerUnavailableError("the publisher was closed")
        else:
            fault = broker.translate(reason, self._where)
            if self._line.opened_at is not None or self._line.failures == 0:  # once, not per attempt
                self._log.warning("publisher not connected", error=str(fault))
        self._lose(fault)
        self._loop.stop()

    def _lose(self, fault: BrokerError) -> None:
        with self._changed:
            self._line.lost(fault, time.monotonic())
            self._window.restart(type(fault)(f"{fault}{UNKNOWN}"))
            self._changed.notify_all()

    def _on_close_wanted(self) -> None:
        if self._connection.is_closed or self._connection.is_closing:
            return
        self._connection.close()
        self._loop.call_later(_GRACEFUL_CLOSE, self._abort)

    def _abort(self) -> None:
        """Cut the connection without waiting for the other side, which may be gone."""
        if not self._connection.is_closed:
            error = AMQPHeartbeatTimeout("no answer in time")
            self._connection._terminate_stream(error)  # noqa: SLF001 - pika has no public way


def connect(
    settings: BrokerSettings,
    role: str = "publisher",
    *,
    attempts: int | None = 3,
    stop: threading.Event | None = None,
) -> Publisher:
    """Return a connected publisher; arguments and errors are those of `broker.connect`."""
    publisher = Publisher(settings, role)
    try:
        publisher.wait_connected(attempts, stop)
    except BaseException:
        publisher.close()
        raise
    return publisher
