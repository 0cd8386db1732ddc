"""Taking a batch apart costs a bounded number of calls, whatever Odoo says."""

from __future__ import annotations

from collections import Counter

import pytest

from consumers.errors import AmbiguousError, ConflictError, TransientError, UnavailableError
from consumers.policy import Done, Retry
from consumers.results import Result
from consumers.work import process
from schemas.dead_letter import Reason
from schemas.event import Event
from tests.unit.consumers.deliveries import CarelessHandler, by_tag, deliveries, seen

LOST, BUSY = AmbiguousError("the reply was lost"), ConflictError("busy")
HUNDRED = [seen(f"P-{number}") for number in range(100)]


def at_once(_seconds: float) -> None:
    return None


def kinds(events: list[Event], handler: CarelessHandler) -> Counter[type]:
    found = by_tag(process(deliveries(*events), handler, at_once))
    assert len(found) == len(events)
    return Counter(type(one.outcome) for one in found.values())


@pytest.mark.parametrize(("count", "calls"), [(3, 10), (10, 18), (100, 27)])
def test_replies_that_are_always_lost_hold_the_batch_after_few_calls(count: int, calls: int) -> None:
    handler = CarelessHandler(lambda _: LOST)

    with pytest.raises(UnavailableError, match="the reply was lost; and so were all replies before it"):
        kinds(HUNDRED[:count], handler)

    assert len(handler.asked) <= calls


@pytest.mark.parametrize(("count", "calls"), [(1, 3), (2, 9)])
def test_of_one_or_two_events_nobody_can_tell_whether_they_are_at_fault(count: int, calls: int) -> None:
    handler = CarelessHandler(lambda _: LOST)

    assert kinds(HUNDRED[:count], handler) == {Retry: count}
    assert len(handler.asked) == calls


@pytest.mark.parametrize("error", [LOST, BUSY], ids=["lost", "conflict"])
@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 100])
def test_the_one_event_that_never_gets_a_reply_is_isolated_wherever_it_stands(
    count: int, error: TransientError
) -> None:
    for bad in {0, count // 3, count // 2, count - 1}:
        handler = CarelessHandler(
            lambda one, bad=bad: error if one.data.item.number == f"P-{bad}" else None  # type: ignore[misc]
        )

        found = dict(by_tag(process(deliveries(*HUNDRED[:count]), handler, at_once)))

        outcome = found.pop(bad + 1).outcome
        assert isinstance(outcome, Retry)
        assert outcome.error.reason is Reason.CONFLICT
        assert all(one.outcome == Done(Result.UPDATED) for one in found.values())


def test_conflicts_without_end_send_all_to_the_ladder_after_few_calls() -> None:
    handler = CarelessHandler(lambda _: BUSY)

    assert kinds(HUNDRED, handler) == {Retry: 100}
    assert len(handler.asked) < 50


def test_a_held_batch_has_all_its_tries_again_the_next_time() -> None:
    away = True
    handler = CarelessHandler(lambda one: LOST if away or one.data.item.number == "P-99" else None)
    with pytest.raises(UnavailableError):
        kinds(HUNDRED, handler)

    away = False

    assert kinds(HUNDRED, handler) == {Done: 99, Retry: 1}
