"""Read a stream from a moment on to its present end: what the log and the results are kept for.

What a newcomer would get wrong about streams over AMQP 0.9.1: reading removes nothing, but nothing says
where the end is either. The number of messages lags behind by seconds, so the end is asked for by
subscribing to the last chunk. And a subscription must not be cancelled with messages in hand: pika
rejects them, which a stream answers by closing the connection.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers import broker
from producers.errors import BrokerError, BrokerUnavailableError
from schemas.settings import BrokerSettings

OFFSET = "x-stream-offset"
IN_HAND = 100
"""Messages of one portion. One may have eight megabytes, and all of a portion are in memory."""
_TURN = 0.1
_FIRST_SECONDS = 2.0
"""How long a stream may take to send its first message; after that it has none to send."""
_QUIET_SECONDS = 0.3
"""The last chunk arrives in one piece."""
_STALLED_SECONDS = 30.0

Progress = Callable[[int, int], None]
"""Takes how many messages were read, and how many there are; called for each portion."""


@dataclass(frozen=True)
class Logged:
    """One message of a stream."""

    offset: int
    """Its place: rises by one from message to message."""
    message_id: str
    routing_key: str
    body: bytes


def read(
    settings: BrokerSettings, stream: str, since: datetime | None, progress: Progress = lambda *_: None
) -> Iterator[Logged]:
    """Yield what `stream` holds now and took after `since`, the oldest first.

    A little of what came before `since` may be among it: RabbitMQ looks for whole chunks.

    Raises:
        BrokerError: no connection, no such stream, no right to read it, or it stopped sending.
    """
    end = _end(settings, stream)
    if end is None:
        return
    with _Subscription(settings, stream, since or "first") as portions:
        first: int | None = None
        while portion := portions.next(_FIRST_SECONDS if first is None else _STALLED_SECONDS):
            first = portion[0].offset if first is None else first
            last = portion[-1].offset
            progress(min(last, end) - first + 1, end - first + 1)
            yield from (message for message in portion if message.offset <= end)
            if last >= end:
                return
            portions.done()
        if first is not None:
            raise BrokerUnavailableError(
                f"RabbitMQ sent nothing more of {stream} for {_STALLED_SECONDS:.0f} s, {end - last} messages "
                "before its end; look in RabbitMQ's pages for a stream without a leader"
            )


def _end(settings: BrokerSettings, stream: str) -> int | None:
    """Return the offset of the last message; None when there is none."""
    end = None
    with _Subscription(settings, stream, "last") as portions:
        while portion := portions.next(_FIRST_SECONDS if end is None else _QUIET_SECONDS):
            end = portion[-1].offset
            portions.done()
    return end


class _Subscription:
    """A connection that reads one stream, in portions that are asked for."""

    def __init__(self, settings: BrokerSettings, stream: str, offset: str | datetime) -> None:
        self._where = broker.address(settings)
        self._connection = broker.connect(settings, f"reader of {stream}")
        self._waiting: deque[Logged] = deque()
        self._tag = 0
        try:
            with broker.translated(self._where):
                self._channel = self._connection.channel()
                # A stream refuses a subscription without a limit, and one that acknowledges by itself.
                self._channel.basic_qos(prefetch_count=IN_HAND)
                self._channel.basic_consume(stream, self._take, arguments={OFFSET: offset})
        except BrokerError:
            self.__exit__()
            raise

    def __enter__(self) -> _Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        """Close, once what is under way has arrived; an error now changes nothing of what was read."""
        with suppress(BrokerError):
            while self.next(_TURN):
                pass
        with suppress(BrokerError), broker.translated(self._where):
            if self._connection.is_open:
                self._connection.close()

    def next(self, seconds: float) -> list[Logged]:
        """Return the messages that have come; none when none came for `seconds`."""
        until = time.monotonic() + seconds
        with broker.translated(self._where):
            while not self._waiting and time.monotonic() < until:
                self._connection.process_data_events(time_limit=_TURN)
                if not self._channel.is_open or not self._channel.consumer_tags:
                    raise BrokerUnavailableError(f"RabbitMQ at {self._where} ended the subscription")
        portion = list(self._waiting)
        self._waiting.clear()
        return portion

    def done(self) -> None:
        """Ask for more."""
        with broker.translated(self._where):
            self._channel.basic_ack(self._tag, multiple=True)

    def _take(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        self._tag = method.delivery_tag
        offset = int(properties.headers[OFFSET])
        self._waiting.append(Logged(offset, _text(properties.message_id), _text(method.routing_key), body))


def _text(value: str | bytes | None) -> str:
    """Return a short text of AMQP; pika hands over bytes where they are not UTF-8."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value or ""
