"""The budget: how many calls Odoo gets per second and at once.

All consumers of a process share one connection, hence one budget. A newcomer would get wrong that a
semaphore is not fair: a thread that has just had its turn may overtake those that wait.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from schemas.odoo_settings import OdooServerSettings

_CLOUD = ".odoo.com"
"""Source: Odoo Cloud Acceptable Use Policy: one call per second, no parallel calls."""


class Budget:
    """Turns at Odoo, first come first served. Safe to share between threads."""

    def __init__(
        self,
        per_second: float | None,
        parallel: int | None,
        waited: Callable[[float], object] = lambda _seconds: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Allow `per_second` calls a second and `parallel` at once, None being unlimited.

        `waited` is told the seconds that each call waited for its turn.
        """
        self._interval = 1 / per_second if per_second else 0.0
        self._parallel = parallel
        self._waited = waited
        self._clock = clock
        self._sleep = sleep or threading.Event().wait
        self._turns = threading.Condition()
        self._queue: deque[object] = deque()
        self._running = 0
        self._next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it while the context is open."""
        asked = self._clock()
        self._sleep_until(self._taken())
        self._waited(self._clock() - asked)
        try:
            yield
        finally:
            with self._turns:
                self._running -= 1
                self._turns.notify_all()

    def _taken(self) -> float:
        """Return when the call may start, once one may run at all."""
        ticket = object()
        with self._turns:
            self._queue.append(ticket)
            self._turns.wait_for(lambda: self._queue[0] is ticket and self._free())
            self._queue.popleft()
            self._running += 1
            start = max(self._clock(), self._next)
            self._next = start + self._interval
            self._turns.notify_all()
        return start

    def _free(self) -> bool:
        return self._parallel is None or self._running < self._parallel

    def _sleep_until(self, start: float) -> None:
        if (seconds := start - self._clock()) > 0:
            self._sleep(seconds)


def limits(settings: OdooServerSettings) -> tuple[float | None, int | None]:
    """Return calls per second and calls at once: as set, else what the host allows."""
    cloud = (urlsplit(str(settings.url)).hostname or "").rstrip(".").endswith(_CLOUD)
    return (
        settings.calls_per_second or (1.0 if cloud else None),
        settings.parallel_calls or (1 if cloud else None),
    )
