"""Form batches: when one is due, which deliveries conflate, which shard an item belongs to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from consumers.delivery import Delivery
from schemas.event import Event


def shard_of(shard_key: str, shards: int) -> int:
    """Return the shard of an item, the same in every process: 0 … `shards` - 1."""
    return crc32(shard_key.encode()) % shards


def due(waiting: int, oldest_age: float, size: int, linger: float) -> bool:
    """Return whether a batch should start: it is full, or its first delivery waited `linger` seconds."""
    return waiting >= size or (waiting > 0 and oldest_age >= linger)


def conflate(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Group deliveries of events by key, each group in order of precedence, the one to apply first.

    Events carry the full state, so the first of a group stands for all. Of equal precedence, the
    one that came last wins.
    """
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.key, []).append(delivery)
    for group in groups.values():
        group.reverse()
        group.sort(key=_precedence, reverse=True)
    return list(groups.values())


def _precedence(delivery: Delivery) -> tuple[int, str]:
    content = delivery.content
    return content.precedence if isinstance(content, Event) else (0, "")
