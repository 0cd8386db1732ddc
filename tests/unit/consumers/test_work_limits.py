"""Taking a batch apart costs a bounded number of calls, whatever Odoo says."""

from __future__ import annotations

from collections import Counter

import pytest

from consumers.errors import (
    AmbiguousError,
    ConflictError,
    PermanentError,
    PipelineError,
    TransientError,
    UnavailableError,
)
from consumers.policy import Dead, Done, Retry
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


@pytest.mark.parametrize(("count", "calls"), [(3, 13), (10, 19), (100, 28)])
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


def failing(bad: dict[int, PipelineError]) -> CarelessHandler:
    """Return a handler that fails with `bad` on the events of these numbers."""
    return CarelessHandler(lambda one: bad.get(int(one.data.item.number[2:])))


@pytest.mark.parametrize(("one", "other"), [(7, 70), (0, 99), (0, 50), (3, 4), (49, 50), (98, 99)])
def test_two_events_that_lose_every_reply_do_not_hold_the_others(one: int, other: int) -> None:
    handler = failing({one: LOST, other: LOST})

    found = by_tag(process(deliveries(*HUNDRED), handler, at_once))

    done = [tag for tag, settlement in found.items() if isinstance(settlement.outcome, Done)]
    retried = {tag for tag, settlement in found.items() if isinstance(settlement.outcome, Retry)}
    assert {one + 1, other + 1} <= retried
    assert len(done) >= 49
    assert len(handler.asked) <= 45


def test_two_events_of_one_key_that_lose_every_reply_do_not_hold_the_others() -> None:
    older, newer = seen("P-7", 1), seen("P-7", 2)
    good = [one for one in HUNDRED if one.data.item.number != "P-7"]
    handler = failing({7: LOST})

    assert kinds([*good, older, newer], handler) == {Done: 99, Retry: 2}


def test_a_batch_that_was_answered_once_is_never_held_for_lost_replies() -> None:
    answered = CarelessHandler(lambda _: LOST)
    answered.raised = [PermanentError(Reason.REFUSED_BY_ODOO, "one of you")]

    assert kinds(HUNDRED, answered) == {Retry: 100}
    assert len(answered.asked) < 50


def test_conflicts_use_up_no_patience_with_refusals() -> None:
    cycle = PermanentError(Reason.REFUSED_BY_ODOO, "a cycle")
    handler = failing(dict.fromkeys(range(50), BUSY) | {77: cycle})

    found = by_tag(process(deliveries(*HUNDRED), handler, at_once))

    assert [tag for tag, one in found.items() if isinstance(one.outcome, Dead)] == [78]
    assert Counter(type(one.outcome) for one in found.values()) == {Retry: 50, Dead: 1, Done: 49}


@pytest.mark.parametrize("error", [KeyError("uom_id"), TransientError(Reason.UNFORESEEN, "no idea")])
def test_conflicts_use_up_no_patience_with_what_nobody_foresaw(error: Exception) -> None:
    def fault(one: Event) -> Exception | None:
        number = int(one.data.item.number[2:])
        return BUSY if number < 50 else error if number == 77 else None

    assert kinds(HUNDRED, CarelessHandler(fault)) == {Retry: 51, Done: 49}


@pytest.mark.parametrize(("count", "bad"), [(100, (0, 1)), (100, (0, 2)), (3, (0, 1)), (10, (0, 1))])
def test_two_events_that_lose_every_reply_hold_nobody_wherever_they_stand(
    count: int, bad: tuple[int, int]
) -> None:
    assert kinds(HUNDRED[:count], failing(dict.fromkeys(bad, LOST)))[Done] > 0
