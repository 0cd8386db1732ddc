"""A delivery: one message in hand, decoded once, with what is needed to settle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consumers.errors import PermanentError
from schemas import dead_letter
from schemas.event import Event, UndecodableError, decode
from schemas.keys import KeyParts

_MAX_ATTEMPT = 1_000_000


@dataclass(frozen=True, eq=False)
class Delivery:
    """One message from a work queue."""

    tag: int
    """Delivery tag; means nothing outside its `generation` of the connection."""
    generation: int
    body: bytes
    headers: Mapping[str, Any]
    message_id: str | None
    exchange: str
    routing_key: str
    content_type: str | None
    received_at: float
    """Monotonic seconds."""
    content: Event | PermanentError
    """The event, or why the body is none."""

    @property
    def attempt(self) -> int:
        """Return which attempt this is, from 1."""
        found = self.headers.get(dead_letter.ATTEMPT)
        # A bool is an int to Python and none to AMQP.
        if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= _MAX_ATTEMPT:
            return int(found)
        return 1

    @property
    def key(self) -> str:
        """Return the event's key; empty when there is no event."""
        return self.content.key if isinstance(self.content, Event) else ""

    @property
    def shard_key(self) -> str:
        """Return what deliveries are kept in order by: the item's number, or its key where numbers change.

        The number is wider than the key: two items that claim one are never worked on at the same time.
        Where the key outlives the number, the order of one item's events matters more.
        """
        event = self.content
        if not isinstance(event, Event):
            return ""
        return event.item_key if event.key_parts is KeyParts.VAULT_OBJECT else event.subject


def content_of(body: bytes, entity: str, parts: KeyParts = KeyParts.NUMBER) -> Event | PermanentError:
    """Return the event in `body`, or why it is none that the consumer of `entity` can take.

    Its keys are made of `parts`.
    """
    try:
        event = decode(body, parts)
    except UndecodableError as error:
        return PermanentError(error.reason, str(error))
    if event.kind.consumer is None or event.kind.consumer.value != entity:
        return PermanentError(
            dead_letter.Reason.UNKNOWN_TYPE,
            f"type {event.type!r} came to the queue of {entity}, which does not take it",
        )
    return event
