"""The ledger: one acknowledgement for many, never beyond a gap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consumers.ledger import Ledger


def ledger(*tags: int) -> Ledger:
    found = Ledger()
    for tag in tags:
        found.received(tag)
    return found


@st.composite
def settlings(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """Return how many deliveries came, and in which portions they were settled."""
    count = draw(st.integers(0, 30))
    order = draw(st.permutations(range(1, count + 1)))
    portions: list[list[int]] = []
    rest = list(order)
    while rest:
        size = draw(st.integers(1, len(rest)))
        portions.append(rest[:size])
        rest = rest[size:]
    return count, portions


@given(settlings())
def test_every_delivery_is_acknowledged_once_and_never_before_it_is_settled(
    case: tuple[int, list[list[int]]],
) -> None:
    count, portions = case
    found = ledger(*range(1, count + 1))
    settled: set[int] = set()
    acknowledged = 0

    for portion in portions:
        settled.update(portion)
        up_to = found.settle(portion)
        if up_to is not None:
            assert up_to > acknowledged
            assert set(range(1, up_to + 1)) <= settled
            acknowledged = up_to
        # As far as there is no gap, and no less far.
        assert acknowledged + 1 not in settled

    assert (acknowledged, len(found)) == (count, 0)


def test_nothing_is_acknowledged_before_the_first_gap_closes() -> None:
    found = ledger(1, 2, 3)

    assert found.settle([2, 3]) is None
    assert len(found) == 3
    assert found.settle([1]) == 3
    assert len(found) == 0


def test_tags_need_not_follow_each_other() -> None:
    found = ledger(4, 9, 17)

    assert [found.settle([4]), found.settle([17]), found.settle([9])] == [4, None, 17]


def test_settling_nothing_moves_nothing() -> None:
    assert ledger(1).settle([]) is None


def test_what_is_settled_beyond_a_gap_is_known_until_the_gap_closes() -> None:
    ledger = Ledger()
    for tag in range(1, 6):
        ledger.received(tag)

    assert ledger.settle([5, 3]) is None
    assert ledger.beyond_the_gap() == [3, 5]

    assert ledger.settle([1, 2]) == 3
    assert ledger.beyond_the_gap() == [5]
