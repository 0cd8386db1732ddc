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

from consumers.work import StoppedError
from schemas.odoo_settings import OdooServerSettings

_CLOUD = ".odoo.com"
"""Source: Odoo Cloud Acceptable Use Policy: one call per second, no parallel calls."""
_HEARING = 0.2
"""Longest time in seconds until a call in the queue hears of a stop."""


class Budget:
    """Turns at Odoo, first come first served. Safe to share between threads."""

    def __init__(
        self,
        per_second: float | None,
        parallel: int | None,
        waited: Callable[[float], object] = lambda _seconds: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Allow `per_second` calls a second and `parallel` at once, None being unlimited.

        `waited` is told the seconds that each call waited for its turn. `stop` ends every wait.
        """
        self._interval = 1 / per_second if per_second else 0.0
        self._parallel = parallel
        self._waited = waited
        self._clock = clock
        self._stop = stop or threading.Event()
        self._sleep = sleep or self._stop.wait
        self._turns = threading.Condition()
        self._queue: deque[object] = deque()
        self._running = 0
        self._next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it while the context is open.

        Raises:
            StoppedError: it would have to be waited for, and the process stops.
        """
        asked = self._clock()
        start = self._taken()
        try:
            self._sleep_until(start)
            self._waited(self._clock() - asked)
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
            try:
                while not self._turns.wait_for(lambda: self._queue[0] is ticket and self._free(), _HEARING):
                    self._heed()
                self._running += 1
            finally:
                self._queue.remove(ticket)
                self._turns.notify_all()
            start = max(self._clock(), self._next)
            self._next = start + self._interval
        return start

    def _free(self) -> bool:
        return self._parallel is None or self._running < self._parallel

    def _sleep_until(self, start: float) -> None:
        if (seconds := start - self._clock()) > 0:
            self._sleep(seconds)
            self._heed()

    def _heed(self) -> None:
        if self._stop.is_set():
            raise StoppedError


def limits(settings: OdooServerSettings) -> tuple[float | None, int | None]:
    """Return calls per second and calls at once: as set, else what the host allows."""
    cloud = (urlsplit(str(settings.url)).hostname or "").rstrip(".").endswith(_CLOUD)
    return (
        settings.calls_per_second or (1.0 if cloud else None),
        settings.parallel_calls or (1 if cloud else None),
    )
