"""Record what was settled in `pdm.results`, for whoever asks later: one message per batch.

A newcomer would get wrong what a record may cost: nothing. Workers only hand it over, and a thread of its
own waits for the broker: a confirm takes as long as some percent of a batch, and nobody needs it. So an
acknowledgement may overtake its record, and a crash may lose one or, at a lost confirm, double one; both
are harmless, for a record explains and decides nothing. It has a publisher of its own too: a refused
record closes the channel, which must not fail the retries and dead letters of others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, Self

import structlog

from consumers.policy import Dead, Done, Outcome, Retry
from consumers.settle import Settlement
from producers.errors import BrokerError
from schemas import settled
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.settled import BatchSettled, Fate, Settled

log = structlog.get_logger()

MOST = 500
"""Records that wait while the broker takes none, at 25 KB each; then the oldest are dropped."""
_PUBLISH_SECONDS = 10.0
_LAST_SECONDS = 2.0
"""How long a stop waits for the last records."""
_PAUSE_SECONDS = 10.0

_OUTCOMES: Mapping[type[Outcome], Fate] = {Done: "done", Retry: "retry", Dead: "dead_letter"}


class PublishesInTime(Protocol):
    """What a recorder needs of a publisher."""

    def publish(self, messages: Sequence[Message], timeout: float | None = None) -> None:
        """Return when the broker has confirmed all `messages`; raise BrokerError after `timeout` seconds."""


class Recorder:
    """Records the settlements of all consumers of a process; publishes while its context is open."""

    def __init__(self, publisher: PublishesInTime, host: str) -> None:
        self._publisher = publisher
        self._host = host
        self._waiting: deque[BatchSettled] = deque(maxlen=MOST)
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def record(self, consumer: Consumer, settlements: Sequence[Settlement], now: datetime) -> None:
        """Hand over what became of one batch; returns at once."""
        self._waiting.append(
            BatchSettled(consumer.value, self._host, now, tuple(_settled(one) for one in settlements))
        )
        self._wake.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._wake.set()
        self._thread.join(2 * _LAST_SECONDS)

    def _run(self) -> None:
        troubled = False
        while not self._closing.is_set():
            self._wake.wait()
            self._wake.clear()
            failed = not self._published(_PUBLISH_SECONDS, quiet=troubled)
            if failed:
                self._closing.wait(_PAUSE_SECONDS)
                self._wake.set()
            elif troubled:
                log.info("results recorded again")
            troubled = failed
        self._published(_LAST_SECONDS, quiet=False)

    def _published(self, seconds: float, *, quiet: bool) -> bool:
        """Publish what waits; tell whether nothing is left to try again."""
        records = [self._waiting.popleft() for _ in range(len(self._waiting))]
        messages = [settled.to_message(one) for one in records]
        try:
            self._publisher.publish(messages, timeout=seconds)
        except BrokerError as error:
            left = _unconfirmed(records, messages, error)
            room = MOST - len(self._waiting)
            self._waiting.extendleft(reversed(left[-room:] if room else []))
            if not quiet:
                log.warning("results not recorded", error=str(error), batches=len(left))
            return False
        except Exception:
            # Whatever it is, the next records may pass, and work goes on in any case.
            log.exception("results not recorded", batches=len(records))
        return True


def _unconfirmed(
    records: Sequence[BatchSettled], messages: Sequence[Message], error: BrokerError
) -> Sequence[BatchSettled]:
    """Return the `records` that are not known to be with the broker: all, where `error` names none."""
    # One by one: two records may be equal, and a message holds a dictionary.
    open_ = {id(message) for message in error.unconfirmed}
    left = [one for one, message in zip(records, messages, strict=True) if id(message) in open_]
    return left or records


def _settled(settlement: Settlement) -> Settled:
    delivery, outcome = settlement.delivery, settlement.outcome
    event = delivery.content if isinstance(delivery.content, Event) else None
    return Settled(
        id=event.id if event else settled.text(delivery.message_id or ""),
        subject=event.subject if event else "",
        key=delivery.key,
        sequence=event.sequence if event else "",
        attempt=delivery.attempt,
        outcome=_OUTCOMES[type(outcome)],
        result=outcome.result.value if isinstance(outcome, Done) else "",
        tier=outcome.tier.name if isinstance(outcome, Retry) else "",
        reason="" if isinstance(outcome, Done) else outcome.error.reason.value,
        text=settled.text(outcome.note if isinstance(outcome, Done) else str(outcome.error)),
    )
