"""The breaker: whether Odoo can be worked with, and with how many batches at once.

::

    closed ──the world is down──▶ open ──Odoo answers──▶ ramp: 1, 2, 4, 8 batches at once ──▶ closed
                                   ▲                       │
                                   └──the world is down────┘

One per Odoo host and process: what one consumer finds out spares all others the question. A newcomer would
get wrong who asks while it is open: one of those that wait, with the cheapest call there is, and never with a
batch; and that a login which Odoo refuses cannot be asked for like that: then one batch is the question.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from consumers.errors import DeniedError, MisconfiguredError, UnavailableError
from consumers.work import StoppedError
from schemas.metrics import Metrics

LONGEST_PAUSE = 30.0
"""Seconds between two questions whether Odoo answers, at most: so much later than Odoo we are back."""
PAUSE_FOR_A_PERSON = 60.0
"""A wrong password is not hammered: each try costs Odoo about a second of a worker."""
_RAMP = (1, 2, 4, 8)
_LOOK = 0.1
"""Seconds between two looks of one that waits for its turn."""


class Breaker:
    """Turns for batches at one Odoo. Safe to share between threads."""

    def __init__(
        self,
        probe: Callable[[], object],
        metrics: Metrics,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Ask `probe`, which raises while Odoo does not answer; `stop` ends every wait.

        `clock` says monotonic seconds, `chance` numbers from 0 to 1.
        """
        self._probe = probe
        self._metrics = metrics
        self._stop = stop
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._limit: int | None = None
        """Batches that may run at once; None while closed."""
        self._running = 0
        self._trips = 0
        """Tells batches apart: how one ends that began before the last trip says nothing of now."""
        self._ask_at = 0.0
        self._asking = False
        self._failures = 0
        self._why: UnavailableError | None = None
        """What was wrong last."""

    @contextmanager
    def turn(self, waits: Callable[[BaseException], object]) -> Iterator[None]:
        """Wait until a batch may be worked on, and learn from how it ends.

        `waits` is told why the batch has to wait, as often as it looks and may not be worked on.

        Raises:
            StoppedError: the process stops.
        """
        while (since := self._admitted()) is None:
            if self._why:
                waits(self._why)
            if self._stop.wait(_LOOK):
                raise StoppedError
            if self._may_ask():
                self._ask()
        failure: UnavailableError | None = None
        try:
            yield
        except MisconfiguredError as error:
            # Odoo works, and keeps one consumer from something. A login is that of all.
            failure = error if isinstance(error, DeniedError) else None
            raise
        except UnavailableError as error:
            failure = error
            raise
        finally:
            self._ended(failure, since)

    def _admitted(self) -> int | None:
        with self._lock:
            if self._limit is not None and self._running >= self._limit:
                return None
            self._running += 1
            return self._trips

    def _may_ask(self) -> bool:
        with self._lock:
            may = self._limit == 0 and not self._asking and self._clock() >= self._ask_at
            self._asking |= may
            return may

    def _ask(self) -> None:
        """Let one batch try when Odoo answers, or when only a batch can tell."""
        failure: UnavailableError | None = None
        try:
            if not isinstance(self._why, DeniedError):
                self._probe()
        except UnavailableError as error:
            failure = error
        finally:
            with self._lock:
                self._asking = False
                if failure:
                    self._put_off(failure)
                else:
                    self._limit = _RAMP[0]

    def _ended(self, failure: UnavailableError | None, since: int) -> None:
        with self._lock:
            if since != self._trips:
                return
            self._running -= 1
            if failure is None:
                self._passed()
            else:
                self._limit = self._running = 0
                self._trips += 1
                self._metrics.breaker_trips.inc()
                self._metrics.breaker_open.set(1)
                self._put_off(failure)

    def _passed(self) -> None:
        if self._limit is None:
            return
        # Already with the first: on a quiet day the next batches may be hours away.
        self._metrics.breaker_open.set(0)
        if self._limit == _RAMP[-1]:
            self._limit = None
            self._failures = 0
        else:
            self._limit *= 2

    def _put_off(self, failure: UnavailableError) -> None:
        self._why = failure
        self._failures += 1
        # Full jitter: many processes that lost one Odoo must not come back together.
        pause = self._chance() * min(LONGEST_PAUSE, 2.0 ** min(self._failures, 10))
        if isinstance(failure, DeniedError):
            pause = PAUSE_FOR_A_PERSON
        self._ask_at = self._clock() + max(pause, failure.retry_after)
