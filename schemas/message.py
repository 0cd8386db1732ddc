"""A message: an envelope as bytes, with what the broker needs to carry it. Knows nothing of pika."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BODY = 8 * 1024 * 1024
"""Largest body in bytes: a BOM of 5,000 lines with twenty attributes each has about 6 MiB.

RabbitMQ 4 refuses 16 MiB.
"""


@dataclass(frozen=True)
class Message:
    """What is published: where to, the body byte for byte, and the properties."""

    exchange: str
    routing_key: str
    body: bytes
    content_type: str = "application/octet-stream"
    message_id: str | None = None
    correlation_id: str | None = None
    type: str | None = None
    timestamp: int | None = None
    """Seconds since 1970."""
    headers: Mapping[str, str | int] = field(default_factory=dict)
    expiration: int | None = None
    """Milliseconds in a queue, where that of the queue is not shorter."""
