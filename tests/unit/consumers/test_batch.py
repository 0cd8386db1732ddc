"""Batches: when one is due, who shares a shard, who stands for whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.batch import conflate, due, shard_of
from consumers.delivery import Delivery
from schemas.event import Event
from tests.unit.consumers.deliveries import deliveries, seen, sighting

EVENTS = st.lists(
    st.builds(
        lambda make, number, version: make(number, version),
        st.sampled_from([seen, sighting]),
        st.sampled_from(["A", "B", "C"]),
        st.integers(0, 3),
    ),
    max_size=20,
)


def precedence(one: Delivery) -> tuple[int, str]:
    assert isinstance(one.content, Event)
    return one.content.precedence


@pytest.mark.parametrize(
    ("waiting", "age", "expected"),
    [
        (0, 0.0, False),
        (0, 99.0, False),
        (1, 0.0, False),
        (1, 0.049, False),
        (1, 0.05, True),
        (99, 0.0, False),
        (100, 0.0, True),
        (400, 0.0, True),
    ],
)
def test_a_batch_is_due_when_it_is_full_or_its_first_waited_long_enough(
    waiting: int, age: float, *, expected: bool
) -> None:
    assert due(waiting, age, size=100, linger=0.05) is expected


def test_without_linger_a_single_delivery_is_due_at_once() -> None:
    assert due(1, 0.0, size=100, linger=0.0)


@given(st.text(), st.integers(1, 32))
def test_an_item_always_has_the_same_shard(subject: str, shards: int) -> None:
    assert shard_of(subject, shards) == shard_of(subject, shards)
    assert 0 <= shard_of(subject, shards) < shards


def test_a_shard_is_the_same_in_every_process() -> None:
    assert [shard_of(subject, 8) for subject in ("", "BD-1000", "Blech 2 mm")] == [0, 2, 2]


def test_items_spread_over_shards() -> None:
    counts = [0] * 4
    for number in range(1000):
        counts[shard_of(f"BD-{number}", 4)] += 1

    assert min(counts) > 150


@given(EVENTS)
def test_conflating_neither_loses_nor_doubles_a_delivery(events: list[Event]) -> None:
    given_deliveries = deliveries(*events)

    groups = conflate(given_deliveries)

    assert sorted(one.tag for group in groups for one in group) == [one.tag for one in given_deliveries]


@given(EVENTS)
def test_each_key_has_one_group_and_each_group_one_key(events: list[Event]) -> None:
    keys = [{one.key for one in group} for group in conflate(deliveries(*events))]

    assert all(len(found) == 1 for found in keys)
    assert len({key for found in keys for key in found}) == len(keys)


@given(EVENTS)
def test_a_group_stands_in_order_of_precedence_and_of_equals_the_latest_first(events: list[Event]) -> None:
    for group in conflate(deliveries(*events)):
        ranked = sorted(group, key=lambda one: (precedence(one), one.tag), reverse=True)
        assert [one.tag for one in group] == [one.tag for one in ranked]


def test_a_root_event_beats_a_newer_sighting() -> None:
    [[first, second]] = conflate(deliveries(seen("A", 1), sighting("A", 9)))

    assert (first.tag, second.tag) == (1, 2)


def test_the_same_number_in_two_vaults_is_two_keys() -> None:
    other = seen("A").model_copy(update={"source": "/pdm/Other"})

    assert len(conflate(deliveries(seen("A"), other))) == 2
