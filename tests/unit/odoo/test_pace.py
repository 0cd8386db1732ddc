"""While Odoo refuses rows, calls carry fewer of them."""

from __future__ import annotations

from consumers.odoo.pace import LEAST, MOST, Pace
from consumers.odoo.records import create_once
from tests.fakes import FakeOdoo

MODEL = "product.template"


def rows(start: int, count: int) -> list[dict[str, str]]:
    return [{"id": f"x.{number}", "name": str(number)} for number in range(start, start + count)]


def test_a_refusal_halves_the_next_call_down_to_a_least() -> None:
    pace = Pace()

    for expected in (50, LEAST, LEAST):
        pace.refused()
        assert pace.rows == expected


def test_calls_that_pass_bring_it_back_up_to_a_most() -> None:
    pace = Pace()
    pace.refused()

    for _ in range(10):
        pace.passed()
    assert pace.rows == MOST


def test_the_batch_after_a_refusal_goes_in_halves_and_the_others_of_the_refused_one_at_once() -> None:
    odoo, pace = FakeOdoo(), Pace()
    odoo.refuse("x.7", "a rule of an added module")

    first = create_once(odoo, MODEL, rows(0, 100), pace=pace)
    assert [len(call.arguments["data"]) for call in odoo.calls] == [100, 99]
    create_once(odoo, MODEL, rows(100, 100), pace=pace)

    assert [isinstance(one, int) for one in first].count(False) == 1
    assert [len(call.arguments["data"]) for call in odoo.calls[2:]] == [50, 50]
