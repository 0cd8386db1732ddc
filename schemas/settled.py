"""What was done with events: one record per batch, which consumers publish to `pdm.results`.

A newcomer would get wrong that nothing depends on these records: they explain (`pdm-odoo history`), and
one may be missing or there twice. What happened is in Odoo and in the queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from schemas import topology
from schemas.dead_letter import MAX_MESSAGE, cut
from schemas.message import Message

TYPE = "pdm.batch.settled.v1"
"""Type of the record, and its routing key."""
CONTENT_TYPE = "application/json"

Fate = Literal["done", "retry", "dead_letter"]


@dataclass(frozen=True, slots=True)
class Settled:
    """How one delivery was settled. What does not apply is empty."""

    id: str
    """Id of the event; of a message that is none, what it said its id is."""
    subject: str
    key: str
    sequence: str
    attempt: int
    outcome: Fate
    result: str = ""
    """Of `done`: created, updated, unchanged, stale or superseded."""
    tier: str = ""
    """Of `retry`: in which tier it waits."""
    reason: str = ""
    """Of `retry` and `dead_letter`."""
    text: str = ""
    """The error, or what a person should know of a result."""


@dataclass(frozen=True, slots=True)
class BatchSettled:
    """The deliveries of one batch, settled together."""

    consumer: str
    host: str
    at: AwareDatetime
    settled: tuple[Settled, ...]


SHAPE = TypeAdapter(BatchSettled)


def text(words: str) -> str:
    """Return `words` as a record carries them: bounded, and without what is no UTF-8."""
    return cut(words, MAX_MESSAGE)


def to_message(record: BatchSettled) -> Message:
    """Return `record` as a message for `pdm.results`."""
    return Message(
        exchange=topology.RESULTS,
        routing_key=TYPE,
        # orjson writes dataclasses itself: a microsecond per event, where a model would take twenty.
        body=orjson.dumps(record),
        content_type=CONTENT_TYPE,
        type=TYPE,
        timestamp=int(record.at.timestamp()),
    )


def decode(body: bytes) -> BatchSettled | None:
    """Return the record in `body`, or None if it is none: others may publish to the exchange too."""
    try:
        return SHAPE.validate_json(body)
    except ValidationError:
        return None
