"""A doubted model is read anew at once for the first doubt, then once a minute; none is forgotten."""

from __future__ import annotations

import pytest

from consumers.odoo.doubts import AGAIN_AFTER, Doubts

NOW = 1_772_400_000.0
MODEL = "mrp.bom"


@pytest.fixture
def doubts() -> Doubts:
    """Doubts of which one was cast and answered just now."""
    doubts = Doubts()
    doubts.cast([MODEL], NOW)
    assert doubts.answer(MODEL, NOW)
    return doubts


def test_what_nobody_doubts_is_not_due_and_its_reading_answers_nothing() -> None:
    assert not Doubts().due(MODEL, NOW)
    assert not Doubts().answer(MODEL, NOW)


def test_a_first_doubt_is_due_at_once_until_it_is_answered() -> None:
    doubts = Doubts()
    doubts.cast([MODEL], NOW)
    assert doubts.due(MODEL, NOW)

    doubts.answer(MODEL, NOW)

    assert not doubts.due(MODEL, NOW + AGAIN_AFTER)


def test_the_next_one_is_put_off_and_not_forgotten(doubts: Doubts) -> None:
    doubts.cast([MODEL], NOW + 1)

    assert not doubts.due(MODEL, NOW + 2)
    assert doubts.due(MODEL, NOW + AGAIN_AFTER)


def test_a_flood_puts_nothing_off_for_ever(doubts: Doubts) -> None:
    for second in range(1, int(AGAIN_AFTER)):
        doubts.cast([MODEL], NOW + second)
        assert not doubts.due(MODEL, NOW + second)

    assert doubts.due(MODEL, NOW + AGAIN_AFTER)


def test_a_first_doubt_while_odoo_answers_something_else_is_due_at_once() -> None:
    doubts = Doubts()
    doubts.cast([MODEL], NOW + 1)

    assert not doubts.answer(MODEL, NOW), "asked before the doubt"
    assert doubts.due(MODEL, NOW + 1)


def test_a_doubt_while_the_answer_to_another_is_on_its_way_stays(doubts: Doubts) -> None:
    doubts.cast([MODEL], NOW + AGAIN_AFTER)
    doubts.cast([MODEL], NOW + AGAIN_AFTER + 1)

    assert doubts.answer(MODEL, NOW + AGAIN_AFTER)
    assert not doubts.due(MODEL, NOW + AGAIN_AFTER + 2)
    assert doubts.due(MODEL, NOW + 2 * AGAIN_AFTER)


def test_a_clock_that_is_set_back_puts_nothing_off(doubts: Doubts) -> None:
    doubts.cast([MODEL], NOW - 3600)

    assert doubts.due(MODEL, NOW - 3600)


def test_one_model_says_nothing_of_another(doubts: Doubts) -> None:
    doubts.cast(["mrp.bom.line"], NOW)

    assert not doubts.due(MODEL, NOW + AGAIN_AFTER)
