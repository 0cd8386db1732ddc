"""The confirm window: which delivery tag is which message of which call. Pure bookkeeping, no I/O.

The broker numbers messages by the order they were sent in on one channel, and confirms one number
or all up to one. A newcomer would get wrong that a returned message carries no number: see `returned`.
Not thread-safe; the publisher holds its lock around every call.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile

from producers.errors import BrokerError, NackedError, UnroutableError
from schemas.message import Message

Clock = Callable[[], float]
"""Returns seconds that only grow."""

_NACKED = (
    "a queue refused the message: it is full, or most of its nodes are away; look at it in RabbitMQ's pages"
)
_UNROUTABLE = "no queue is bound for it; run `pdm-odoo topology verify`"


class Batch:
    """The messages of one call of `publish`, and what became of each."""

    def __init__(self, messages: Sequence[Message], now: float) -> None:
        self.messages = tuple(messages)
        self.done = threading.Event()
        """Set when nothing is open any more."""
        self.touched = now
        """When a message of this batch was last sent or settled, on the window's clock."""
        self.sent = 0
        self._open = set(range(len(self.messages)))
        self._faults: dict[int, BrokerError] = {}

    def settle(self, index: int, fault: BrokerError | None, now: float) -> None:
        """Record how the message at `index` ended: confirmed, or with a fault. Once only."""
        if index in self._open:
            self._open.remove(index)
            self.touched = now
            if fault is not None:
                self._faults[index] = fault
        if not self._open:
            self.done.set()

    def fail(self, fault: BrokerError, now: float) -> None:
        """End every message that is still open with `fault`."""
        for index in tuple(self._open):
            self.settle(index, fault, now)

    def raise_fault(self) -> None:
        """Raise the fault of the first message that has one, with all unconfirmed messages.

        Raises:
            BrokerError: a fresh one of the fault's class.
        """
        if not self._faults:
            return
        failed = sorted(self._faults)
        first = self._faults[failed[0]]
        count = f" ({len(failed)} of {len(self.messages)} messages were not confirmed)"
        raise type(first)(
            f"{_name(self.messages[failed[0]])}: {first}{count}",
            unconfirmed=tuple(self.messages[index] for index in failed),
        ) from first.__cause__


class Window:
    """What was sent and is not confirmed, and what waits for a free place. Batches take turns."""

    def __init__(self, messages: int, size: int, clock: Clock) -> None:
        """Allow `messages` messages of together `size` bytes; one larger message goes alone."""
        self._most = messages
        self._most_bytes = size
        self._clock = clock
        self._waiting: deque[Batch] = deque()
        self._sent: dict[int, tuple[Batch, int]] = {}
        self._bytes = 0
        self._last_tag = 0

    def __bool__(self) -> bool:
        """Tell whether anything is sent or waits."""
        return bool(self._sent or self._waiting)

    @property
    def idle(self) -> bool:
        """Tell whether no confirm is awaited."""
        return not self._sent

    def add(self, batch: Batch) -> None:
        """Let `batch` wait for its turn."""
        self._waiting.append(batch)

    def take(self) -> Message | None:
        """Return the next message to send, now counted as sent; None if none waits or the window is full."""
        if not self._waiting or len(self._sent) >= self._most:
            return None
        batch = self._waiting[0]
        message = batch.messages[batch.sent]
        if self._sent and self._bytes + len(message.body) > self._most_bytes:
            return None
        self._last_tag += 1
        self._sent[self._last_tag] = (batch, batch.sent)
        self._bytes += len(message.body)
        batch.sent += 1
        batch.touched = self._clock()
        self._waiting.popleft()
        if batch.sent < len(batch.messages):
            self._waiting.append(batch)
        return message

    def settled(self, tag: int, *, multiple: bool, accepted: bool) -> None:
        """Settle the message of `tag`, or all up to it, as the broker said."""
        # Tags rise in the order they were put in.
        tags = list(takewhile(lambda sent: sent <= tag, self._sent)) if multiple else [tag]
        fault = None if accepted else NackedError(_NACKED)
        for each in tags:
            self._settle(each, fault)

    def returned(self, exchange: str, routing_key: str, message_id: str | None, reply: str) -> None:
        """Settle the message that the broker could not route.

        A return precedes the confirm of its message but carries no tag. So every open message that
        looks the same is settled as unroutable: where that is wrong, a message goes out twice;
        guessing one of them could lose the other.
        """
        wanted = (exchange, routing_key, message_id)
        fault = UnroutableError(f"{_UNROUTABLE} ({reply})")
        for batch, index in self._sent.values():
            message = batch.messages[index]
            if (message.exchange, message.routing_key, message.message_id) == wanted:
                batch.settle(index, fault, self._clock())

    def restart(self, fault: BrokerError) -> None:
        """Fail every batch of which something is sent and not settled; the next tag is 1.

        For a channel that is gone: nobody knows what became of its messages.
        """
        for batch in {batch for batch, _ in self._sent.values()}:
            self.withdraw(batch, fault)
        self._sent.clear()
        self._bytes = 0
        self._last_tag = 0

    def fail_all(self, fault: BrokerError) -> None:
        """Fail everything, sent or waiting."""
        self.restart(fault)
        for batch in tuple(self._waiting):
            self.withdraw(batch, fault)

    def withdraw(self, batch: Batch, fault: BrokerError) -> None:
        """Fail what is open of `batch`, send no more of it, and free its places."""
        if batch in self._waiting:
            self._waiting.remove(batch)
        batch.fail(fault, self._clock())
        for tag in [tag for tag, (owner, _) in self._sent.items() if owner is batch]:
            self._settle(tag, fault)

    def _settle(self, tag: int, fault: BrokerError | None) -> None:
        entry = self._sent.pop(tag, None)
        if entry is None:
            return
        batch, index = entry
        self._bytes -= len(batch.messages[index].body)
        batch.settle(index, fault, self._clock())


def _name(message: Message) -> str:
    return (
        f"message {message.message_id or 'without id'} "
        f"to exchange {message.exchange!r} with routing key {message.routing_key!r}"
    )
