"""Tell of settlements: metrics, one INFO line per batch, a WARNING per retry, an ERROR per dead letter.

What a person should know of an event that was applied is said too, as a WARNING where he should act.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from consumers.errors import MisconfiguredError
from consumers.policy import Dead, Done, Retry
from consumers.results import Result
from consumers.settle import Settlement
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.metrics import Metrics

log = structlog.get_logger()

_RESULTS = frozenset(result.value for result in Result)


class Report:
    """The voice of one consumer."""

    def __init__(self, consumer: Consumer, metrics: Metrics) -> None:
        self._consumer = consumer.value
        self._metrics = metrics
        self._event_age = metrics.event_age.labels(self._consumer)
        self._lock = threading.Lock()
        self._holding: set[int] = set()
        """Threads of shards that hold."""

    def settled(self, settlements: Sequence[Settlement], seconds: float, now: datetime) -> None:
        """Count and log the settlements of one batch that took `seconds`."""
        counts: Counter[str] = Counter()
        for settlement in settlements:
            counts[self._one(settlement, now)] += 1
        for name, count in counts.items():
            labels = ("done", name) if name in _RESULTS else (name, "")
            self._metrics.settled.labels(self._consumer, *labels).inc(count)
        self._metrics.batch_size.labels(self._consumer).observe(len(settlements))
        self._metrics.batch_duration.labels(self._consumer).observe(seconds)
        self._metrics.last_success.labels(self._consumer).set(now.timestamp())
        log.info("batch settled", consumer=self._consumer, seconds=round(seconds, 3), **counts)

    def held(self, why: BaseException) -> None:
        """Say that the consumer waits: nothing is lost and no attempt is spent."""
        with self._lock:
            self._holding.add(threading.get_ident())
            self._metrics.held.labels(self._consumer).set(1)
        # Only a person can mend a login or a right; all else passes by itself.
        say = log.error if isinstance(why, MisconfiguredError) else log.warning
        say("held", consumer=self._consumer, error=str(why))

    def resumed(self) -> None:
        """Say that the wait is over."""
        with self._lock:
            self._holding.discard(threading.get_ident())
            self._metrics.held.labels(self._consumer).set(int(bool(self._holding)))
        log.info("resumed", consumer=self._consumer)

    def _one(self, settlement: Settlement, now: datetime) -> str:
        """Log one settlement where it asks for a line; return the name that it counts under."""
        outcome = settlement.outcome
        if isinstance(outcome, Done):
            content = settlement.delivery.content
            if isinstance(content, Event) and outcome.result is not Result.SUPERSEDED:
                age = max(0.0, (now - content.time).total_seconds())
                self._event_age.observe(age)
            if outcome.note:
                say = log.warning if outcome.warns else log.info
                fields = self._fields(settlement)
                say("event noted", result=outcome.result.value, note=outcome.note, **fields)
            return outcome.result.value
        reason, fields = outcome.error.reason.value, self._fields(settlement)
        if isinstance(outcome, Retry):
            self._metrics.retried.labels(self._consumer, outcome.tier.name).inc()
            log.warning("retry", tier=outcome.tier.name, reason=reason, error=str(outcome.error), **fields)
            return "retry"
        self._metrics.dead_lettered.labels(self._consumer, reason).inc()
        log.error("dead letter", reason=reason, error=str(outcome.error), **fields, **_trace(outcome))
        return "dead_letter"

    def _fields(self, settlement: Settlement) -> dict[str, Any]:
        delivery = settlement.delivery
        fields: dict[str, Any] = {"consumer": self._consumer, "attempt": delivery.attempt}
        if isinstance(delivery.content, Event):
            event = delivery.content
            fields |= {"key": event.key, "event_id": event.id, "correlation_id": event.correlationid}
        else:
            fields["message_id"] = delivery.message_id
        return fields


def _trace(outcome: Dead) -> dict[str, Any]:
    """Return the traceback of a failure that nobody foresaw: only that one is ours to mend."""
    cause = outcome.error.__cause__
    return {"exc_info": cause} if cause and outcome.error.reason.value == "unforeseen" else {}
