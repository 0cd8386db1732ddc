"""Record what was settled in `pdm.results`, for whoever asks later: one message per batch.

A newcomer would get wrong what a record may cost: nothing. It is published before the acknowledgement,
so that a crash doubles it instead of losing it, and after what the acknowledgement needs. It has a
publisher of its own, so that a refused record never fails or delays a retry or a dead letter; and
after one that failed none is tried for a minute, so that a stream that is away costs no throughput.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from consumers.policy import Dead, Done, Outcome, Retry
from consumers.settle import Settlement
from schemas import settled
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.settled import BatchSettled, Fate, Settled

log = structlog.get_logger()

LONGEST = 1.0
"""Seconds that a batch waits for the confirm of its record. RabbitMQ takes half a millisecond."""
REST = 60.0
"""Seconds without records after one that failed."""

_OUTCOMES: Mapping[type[Outcome], Fate] = {Done: "done", Retry: "retry", Dead: "dead_letter"}


class PublishesInTime(Protocol):
    """What a recorder needs of a publisher."""

    def publish(self, messages: Sequence[Message], timeout: float | None = None) -> None:
        """Return when the broker has confirmed all `messages`; raise after `timeout` seconds."""


class Recorder:
    """Records the settlements of one consumer. Safe to share between its shards."""

    def __init__(
        self,
        consumer: Consumer,
        publisher: PublishesInTime,
        host: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer.value
        self._publisher = publisher
        self._host = host
        self._clock = clock
        self._rests_until = 0.0

    def record(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Publish one record of `settlements`; whatever goes wrong is logged and never raised."""
        if self._clock() < self._rests_until:
            return
        try:
            batch = BatchSettled(self._consumer, self._host, now, tuple(map(_settled, settlements)))
            self._publisher.publish([settled.to_message(batch)], timeout=LONGEST)
        except Exception as error:  # noqa: BLE001 - a record must not stop what it tells of
            self._rests_until = self._clock() + REST
            log.warning(
                "results not recorded",
                consumer=self._consumer,
                error=f"{type(error).__name__}: {error}",
                pause_seconds=REST,
            )


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
