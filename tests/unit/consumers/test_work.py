"""Work on one batch: what applies stands for the rest, what fails stands alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.errors import (
    AmbiguousError,
    ConflictError,
    MisconfiguredError,
    PermanentError,
    TransientError,
    UnavailableError,
)
from consumers.policy import Dead, Done, Retry
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from consumers.work import StoppedError, process
from producers.errors import BrokerUnavailableError, ConfirmTimeoutError
from schemas.dead_letter import ATTEMPT, Reason
from schemas.event import Event
from tests.factories import profile, transition
from tests.unit.consumers.deliveries import (
    DONE,
    CarelessHandler,
    ScriptedHandler,
    by_tag,
    deliveries,
    delivery,
    numbers,
    seen,
    sighting,
    undecodable,
)
from tests.unit.consumers.plm import TEMPLATE, Plm


class Sleeps:
    """Sleeps without sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def stopped(_seconds: float) -> None:
    raise StoppedError


def fates(*events: Event, rule: dict[str, Verdict]) -> dict[int, object]:
    handler = ScriptedHandler(lambda one: rule.get(one.id, DONE))
    found = by_tag(process(deliveries(*events), handler, Sleeps()))
    return {tag: found[tag].outcome for tag in sorted(found)}


def test_the_newest_event_of_a_key_stands_for_the_others() -> None:
    handler = ScriptedHandler()

    found = by_tag(process(deliveries(seen("A", 1), seen("A", 3), seen("A", 2)), handler, Sleeps()))

    assert [[one.sequence[-1] for one in asked] for asked in handler.asked] == [["3"]]
    assert found[2].outcome == Done(Result.UPDATED)
    assert found[1].outcome == found[3].outcome == Done(Result.SUPERSEDED)


def test_events_of_many_keys_go_to_odoo_in_one_call() -> None:
    handler = ScriptedHandler()

    process(deliveries(*(seen(f"P-{number}") for number in range(100))), handler, Sleeps())

    assert [len(asked) for asked in handler.asked] == [100]


def test_when_the_newest_is_refused_the_next_of_its_key_gets_its_turn() -> None:
    refused = PermanentError(Reason.UNKNOWN_STATE, "what is 'Frozen'?")

    found = fates(seen("A", 1), seen("A", 2), seen("A", 3), rule={"A-3-1": refused})

    assert found == {1: Done(Result.SUPERSEDED), 2: Done(Result.UPDATED), 3: Dead(refused)}


def test_an_event_that_was_ignored_supersedes_none() -> None:
    ignored = Applied(Result.UNCHANGED, "ignored", supersedes=False)

    found = fates(seen("A", 1), seen("A", 2), seen("A", 3), rule={"A-3-1": ignored})

    assert found == {
        1: Done(Result.SUPERSEDED),
        2: Done(Result.UPDATED),
        3: Done(Result.UNCHANGED, "ignored"),
    }


def test_a_release_arrives_though_the_item_went_back_to_work_in_the_same_batch() -> None:
    odoo = Plm()
    handler = ProductHandler(odoo, odoo.schema, profile())
    at_work = seen("A", 2, transition=transition(to_state="In Work"), name="Half done")

    found = by_tag(process(deliveries(seen("A", 1), at_work), handler, Sleeps()))

    assert found[1].outcome == Done(Result.CREATED)
    assert found[2].outcome == Done(Result.UNCHANGED, "state 'In Work' is ignored")
    assert [one["name"] for one in odoo.records(TEMPLATE)] == ["Drive unit"]


def test_when_all_of_a_key_fail_each_has_its_own_outcome() -> None:
    refused, later = PermanentError(Reason.UNKNOWN_UNIT, "stones"), TransientError(Reason.FILE_MISSING, "x")

    found = fates(seen("A", 1), seen("A", 2), rule={"A-2-1": refused, "A-1-1": later})

    assert found[2] == Dead(refused)
    assert isinstance(found[1], Retry)


def test_a_refused_root_event_lets_the_sighting_create_its_stub() -> None:
    refused = PermanentError(Reason.UNKNOWN_UNIT, "stones")

    found = fates(seen("A", 1), sighting("A", 2), rule={"A-1-1": refused})

    assert found == {1: Dead(refused), 2: Done(Result.UPDATED)}


def test_the_attempt_of_each_delivery_counts_for_itself() -> None:
    later = TransientError(Reason.MISSING_PRODUCT, "not yet")
    batch = [delivery(seen(f"P-{n}"), n, headers={ATTEMPT: n}) for n in range(1, 7)]

    found = by_tag(process(batch, ScriptedHandler(lambda _: later), Sleeps()))

    outcomes = [found[n].outcome for n in range(1, 7)]
    names = [outcome.tier.name if isinstance(outcome, Retry) else "dead" for outcome in outcomes]
    assert names == ["5s", "30s", "2m", "10m", "1h", "dead"]


def test_a_message_that_is_no_event_is_dead_at_once_and_no_call_is_made_for_it() -> None:
    handler = ScriptedHandler()

    [settlement] = process([undecodable()], handler, Sleeps())

    assert isinstance(settlement.outcome, Dead)
    assert settlement.outcome.error.reason is Reason.NOT_JSON
    assert handler.asked == []


def test_messages_that_are_no_events_do_not_conflate_with_each_other() -> None:
    found = by_tag(process([undecodable(1), undecodable(2), *deliveries()], ScriptedHandler(), Sleeps()))

    assert [type(found[tag].outcome) for tag in (1, 2)] == [Dead, Dead]


def test_an_empty_batch_asks_nothing() -> None:
    handler = ScriptedHandler()

    assert process([], handler, Sleeps()) == []
    assert handler.asked == []


@pytest.mark.parametrize("bad", ["P-0", "P-37", "P-99"])
def test_one_refused_event_of_a_hundred_is_found_by_halving(bad: str) -> None:
    refused = PermanentError(Reason.REFUSED_BY_ODOO, "a cycle")
    handler = CarelessHandler(lambda one: refused if one.data.item.number == bad else None)

    settlements = process(deliveries(*(seen(f"P-{n}") for n in range(100))), handler, Sleeps())

    dead = [one for one in settlements if isinstance(one.outcome, Dead)]
    assert [(one.delivery.key, one.outcome) for one in dead] == [(f"Works.{bad}", Dead(refused))]
    assert len(settlements) == 100
    assert len(handler.asked) <= 2 * math.ceil(math.log2(100)) + 1


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_any_set_of_bad_events_is_told_from_the_good_ones(case: tuple[int, set[int]]) -> None:
    count, bad = case
    handler = CarelessHandler(
        lambda one: ZeroDivisionError("x") if int(one.data.item.number) in bad else None
    )

    found = by_tag(process(deliveries(*(seen(str(n)) for n in range(count))), handler, Sleeps()))

    assert {tag - 1 for tag, one in found.items() if isinstance(one.outcome, Retry)} == bad
    assert set(found) == set(range(1, count + 1))


def test_the_order_of_verdicts_survives_the_halving() -> None:
    def rule(one: Event) -> Verdict:
        return Applied(Result.UNCHANGED, one.data.item.number)

    class Handler(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Verdict]:
            verdicts = super().apply(events)
            if len(events) > 3:
                raise PermanentError(Reason.TOO_LARGE, "too many at once")
            return verdicts

    for one in process(deliveries(*(seen(f"P-{n}") for n in range(10))), Handler(rule), Sleeps()):
        assert isinstance(one.outcome, Done)
        assert one.delivery.key == f"Works.{one.outcome.note}"


def test_what_nobody_foresaw_is_retried_under_its_own_reason_and_keeps_its_cause() -> None:
    bug = KeyError("uom_id")
    handler = CarelessHandler(lambda one: bug if one.data.item.number == "B" else None)

    found = by_tag(process(deliveries(seen("A"), seen("B"), seen("C")), handler, Sleeps()))

    assert found[1].outcome == found[3].outcome == Done(Result.UPDATED)
    outcome = found[2].outcome
    assert isinstance(outcome, Retry)
    assert outcome.error.reason is Reason.UNFORESEEN
    assert str(outcome.error) == "KeyError: 'uom_id'"
    assert outcome.error.__cause__ is bug


def test_the_text_of_what_nobody_foresaw_is_cut() -> None:
    handler = CarelessHandler(lambda _: RuntimeError("x" * 100_000))

    [settlement] = process(deliveries(seen()), handler, Sleeps())

    assert isinstance(settlement.outcome, Retry)
    assert len(str(settlement.outcome.error)) <= 1000


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("connection refused"),
        MisconfiguredError("wrong password"),
        BrokerUnavailableError("gone"),
        ConfirmTimeoutError("no answer"),
        StoppedError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_when_the_world_is_down_nothing_is_decided_and_nothing_is_taken_apart(error: Exception) -> None:
    handler = ScriptedHandler()
    handler.raised = [error]

    with pytest.raises(type(error)):
        process([*deliveries(seen("A"), seen("B")), undecodable(3)], handler, Sleeps())

    assert len(handler.asked) == 1


def test_a_world_that_goes_down_in_the_middle_of_halving_decides_nothing() -> None:
    handler = ScriptedHandler()
    handler.raised = [PermanentError(Reason.REFUSED_BY_ODOO, "one of you"), UnavailableError("now gone")]

    with pytest.raises(UnavailableError):
        process(deliveries(seen("A"), seen("B")), handler, Sleeps())


@pytest.mark.parametrize("error", [ConflictError("busy"), AmbiguousError("lost")], ids=["conflict", "lost"])
def test_two_conflicts_or_lost_replies_cost_two_short_waits_and_no_attempt(error: TransientError) -> None:
    handler, sleeps = ScriptedHandler(), Sleeps()
    handler.raised = [error, error]

    [settlement] = process([delivery(headers={ATTEMPT: 2})], handler, sleeps)

    assert settlement.outcome == Done(Result.UPDATED)
    assert [numbers(asked) for asked in handler.asked] == [["BD-1000"]] * 3
    assert len(sleeps.slept) == 2
    assert max(sleeps.slept) <= 2


def test_a_lasting_conflict_goes_to_the_ladder() -> None:
    handler = ScriptedHandler(lambda _: DONE)
    handler.raised = [ConflictError("busy")] * 3

    [settlement] = process([delivery()], handler, Sleeps())

    assert isinstance(settlement.outcome, Retry)
    assert settlement.outcome.error.reason is Reason.CONFLICT


def test_a_stop_ends_the_wait_between_two_conflicts() -> None:
    handler = ScriptedHandler()
    handler.raised = [ConflictError("busy")]

    with pytest.raises(StoppedError):
        process([delivery()], handler, stopped)
