"""What an attempt leaves that ended between two calls, and how many calls a building takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from consumers.errors import AmbiguousError, PermanentError, UnavailableError
from consumers.odoo.own_fields import DIGEST, KEY, SEQUENCE
from consumers.odoo.units import MIN_AGE_SECONDS, UnitCache
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item
from tests.unit.consumers.plm import BOM, LINE, UNIT, Plm
from tests.unit.consumers.structures import Line, apply, built, result, structure, works

MORE: tuple[Line, ...] = (("P", 3), ("Q", 1))
BUILD = "mrp.bom.web_save_multi"


@pytest.fixture
def odoo() -> Plm:
    return works()


@contextmanager
def down_after(odoo: Plm, calls: int, method: str) -> Iterator[None]:
    """Let Odoo answer `method` that often, and then no more."""
    with pytest.MonkeyPatch.context() as patch:
        known = odoo.call

        def call(model: str, name: str, **arguments: Any) -> Any:
            if f"{model}.{name}" == method and odoo.methods().count(method) == calls:
                raise UnavailableError("connection refused")
            return known(model, name, **arguments)

        patch.setattr(odoo, "call", call)
        yield


def written(odoo: Plm) -> list[set[str]]:
    """Return the fields written to headers of BOMs, per record."""
    return [
        set(values)
        for call in odoo.calls
        if f"{call.model}.{call.method}" == BUILD
        for values in call.arguments["vals_list"]
    ]


def test_after_a_lost_reply_to_the_lines_the_next_attempt_still_tells_the_bom(odoo: Plm) -> None:
    number = built(odoo)
    odoo.lose_reply("web_save_multi")
    with pytest.raises(AmbiguousError):
        apply(odoo, structure(version=2, lines=MORE))
    assert odoo.methods()[-1] == "mrp.bom.line.web_save_multi"

    apply(odoo, structure(version=2, lines=MORE))

    assert odoo.components(number) == [(1, "P", 3.0), (2, "Q", 1.0)]
    assert written(odoo) == [{SEQUENCE, DIGEST, "product_qty"}]


@pytest.mark.parametrize("version", [2, 3], ids=["the same event", "a newer event"])
def test_after_a_crash_between_lines_and_bom_the_next_attempt_still_tells_the_bom(
    odoo: Plm, version: int
) -> None:
    built(odoo)
    with down_after(odoo, 0, BUILD), pytest.raises(UnavailableError):
        apply(odoo, structure(version=2, lines=MORE))
    assert written(odoo) == []

    apply(odoo, structure(version=version, lines=MORE))

    assert written(odoo) == [{SEQUENCE, DIGEST, "product_qty"}]


def test_once_the_bom_was_told_a_newer_event_moves_only_the_fence(odoo: Plm) -> None:
    built(odoo)
    apply(odoo, structure(version=2, lines=MORE))
    odoo.calls.clear()

    assert result(odoo, structure(version=3, lines=MORE)) is Result.UNCHANGED

    assert written(odoo) == [{SEQUENCE}]


def test_a_line_that_manufacturing_added_later_is_no_lost_attempt(odoo: Plm) -> None:
    number = built(odoo)
    [part, *_] = [record["id"] for record in odoo.records("product.product")]
    odoo.call(LINE, "create", vals_list=[{"bom_id": number, "product_id": part, "product_qty": 1.0}])

    apply(odoo, structure(version=2))

    assert written(odoo) == [{SEQUENCE}]


def test_a_line_that_people_touched_costs_no_write_when_nothing_differs(odoo: Plm) -> None:
    built(odoo)
    [line, *_] = odoo.records(LINE)
    odoo.call(LINE, "write", ids=[line["id"]], vals={"product_qty": line["product_qty"]})

    assert result(odoo, structure()) is Result.UNCHANGED

    assert written(odoo) == []


def sized(*sizes: int) -> list[Event]:
    """Return one event per size, each of another assembly, with that many lines."""
    return [structure(f"A-{number}", lines=(("P", 1),) * size) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "calls"),
    [
        ((1500, 1500, 1500), 3),
        ((1000, 1000, 1), 2),
        ((1999, 1, 2000), 2),
        ((5000, 1), 2),
        ((20,) * 100, 1),
    ],
    ids=str,
)
def test_new_boms_are_built_two_thousand_lines_at_a_time(
    odoo: Plm, sizes: tuple[int, ...], calls: int
) -> None:
    for number in range(len(sizes)):
        odoo.add_product(f"A-{number}")

    assert apply(odoo, *sized(*sizes)) == [Applied(Result.CREATED)] * len(sizes)

    assert odoo.methods().count(BUILD) == calls
    assert odoo.methods().count("mrp.bom.load") == 1
    assert len(odoo.records(LINE)) == sum(sizes)


def test_a_building_that_broke_off_goes_on_where_it_stopped(odoo: Plm) -> None:
    for number in range(3):
        odoo.add_product(f"A-{number}")
    events = sized(1500, 1500, 1500)
    with down_after(odoo, 1, BUILD), pytest.raises(UnavailableError):
        apply(odoo, *events)
    assert [one["active"] for one in odoo.records(BOM)] == [True, False, False]

    verdicts = apply(odoo, *events)

    assert verdicts == [Applied(Result.UNCHANGED), Applied(Result.CREATED), Applied(Result.CREATED)]
    assert [(one[KEY], len(odoo.lines(one["id"]))) for one in odoo.records(BOM)] == [
        (f"Works.A-{number}", 1500) for number in range(3)
    ]


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(odoo: Plm) -> Clock:
    """Move the age of the units that `odoo` has said."""
    found = Clock()
    odoo.cache = UnitCache(odoo, found)
    odoo.warm()
    return found


def counted_in(unit: str) -> Event:
    line = bom_line(1, number="P", quantity=Decimal(2), unit=unit)
    return event(bom(item=item(number="A"), lines=(line,)), sequence=from_version(1))


def test_a_line_in_a_unit_made_meanwhile_is_built_without_waiting_ten_minutes(
    odoo: Plm, clock: Clock
) -> None:
    [before] = apply(odoo, counted_in("Crates"))
    odoo.add(UNIT, name="Crates", relative_uom_id=odoo.units["Units"])
    clock.now += MIN_AGE_SECONDS + 1

    [after] = apply(odoo, counted_in("Crates"))

    assert isinstance(before, PermanentError)
    assert before.reason is Reason.UNKNOWN_UNIT
    assert after == Applied(Result.CREATED)


def test_a_component_held_in_a_unit_made_meanwhile_is_no_mismatch(odoo: Plm, clock: Clock) -> None:
    clock.now += MIN_AGE_SECONDS + 1
    grams = odoo.add(UNIT, name="mg", relative_uom_id=odoo.units["g"])
    odoo._records["product.template"][odoo.by_number("P")["id"]]["uom_id"] = grams

    assert result(odoo, counted_in("kg")) is Result.CREATED


def test_a_unit_under_the_vaults_own_name_is_not_looked_for_again(odoo: Plm, clock: Clock) -> None:
    clock.now += MIN_AGE_SECONDS + 1

    assert result(odoo, counted_in("PCS")) is Result.CREATED
    assert "uom.uom.search_read" not in odoo.methods()
