"""Work on one batch: conflate, apply, take apart what fails, decide. No broker, no settling.

::

    batch ─▶ groups by key ─▶ first of each ─▶ handler ─▶ done: the rest of the group is superseded
                  ▲                                └────▶ failed: outcome for the first;
                  └── the rest of the group ◀────────────  the next of the group gets its turn
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

import tenacity

from consumers.batch import conflate
from consumers.delivery import Delivery
from consumers.errors import AmbiguousError, ConflictError, PermanentError, TransientError, UnavailableError
from consumers.mapping.order import twice
from consumers.odoo.own_fields import DIGEST, SEQUENCE
from consumers.policy import Done, decide
from consumers.results import Applied, Handler, Result, Verdict
from consumers.settle import Settlement
from producers.errors import BrokerError
from schemas.dead_letter import Reason
from schemas.event import Event

Sleep = Callable[[float], None]


class StoppedError(Exception):
    """The consumer stops; the batch stays with the broker."""


def process(deliveries: Sequence[Delivery], handler: Handler, sleep: Sleep) -> list[Settlement]:
    """Apply `deliveries`, those of one key in order of precedence; return one settlement for each.

    Raises:
        UnavailableError, BrokerError: the world is down; nothing is decided, all may be processed again.
        StoppedError: `sleep` raised it.
    """
    settlements = [
        _settlement(delivery, delivery.content)
        for delivery in deliveries
        if isinstance(delivery.content, PermanentError)
    ]
    groups = conflate([delivery for delivery in deliveries if isinstance(delivery.content, Event)])
    isolation = _Isolation(handler, sleep, len(groups))
    while groups:
        verdicts = isolation.verdicts([cast("Event", group[0].content) for group in groups])
        remaining: list[list[Delivery]] = []
        for (first, *others), verdict in zip(groups, verdicts, strict=True):
            settlements.append(_settlement(first, verdict))
            if isinstance(verdict, Applied) and verdict.supersedes:
                settlements += [_superseded(other, first, verdict) for other in others]
            elif others:
                # What would have been superseded is the best we have now; the fence keeps the order.
                remaining.append(others)
        groups = remaining
    return settlements


def isolated(events: Sequence[Event], handler: Handler, sleep: Sleep) -> list[Verdict]:
    """Let `handler` apply `events`, each of another key; what fails is taken apart as in a batch.

    Raises: as `process`.
    """
    return _Isolation(handler, sleep, len(events)).verdicts(events)


def _settlement(delivery: Delivery, verdict: Verdict) -> Settlement:
    return Settlement(delivery, decide(verdict, delivery.attempt))


def _superseded(other: Delivery, first: Delivery, verdict: Applied) -> Settlement:
    """Settle what `first` stands for; another content of the same sequence is not passed over in silence."""
    event, applied = cast("Event", other.content), cast("Event", first.content)
    note = ""
    # Of sightings only one creates the stub, and it does not matter which. What is stale applied nothing.
    if event.precedence == applied.precedence and event.data.rank and verdict.result is not Result.STALE:
        note = twice(event, {SEQUENCE: applied.sequence, DIGEST: applied.digest})
    return Settlement(other, Done(Result.SUPERSEDED, note, warns=bool(note)))


class _Isolation:
    """Finds the events at fault in a failing batch. One per batch, for its tries are counted."""

    def __init__(self, handler: Handler, sleep: Sleep, size: int) -> None:
        self._handler = handler
        self._sleep = sleep
        # Enough to find one event that kills Odoo's worker, by halving with three tries each.
        self._tries_left = 3 * (size.bit_length() + 2)
        self._answered = False

    def verdicts(self, events: Sequence[Event]) -> list[Verdict]:
        """Return one verdict per event; a failure of the whole call is traced to the events at fault.

        Halving costs about 2·log2(n) calls for one bad event among n, the larger parts first: so a good
        part is soon found. Handlers read before they write, so events that were applied in a failed
        half are found unchanged the second time.
        """
        found: dict[int, Verdict] = {}
        parts = deque([range(len(events))])
        while parts:
            part = parts.popleft()
            verdicts = self._tried(events[part.start : part.stop])
            if verdicts is None:
                middle = len(part) // 2
                parts += (part[:middle], part[middle:])
            else:
                found.update(zip(part, verdicts, strict=True))
        return [found[index] for index in range(len(events))]

    def _tried(self, events: Sequence[Event]) -> Sequence[Verdict] | None:
        """Return one verdict per event; None when the call failed and its parts have to be tried."""
        failure: PermanentError | TransientError
        try:
            return self._persistent(events)
        except (UnavailableError, BrokerError, StoppedError):
            raise
        except (ConflictError, AmbiguousError) as error:
            if self._tries_left < 0:
                return [error for _ in events]
            failure = error
        except (PermanentError, TransientError) as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not take the other events with it
            failure = _unforeseen(error)
        return [failure] if len(events) == 1 else None

    def _persistent(self, events: Sequence[Event]) -> Sequence[Verdict]:
        """Apply, at once again when another transaction interfered or the reply was lost."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(3),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=2),
            retry=tenacity.retry_if_exception(self._may_pass),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._applied, events)

    def _may_pass(self, error: BaseException) -> bool:
        return isinstance(error, ConflictError | AmbiguousError) and self._tries_left >= 0

    def _applied(self, events: Sequence[Event]) -> Sequence[Verdict]:
        try:
            verdicts = self._handler.apply(events)
        except AmbiguousError as error:
            self._tries_left -= 1
            if self._tries_left < 0 and not self._answered:
                raise UnavailableError(f"{error}; and so were all replies before it") from error
            raise
        except ConflictError:
            self._tries_left -= 1
            self._answered = True
            raise
        except (PermanentError, TransientError):
            self._answered = True
            raise
        self._answered = True
        return verdicts


def _unforeseen(error: Exception) -> TransientError:
    failure = TransientError(Reason.UNFORESEEN, f"{type(error).__name__}: {error}"[:1000])
    failure.__cause__ = error
    return failure
