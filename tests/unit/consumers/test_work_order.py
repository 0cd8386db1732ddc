"""Events of one sequence in one batch: one that came twice is nothing to tell, two that differ are told."""

from __future__ import annotations

import pytest

from consumers.policy import Done
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from consumers.work import process
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import profile
from tests.unit.consumers.deliveries import DONE, ScriptedHandler, by_tag, deliveries, seen, sighting
from tests.unit.consumers.plm import TEMPLATE, Plm

OTHER = f"another event of sequence {from_version(3)} was applied before, with other content"
TOLD = Done(Result.SUPERSEDED, OTHER, warns=True)
PLAIN = Done(Result.SUPERSEDED)


def outcomes(*events: Event, verdict: Verdict = DONE) -> list[object]:
    found = by_tag(process(deliveries(*events), ScriptedHandler(lambda _: verdict), lambda _: None))
    return [found[tag].outcome for tag in sorted(found)]


def test_another_content_of_the_sequence_that_was_applied_is_told() -> None:
    found = outcomes(seen("A", 3, name="One"), seen("A", 2), seen("A", 3, name="Two"))

    assert found == [TOLD, PLAIN, Done(Result.UPDATED)]


def test_an_event_that_came_twice_in_one_batch_is_plainly_superseded() -> None:
    assert outcomes(seen("A", 3), seen("A", 3)) == [PLAIN, Done(Result.UPDATED)]


def test_equal_content_of_another_sequence_is_plainly_superseded() -> None:
    assert outcomes(seen("A", 2, name="One"), seen("A", 3, name="Two")) == [PLAIN, Done(Result.UPDATED)]


def test_sightings_of_one_component_in_two_parents_are_nothing_to_tell() -> None:
    found = outcomes(sighting("A", 3, name="One"), sighting("A", 3, name="Two"))

    assert found == [PLAIN, Done(Result.UPDATED)]


def test_where_the_last_one_is_stale_nothing_was_applied_before() -> None:
    stale = Applied(Result.STALE, "Odoo holds sequence 9")

    found = outcomes(seen("A", 3, name="One"), seen("A", 3, name="Two"), verdict=stale)

    assert found == [PLAIN, Done(Result.STALE, "Odoo holds sequence 9")]


@pytest.mark.parametrize("together", [True, False])
def test_the_last_of_equal_sequence_stands_and_one_of_them_is_told(*, together: bool) -> None:
    odoo = Plm()
    handler = ProductHandler(odoo, odoo.schema, profile())
    events = deliveries(seen("A", 3, name="One"), seen("A", 3, name="Two"))
    batches = [events] if together else [[one] for one in events]

    found = [one.outcome for batch in batches for one in process(batch, handler, lambda _: None)]

    assert [one["name"] for one in odoo.records(TEMPLATE)] == ["Two"]
    told = [one for one in found if isinstance(one, Done) and one.warns]
    assert [one.note for one in told] == [OTHER]
