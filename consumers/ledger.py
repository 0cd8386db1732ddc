"""Which deliveries are settled, and up to where that has no gap: one ack for many. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class Ledger:
    """The delivery tags of one channel, in the order they came."""

    def __init__(self) -> None:
        self._open: deque[int] = deque()
        self._settled: set[int] = set()

    def __len__(self) -> int:
        """Return how many deliveries are not acknowledged."""
        return len(self._open)

    def beyond_the_gap(self) -> list[int]:
        """Return the settled deliveries that wait for an earlier one, in order."""
        return sorted(self._settled)

    def received(self, tag: int) -> None:
        """Note a delivery; tags rise on a channel."""
        self._open.append(tag)

    def settle(self, tags: Iterable[int]) -> int | None:
        """Note settled deliveries; return the tag up to which all may be acknowledged, if it moved."""
        self._settled.update(tags)
        last: int | None = None
        while self._open and self._open[0] in self._settled:
            last = self._open.popleft()
            self._settled.discard(last)
        return last
