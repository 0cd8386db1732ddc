"""The envelope: CloudEvents 1.0 in structured JSON mode, and how it becomes bytes and back.

A newcomer would get wrong that `subject` is the item's number for people, while the *key* is
computed from `source` and `data` on both sides: a consumer never trusts a key it was handed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas import keys
from schemas.bom import Bom, BomLine
from schemas.dead_letter import MAX_MESSAGE, Reason, cut
from schemas.keys import KeyParts
from schemas.kinds import BY_TYPE, NAMES, Kind
from schemas.message import MAX_BODY, Message
from schemas.sequence import Sequence

M = TypeVar("M", bound=BaseModel)

CONTENT_TYPE = "application/cloudevents+json"

Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]


class EventData(Protocol):
    """What every data model offers beside its fields."""

    @property
    def subject(self) -> str:
        """What people know it by."""

    @property
    def subkey(self) -> tuple[str, ...]:
        """Further parts of the key, where one item has several events of the kind at a time."""

    @property
    def rank(self) -> int:
        """Precedence before the sequence: higher supersedes lower."""

    def identity(self, parts: KeyParts) -> tuple[str, ...]:
        """Return the parts of the item's key within the source.

        Raises:
            MissingPartError: one of `parts` is not there.
        """


class Envelope(BaseModel):
    """The CloudEvents attributes we use; `data` is checked against the kind afterwards."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Annotated[str, StringConstraints(pattern=r"^/pdm/[^/\x00-\x1f]{1,64}$")]
    type: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str | None = None
    sequence: Sequence
    partitionkey: Annotated[str, StringConstraints(max_length=1024)] = ""
    correlationid: Id
    causationid: Id | None = None
    traceparent: Annotated[str, StringConstraints(max_length=64)] | None = None
    data: Any = Field(default=None)


class Event(Envelope):
    """One event of a known kind: an envelope whose `data` is an instance of the kind's model."""

    data: Any
    key_parts: Annotated[KeyParts, Field(exclude=True)] = KeyParts.NUMBER
    """What the key is made of: the consumer's profile says it, never the message."""

    @property
    def kind(self) -> Kind:
        """Return the kind, by type."""
        return BY_TYPE[self.type]

    # Remembered: a consumer asks for the key some twenty times on the way of one event.
    @cached_property
    def key(self) -> str:
        """Return the key: encoded, unique over all sources, the same in every revision."""
        return keys.key(self.source, *self.data.identity(self.key_parts), *self.data.subkey)

    @cached_property
    def item_key(self) -> str:
        """Return the key of the item itself, without the role of a file."""
        return keys.key(self.source, *self.data.identity(self.key_parts))

    def component_key(self, line: BomLine) -> str:
        """Return the key of the component on `line`: it comes from the same vault."""
        return keys.key(self.source, *keys.identity(line, self.key_parts))

    @cached_property
    def digest(self) -> str:
        """Return 16 hexadecimal digits that differ, between two events of one key, when their data differ.

        Two events of one sequence with equal data are one event that came twice.
        """
        content = self.data.model_dump_json(exclude_none=True)
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()

    @property
    def timestamp(self) -> int:
        """Return the time for AMQP, seconds since 1970: unsigned, while Windows' unset date is in 1601."""
        return max(0, int(self.time.timestamp()))

    @property
    def precedence(self) -> tuple[int, str]:
        """Return what orders the events of one key: rank first, then sequence."""
        return (self.data.rank, self.sequence)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the fields of `update`, which remembers nothing of this event."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class UndecodableError(ValueError):
    """A message that is no event of ours. `reason` says which rule it broke."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def new_event(
    kind: Kind,
    data: EventData,
    *,
    event_id: str,
    source: str,
    time: datetime,
    sequence: str,
    correlationid: str,
    causationid: str | None = None,
) -> Event:
    """Return a complete event of `kind` around `data`, an instance of the kind's model.

    Raises:
        pydantic.ValidationError: an attribute breaks its rule (e.g. a source without a vault).
    """
    return Event(
        id=event_id,
        source=source,
        type=kind.type,
        subject=data.subject,
        time=time,
        dataschema=kind.dataschema,
        sequence=sequence,
        partitionkey=keys.key(source, data.subject),
        correlationid=correlationid,
        causationid=causationid,
        data=data,
    )


def encode(event: Event) -> bytes:
    """Return the event as structured JSON, without absent attributes."""
    return orjson.dumps(event.model_dump(mode="json", exclude_none=True))


def decode(body: bytes, parts: KeyParts = KeyParts.NUMBER) -> Event:
    """Return the event in `body`, whose key, and those of its components, are made of `parts`.

    Raises:
        UndecodableError: with the first rule that `body` breaks, in the order size, JSON, envelope,
            type, major version, data, subject, key.
    """
    if len(body) > MAX_BODY:
        raise UndecodableError(Reason.TOO_LARGE, f"body of {len(body)} bytes; at most {MAX_BODY} are allowed")
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UndecodableError(Reason.NOT_JSON, f"body is not JSON: {error}") from error
    if isinstance(raw, dict):
        # Ours to say, whatever the message says; and what is not there is a fault of the data.
        raw = {"data": None, **raw, "key_parts": parts}
    event = _validated(Event, raw, Reason.INVALID_ENVELOPE)
    data = _validated(_kind(event.type).model, event.data, Reason.INVALID_DATA)
    if event.subject != data.subject:
        raise UndecodableError(
            Reason.INVALID_DATA,
            f"subject {event.subject!r} is not the item of the data, {data.subject!r}",
        )
    # The event is frozen for all who get it; building another would cost as much as reading it did.
    event.__dict__["data"] = data
    _check_keys(event)
    return event


def to_message(event: Event, exchange: str) -> Message:
    """Return the event as a message for `exchange`, its attributes mirrored into AMQP properties.

    The mirror lets the broker's own pages show what a message is.
    """
    return Message(
        exchange=exchange,
        routing_key=event.type,
        body=encode(event),
        content_type=CONTENT_TYPE,
        message_id=event.id,
        correlation_id=event.correlationid,
        type=event.type,
        timestamp=event.timestamp,
    )


def _kind(event_type: str) -> Kind:
    kind = BY_TYPE.get(event_type)
    if kind is not None:
        return kind
    name, _, version = event_type.rpartition(".v")
    if name in NAMES and version.isdecimal():
        known = sorted(k.type for k in BY_TYPE.values() if k.name == name)
        raise UndecodableError(
            Reason.UNKNOWN_VERSION, f"version {version} of {name}; known: {', '.join(known)}"
        )
    raise UndecodableError(
        Reason.UNKNOWN_TYPE, f"type {event_type!r} is unknown; known: {', '.join(sorted(BY_TYPE))}"
    )


def _check_keys(event: Event) -> None:
    """Refuse what cannot be told from other items, so that asking for a key never fails afterwards."""
    place = "item"
    try:
        size = len(event.key)
        for line in event.data.lines if isinstance(event.data, Bom) else ():
            place = f"line {line.position}"
            keys.identity(line, event.key_parts)
    except keys.MissingPartError as error:
        raise UndecodableError(Reason.INVALID_DATA, f"{place}: {error}") from error
    if size > keys.MAX_KEY:
        raise UndecodableError(
            Reason.INVALID_DATA, f"its key would have {size} bytes; at most {keys.MAX_KEY} are allowed"
        )


def _validated(model: type[M], raw: Any, reason: Reason) -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise UndecodableError(reason, explain(error)) from error


def explain(error: ValidationError, limit: int = 3) -> str:
    """Return the first `limit` faults of `error` on one line: field, rule, value."""
    faults = error.errors(include_url=False, include_context=False)
    parts = [
        f"{'.'.join(map(str, fault['loc'])) or 'message'}: {fault['msg']} (got {str(fault['input'])[:80]!r})"
        for fault in faults[:limit]
    ]
    if len(faults) > limit:
        parts.append(f"and {len(faults) - limit} more")
    return cut("; ".join(parts), MAX_MESSAGE)
