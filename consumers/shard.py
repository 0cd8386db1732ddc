"""A shard: the deliveries of a share of all keys, worked on one batch at a time.

Only the I/O thread touches a shard, except for the thread that runs its batch. One batch at a time
per shard is what keeps the events of one key in order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from consumers.delivery import Delivery

Batch = Sequence[Delivery]


class Shard:
    """Deliveries that wait, and one thread that works."""

    def __init__(
        self, name: str, work: Callable[[Batch], None], finished: Callable[[Finished], None]
    ) -> None:
        self.waiting: deque[Delivery] = deque()
        self.busy = False
        self._work = work
        self._finished = finished
        self._handed: SimpleQueue[Batch] = SimpleQueue()
        # A daemon: a call to Odoo that outlives the grace period must not keep the process alive.
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def start(self, size: int) -> None:
        """Hand the next batch of at most `size` deliveries to the thread."""
        self.busy = True
        self._handed.put([self.waiting.popleft() for _ in range(min(size, len(self.waiting)))])

    def _run(self) -> None:
        while True:
            batch = self._handed.get()
            error: BaseException | None = None
            try:
                self._work(batch)
            except BaseException as caught:  # noqa: BLE001 - the I/O thread decides what it means
                error = caught
            self._finished(Finished(self, batch, error))


class Finished:
    """A batch that a shard is done with: settled, or ended by an error."""

    def __init__(self, shard: Shard, batch: Batch, error: BaseException | None) -> None:
        self.shard = shard
        self.batch = batch
        self.error = error
