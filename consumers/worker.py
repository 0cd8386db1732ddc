"""The worker side of a consumer: from a batch to confirmed settlements, on a thread that may wait.

While the world is down a worker holds its batch: the deliveries stay unacknowledged, no attempt is
spent, and the broker keeps everything else. The I/O thread goes on serving heartbeats meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import tenacity

from consumers.breaker import PAUSE_FOR_A_PERSON
from consumers.delivery import Delivery
from consumers.errors import DeniedError, MisconfiguredError, PipelineError, UnavailableError
from consumers.recorder import Recorder
from consumers.report import Report
from consumers.results import Handler
from consumers.settle import messages
from consumers.work import StoppedError, process
from producers.errors import BrokerError
from producers.patience import LONGEST_PAUSE
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.message import Message

T = TypeVar("T")

_BACKOFF = tenacity.wait_random_exponential(multiplier=1, max=LONGEST_PAUSE)


class Publishes(Protocol):
    """What a worker needs of a publisher."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Return when the broker has confirmed all `messages`; raise BrokerError otherwise."""


class Turns(Protocol):
    """What a worker needs of a breaker."""

    def turn(self, waits: Callable[[BaseException], object]) -> AbstractContextManager[None]:
        """Wait until Odoo can be worked with; see `consumers.breaker`."""


@dataclass(frozen=True)
class Worker:
    """Everything a batch needs on its way. Shared by the shards of one consumer."""

    consumer: Consumer
    handler: Handler
    publisher: Publishes
    report: Report
    recorder: Recorder
    breaker: Turns
    stop: threading.Event
    now: Callable[[], datetime]
    host: str
    key_parts: KeyParts
    """What the profile makes keys of."""

    def prepare(self) -> None:
        """Return when Odoo can be worked with, however long that takes.

        Raises:
            StoppedError: the consumer was told to stop meanwhile.
        """
        self._patiently(self._prepared)

    def _prepared(self) -> None:
        try:
            self.handler.prepare()
        except PipelineError as error:
            # No message is involved yet: whatever Odoo says, it cannot work now.
            raise UnavailableError(str(error)) from error

    def work(self, batch: Sequence[Delivery]) -> None:
        """Apply `batch` and get its retries and dead letters confirmed; then it may be acknowledged.

        Raises:
            StoppedError: the consumer was told to stop while holding.
        """
        started = time.monotonic()
        settlements = self._patiently(lambda: process(batch, self.handler, self._sleep))
        outgoing = messages(settlements, self.consumer, self.now(), self.host)
        if outgoing:
            self._patiently(lambda: self._publish(outgoing), at_odoo=False)
        self.recorder.record(self.consumer, settlements, self.now())
        self.report.settled(settlements, time.monotonic() - started, self.now())

    def _publish(self, outgoing: list[Message]) -> None:
        """Publish `outgoing`; after a failure only what is not confirmed is left in it."""
        try:
            self.publisher.publish(outgoing)
        except BrokerError as error:
            outgoing[:] = error.unconfirmed or outgoing
            raise

    def _patiently(self, action: Callable[[], T], *, at_odoo: bool = True) -> T:
        """Return what `action` returns, holding for as long as the world is down.

        What works `at_odoo` waits for its turn there.
        """
        held: list[BaseException] = []

        def hold(why: BaseException) -> None:
            held.append(why)
            self.report.held(why)

        def waits(why: BaseException) -> None:
            if not held:
                hold(why)

        def tried() -> T:
            with self.breaker.turn(waits) if at_odoo else nullcontext():
                return action()

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((UnavailableError, BrokerError)),
            wait=_pause,
            sleep=self._sleep,
            before_sleep=lambda state: hold(_error(state)),
        )
        result = retrying(tried)
        if held:
            self.report.resumed()
        return result

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise StoppedError


def _error(state: tenacity.RetryCallState) -> BaseException:
    assert state.outcome  # noqa: S101 - tenacity asks only after an attempt
    error = state.outcome.exception()
    assert error  # noqa: S101 - and only after a failed one
    return error


def _pause(state: tenacity.RetryCallState) -> float:
    error = _error(state)
    if isinstance(error, BrokerError):
        return _BACKOFF(state)
    if isinstance(error, MisconfiguredError) and not isinstance(error, DeniedError):
        return PAUSE_FOR_A_PERSON
    return 0.0  # the breaker waits
