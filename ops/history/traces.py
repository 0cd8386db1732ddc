"""What the two streams tell of one part number: events that arrived, and what was done with them.

A newcomer would get wrong that the log holds whatever was published, well-formed or not, and millions of
it: a message is decoded only when the number stands in its bytes, and one that cannot be decoded counts too.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from producers.log_stream import Logged, read
from schemas import settled
from schemas.event import Event, UndecodableError, decode
from schemas.keys import KeyParts, encode_part
from schemas.kinds import Consumer
from schemas.settings import BrokerSettings
from schemas.topology import LOG, RESULTS

MOST = 1000
"""Events kept in memory, the newest; and four times as many of what was done with them."""
_STEPS = 4
_UUID_WITH_TIME = 7


@dataclass(frozen=True)
class Question:
    """What is asked about."""

    number: str
    source: str | None
    """Of one vault only: `/pdm/<vault>`."""
    since: datetime
    kinds: tuple[Consumer, ...]
    parts: KeyParts

    def is_of_source(self, key: str) -> bool:
        """Tell whether `key` may be of the vault that is asked about."""
        if self.source is None:
            return True
        return key.startswith(encode_part(self.source.removeprefix("/pdm/")) + ".")


@dataclass(frozen=True)
class Arrival:
    """An event in the log."""

    offset: int
    id: str
    kind: str
    """The consumer it is for: product, bom or attachment."""
    key: str
    """Empty when the event cannot be decoded."""
    source: str
    time: datetime | None
    """Of the transition in the vault."""
    published: datetime | None
    """When the event was made, where its id tells."""
    state: str = ""
    revision: str = ""
    sequence: str = ""
    correlation_id: str = ""
    role: str = ""
    """Which file of the item."""
    rank: int = 1
    """0: the item was only seen as a component."""
    digest: str = ""
    fault: str = ""
    """Why it cannot be decoded."""


@dataclass(frozen=True)
class Step:
    """What a consumer did with an event, and when."""

    at: datetime
    consumer: str
    host: str
    settled: settled.Settled


@dataclass(frozen=True)
class Traces:
    """All that the streams tell, the oldest first."""

    arrivals: tuple[Arrival, ...]
    steps: tuple[Step, ...]
    dropped: int
    """How many older events there were besides."""
    elsewhere: tuple[str, ...] = ()
    """Other vaults that events of the number came from, when one vault is asked about."""


Say = Callable[[str, int, int], None]
"""Takes a stream, how many of its messages were read, and how many there are."""


def trace(settings: BrokerSettings, question: Question, say: Say) -> Traces:
    """Return what the streams hold of the number that is asked about.

    Raises:
        BrokerError: the broker is away, or refuses to have a stream read.
    """
    arrivals: deque[Arrival] = deque(maxlen=MOST)
    count = 0
    everywhere, elsewhere = replace(question, source=None), set[str]()
    for message in read(settings, LOG, question.since, lambda *counts: say(LOG, *counts)):
        arrival = arrived(message, everywhere)
        if arrival and question.source in (None, arrival.source):
            arrivals.append(arrival)
            count += 1
        elif arrival and arrival.source:
            elsewhere.add(arrival.source)
    steps: deque[Step] = deque(maxlen=_STEPS * MOST)
    ids = {arrival.id for arrival in arrivals if arrival.id}
    unnamed = {arrival.id for arrival in arrivals if arrival.fault and arrival.id}
    for message in read(settings, RESULTS, question.since, lambda *counts: say(RESULTS, *counts)):
        steps.extend(done(message, question, ids, unnamed))
    return Traces(tuple(arrivals), tuple(steps), count - len(arrivals), tuple(sorted(elsewhere)))


def arrived(message: Logged, question: Question) -> Arrival | None:
    """Return what `message` of the log says of the number; None when it is about another."""
    if not _mentions(message.body, (question.number,)):
        return None
    try:
        event = decode(message.body, question.parts)
    except UndecodableError as error:
        found = _undecodable(message, question, str(error))
    else:
        found = _decoded(message.offset, event) if event.subject == question.number else None
    if found is None or found.kind not in question.kinds or question.source not in (None, found.source):
        return None
    return found


def done(
    message: Logged, question: Question, ids: Collection[str], unnamed: Collection[str] = ()
) -> list[Step]:
    """Return what the record in `message` says of the number, or of the events `ids`.

    Those among them whose record cannot name the number are `unnamed`.
    """
    if not _mentions(message.body, (question.number, *unnamed)):
        return []
    record = settled.decode(message.body)
    if record is None or record.consumer not in question.kinds:
        return []
    return [
        Step(record.at, record.consumer, record.host, one)
        for one in record.settled
        if one.id in ids or (one.subject == question.number and question.is_of_source(one.key))
    ]


def _mentions(body: bytes, texts: Collection[str]) -> bool:
    """Tell whether one of `texts` may stand in `body`; JSON has other ways to write a character."""
    hidden = b"\\u" in body or b"\\/" in body
    return hidden or any(orjson.dumps(text)[1:-1] in body for text in texts)


def _decoded(offset: int, event: Event) -> Arrival:
    data = event.data
    consumer = event.kind.consumer
    transition, item = getattr(data, "transition", None), getattr(data, "item", None)
    return Arrival(
        offset=offset,
        id=event.id,
        kind=consumer.value if consumer else "",
        key=event.key,
        source=event.source,
        time=event.time,
        published=_made(event.id),
        state=transition.to_state if transition else "",
        revision=item.revision if item else "",
        sequence=event.sequence,
        correlation_id=event.correlationid,
        role=getattr(data, "role", ""),
        rank=data.rank,
        digest=event.digest,
    )


def _undecodable(message: Logged, question: Question, fault: str) -> Arrival | None:
    """Return what can be told of a message that no consumer takes, if it names the number as its own."""
    try:
        raw = orjson.loads(message.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(raw, dict) or question.number not in (raw.get("subject"), _item_number(raw)):
        return None
    identifier = str(raw.get("id") or message.message_id)
    return Arrival(
        offset=message.offset,
        # A consumer knows such a message by what AMQP says.
        id=message.message_id or identifier,
        # The routing key led it to its consumer, whatever it says of itself.
        kind=message.routing_key.split(".")[1],
        key="",
        source=str(raw.get("source") or ""),
        time=None,
        published=_made(identifier),
        sequence=str(raw.get("sequence") or ""),
        correlation_id=str(raw.get("correlationid") or ""),
        fault=fault,
    )


def _item_number(raw: dict[str, Any]) -> Any:
    data = raw.get("data")
    item = data.get("item") if isinstance(data, dict) else None
    return item.get("number") if isinstance(item, dict) else None


def _made(identifier: str) -> datetime | None:
    """Return when a UUIDv7 was made; None of any other id."""
    try:
        number = uuid.UUID(identifier)
    except ValueError:
        return None
    if number.version != _UUID_WITH_TIME:
        return None
    return datetime.fromtimestamp((number.int >> 80) / 1000, UTC)
