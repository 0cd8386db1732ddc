"""Outcome → what is published before the acknowledgement.

Confirm before ack: a crash in between doubles a message, which the fence makes harmless; the other
order loses it.
"""

from __future__ import annotations

import hashlib
import re
import traceback
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consumers.delivery import Delivery
from consumers.policy import Dead, Done, Outcome, Retry
from schemas import dead_letter, topology
from schemas.dead_letter import DeadLetter, cut
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.topology import Tier

_SHORT = 255
_SPREAD = 0.2
"""Share of a tier's time by which messages in it differ; more would keep those behind a longer one waiting.

Source: RabbitMQ, "Time-To-Live": messages expire at the head of their queue only.
"""
_LIST = re.compile(r"#(?:, #)*(?: and # more)?")
_VARIABLE = re.compile(r"'[^']*'|\"[^\"]*\"|\S*\d\S*")


@dataclass(frozen=True)
class Settlement:
    """One delivery and its outcome."""

    delivery: Delivery
    outcome: Outcome


def messages(
    settlements: Sequence[Settlement], consumer: Consumer, now: datetime, host: str
) -> list[Message]:
    """Return what must be confirmed by the broker before the settlements may be acknowledged."""
    return [
        _message(settlement.delivery, settlement.outcome, consumer, now, host)
        for settlement in settlements
        if not isinstance(settlement.outcome, Done)
    ]


def fingerprint(consumer: Consumer, reason: str, error_type: str, text: str) -> str:
    """Return what groups failures of one cause: numbers and quoted values do not count."""
    # Cut first: the pattern needs quadratic time, and a text may quote megabytes of a message.
    normal = _LIST.sub("#", _VARIABLE.sub("#", cut(text, dead_letter.MAX_MESSAGE)))
    return hashlib.sha256(f"{consumer}|{reason}|{error_type}|{normal}".encode()).hexdigest()[:16]


def _message(
    delivery: Delivery, outcome: Retry | Dead, consumer: Consumer, now: datetime, host: str
) -> Message:
    # Only headers of ours survive: RabbitMQ 3.10 interprets a published x-death and may drop the message.
    carried = {
        name: cut(value, dead_letter.MAX_HEADER) if isinstance(value, str) else value
        for name in dead_letter.CARRIED
        if isinstance(value := delivery.headers.get(name), str | int) and not isinstance(value, bool)
    }
    # A retry comes back through another exchange: the first one seen is the one to remember.
    carried.setdefault(dead_letter.ORIGINAL_EXCHANGE, cut(delivery.exchange, dead_letter.MAX_HEADER))
    carried.setdefault(dead_letter.ORIGINAL_ROUTING_KEY, cut(delivery.routing_key, dead_letter.MAX_HEADER))
    expiration: int | None = None
    if isinstance(outcome, Retry):
        expiration = _wait(delivery, outcome.tier)
        exchange, key = topology.RETRY, topology.retry_key(consumer, outcome.tier)
        carried.setdefault(dead_letter.FIRST_FAILED_AT, now.isoformat())
        carried[dead_letter.ATTEMPT] = delivery.attempt + 1
    else:
        exchange, key = topology.DEAD, consumer.value
        carried |= _record(delivery, outcome, consumer, now, host).headers()
    event = delivery.content if isinstance(delivery.content, Event) else None
    return Message(
        exchange=exchange,
        routing_key=key,
        body=delivery.body,
        # What was no UTF-8 has grown by its escapes; AMQP carries 255 bytes in these.
        content_type=cut(delivery.content_type or "application/octet-stream", _SHORT),
        message_id=event.id if event else cut(delivery.message_id or "", _SHORT) or None,
        correlation_id=event.correlationid if event else None,
        type=event.type if event else None,
        timestamp=event.timestamp if event else None,
        headers=carried,
        expiration=expiration,
    )


def _wait(delivery: Delivery, tier: Tier) -> int:
    """Return how many milliseconds `delivery` waits in `tier`: its whole time at most.

    What failed together, at a lock or a component, does not come back together. By the body, and not by
    chance: a retry that is published twice is one message.
    """
    share = zlib.crc32(delivery.body, delivery.attempt) / 2**32
    return int(tier.seconds * 1000 * (1 - _SPREAD * share))


def _record(delivery: Delivery, outcome: Dead, consumer: Consumer, now: datetime, host: str) -> DeadLetter:
    error = outcome.error
    cause = error.__cause__
    kind = type(cause or error).__name__
    return DeadLetter(
        consumer=consumer.value,
        reason=error.reason,
        error_type=kind,
        error_message=str(error),
        attempt=delivery.attempt,
        dead_at=now,
        first_failed_at=_first_failed(delivery, now),
        fingerprint=fingerprint(consumer, error.reason, kind, str(error)),
        host=host,
        error_stack="".join(traceback.format_exception(cause)) if cause else "",
    )


def _first_failed(delivery: Delivery, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(str(delivery.headers.get(dead_letter.FIRST_FAILED_AT)))
    except ValueError:
        return now
