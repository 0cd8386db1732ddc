"""Each turn of a scenario is another, and the peers do the same."""

from __future__ import annotations

from collections import Counter

import pytest

from ops.bench.alike import compare
from ops.bench.errors import BenchError
from ops.bench.scenarios import NAIVE, PIPELINE, Mix, Scenario, scenarios, standing_products
from schemas.kinds import Consumer

MIXED = Scenario("products, mixed", Mix(2, 3, 5), 100, 10)
NEW_BOMS = Scenario("BOMs of 3 lines, new", Mix(new=10), 10, 2, lines=3)


def test_a_mix_is_of_the_shares_that_were_asked_for() -> None:
    events = MIXED.events(PIPELINE, 1, 100)

    kinds = Counter(event.subject.removeprefix(MIXED.stem(PIPELINE))[0] for event in events)
    assert kinds == {"N": 20, "C": 30, "U": 50}
    assert MIXED.expected(100) == {"created": 20, "updated": 30, "unchanged": 50}
    assert len({event.key for event in events}) == 100


def test_what_changes_has_a_higher_version_each_turn_and_what_does_not_stays_equal() -> None:
    first, second = ({event.key: event for event in MIXED.events(PIPELINE, turn, 100)} for turn in (1, 2))
    standing = {event.key: event for event in MIXED.standing(PIPELINE, 100)}

    changed = {key for key in standing if f"{MIXED.stem(PIPELINE)}C" in first[key].subject}
    assert len(changed) == 30
    assert all(standing[key].sequence < first[key].sequence < second[key].sequence for key in changed)
    assert all(standing[key].digest == second[key].digest for key in standing.keys() - changed)
    assert len(first.keys() & second.keys()) == 80


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: one.name)
def test_the_naive_consumer_gets_some_of_what_the_pipeline_gets(scenario: Scenario) -> None:
    def items(who: str, size: int) -> set[str]:
        return {event.subject.removeprefix(scenario.stem(who)) for event in scenario.events(who, 7, size)}

    assert items(NAIVE, scenario.few) <= items(PIPELINE, scenario.size)


def test_new_boms_need_their_parents_first() -> None:
    parents = NEW_BOMS.parents(PIPELINE, 1, 10)

    assert {event.kind.consumer for event in parents} == {Consumer.PRODUCT}
    assert {event.subject for event in parents} == {e.subject for e in NEW_BOMS.events(PIPELINE, 1, 10)}
    assert standing_products(NEW_BOMS, PIPELINE, 10) == []


@pytest.mark.parametrize(
    ("naive", "pipeline"),
    [("a", {"1": "b"}), ("[]", {"1": "[]"}), ("a", {})],
    ids=["another value", "nothing by either", "nothing by the pipeline"],
)
def test_a_difference_between_naive_and_pipeline_ends_the_benchmark(
    naive: str, pipeline: dict[str, str]
) -> None:
    with pytest.raises(BenchError, match="of 1, the pipeline"):
        compare({"1": naive}, pipeline, MIXED)


def test_an_equal_result_is_accepted() -> None:
    compare({"1": "a"}, {"1": "a", "2": "b"}, MIXED)
