"""What differs between two structures: everything that must change, and nothing else."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from consumers.mapping import bom as mapping
from consumers.mapping.bom import LineChanges, WantedLine
from consumers.mapping.rules import ModelMapping
from consumers.odoo.boms import HeldLine
from consumers.odoo.own_fields import POSITION

NO_RULES = ModelMapping("mrp.bom.line", ())
PRODUCTS = st.integers(1, 4)
QUANTITIES = st.sampled_from([0.5, 1.0, 2.0])
UNITS = st.sampled_from([1, 7])
POSITIONS = st.integers(1, 8)


def compare(held: Sequence[HeldLine], wanted: Sequence[WantedLine]) -> LineChanges:
    return mapping.compare(held, wanted, NO_RULES)


@st.composite
def wanted_lines(draw: st.DrawFn) -> list[WantedLine]:
    positions = draw(st.lists(POSITIONS, min_size=1, max_size=6, unique=True))
    return [WantedLine(place, draw(PRODUCTS), draw(QUANTITIES), draw(UNITS)) for place in positions]


@st.composite
def held_lines(draw: st.DrawFn) -> list[HeldLine]:
    """Return lines as Odoo may hold them: somebody may have copied one, position and all."""
    rows = draw(st.lists(st.tuples(POSITIONS, PRODUCTS, QUANTITIES, UNITS), max_size=6))
    return [HeldLine(number, *row, values={}) for number, row in enumerate(rows, 100)]


def content(lines: Sequence[HeldLine | WantedLine]) -> Counter[tuple[int, int, float, int]]:
    return Counter((line.position, line.product, line.quantity, line.unit) for line in lines)


def applied(held: Sequence[HeldLine], changes: LineChanges) -> list[HeldLine]:
    """Return the lines after the commands, read as Odoo reads them."""
    lines = {line.id: line for line in held}
    ids = itertools.count(1000)
    for command, target, values in changes.commands():
        if command == 2:
            del lines[target]
            continue
        number = next(ids) if command == 0 else target
        before = lines.get(number)
        assert (before is None) == (command == 0)
        lines[number] = HeldLine(
            id=number,
            position=values.get(POSITION, before and before.position),
            product=values.get("product_id", before and before.product),
            quantity=values.get("product_qty", before and before.quantity),
            unit=values.get("product_uom_id", before and before.unit),
            values={},
        )
    return list(lines.values())


def held(*lines: tuple[int, int, float, int]) -> list[HeldLine]:
    return [HeldLine(number, *line, values={}) for number, line in enumerate(lines, 100)]


@given(held_lines(), wanted_lines())
def test_applying_the_changes_to_what_is_held_gives_what_is_wanted(
    before: list[HeldLine], wanted: list[WantedLine]
) -> None:
    assert content(applied(before, compare(before, wanted))) == content(wanted)


@given(held_lines(), wanted_lines())
def test_after_the_changes_nothing_differs_any_more(before: list[HeldLine], wanted: list[WantedLine]) -> None:
    assert not compare(applied(before, compare(before, wanted)), wanted)


@given(wanted_lines(), st.randoms())
def test_equal_structures_need_no_change_in_whatever_order_they_are_read(
    wanted: list[WantedLine], random: Random
) -> None:
    before = [
        HeldLine(number, line.position, line.product, line.quantity, line.unit, {})
        for number, line in enumerate(wanted, 100)
    ]
    random.shuffle(before)

    changes = compare(before, wanted)

    assert changes == LineChanges()
    assert not changes
    assert not changes.structural
    assert changes.commands() == []


@given(held_lines(), wanted_lines())
def test_as_many_lines_are_kept_as_components_allow(before: list[HeldLine], wanted: list[WantedLine]) -> None:
    changes = compare(before, wanted)

    have, want = (Counter(line.product for line in lines) for lines in (before, wanted))
    assert Counter(line["product_id"] for line in changes.created) == want - have
    assert len(changes.removed) == (have - want).total()


@given(held_lines(), wanted_lines())
def test_no_line_is_touched_twice_and_only_differences_are_written(
    before: list[HeldLine], wanted: list[WantedLine]
) -> None:
    changes = compare(before, wanted)
    lines = {line.id: line for line in before}

    assert not set(changes.updated) & set(changes.removed)
    for number, values in changes.updated.items():
        line = lines[number]
        assert values
        assert values.get("product_qty") != line.quantity
        assert values.get("product_uom_id") != line.unit
        assert values.get(POSITION) != line.position
        assert "product_id" not in values


def test_a_component_that_moved_keeps_its_line() -> None:
    changes = compare(
        held((1, 11, 1.0, 1), (2, 12, 1.0, 1)), [WantedLine(2, 11, 1.0, 1), WantedLine(1, 12, 1.0, 1)]
    )

    assert changes.updated == {100: {"sequence": 2, POSITION: 2}, 101: {"sequence": 1, POSITION: 1}}
    assert not changes.structural


def test_a_position_that_got_another_component_gets_another_line() -> None:
    changes = compare(held((1, 11, 1.0, 1)), [WantedLine(1, 12, 1.0, 1)])

    assert changes == LineChanges(created=(WantedLine(1, 12, 1.0, 1).values(NO_RULES),), removed=(100,))
    assert changes.structural


def test_of_a_component_that_occurs_twice_the_line_at_the_right_position_stays_as_it_is() -> None:
    before = held((1, 11, 1.0, 1), (2, 11, 5.0, 1), (3, 11, 9.0, 1))

    changes = compare(before, [WantedLine(2, 11, 5.0, 1), WantedLine(3, 11, 9.0, 1)])

    assert changes == LineChanges(removed=(100,))


def test_a_second_line_of_the_same_component_is_new() -> None:
    changes = compare(held((1, 11, 1.0, 1)), [WantedLine(1, 11, 1.0, 1), WantedLine(2, 11, 1.0, 1)])

    assert changes == LineChanges(created=(WantedLine(2, 11, 1.0, 1).values(NO_RULES),))


def test_a_quantity_alone_is_no_change_of_structure() -> None:
    changes = compare(held((1, 11, 1.0, 1)), [WantedLine(1, 11, 2.0, 1)])

    assert changes == LineChanges(updated={100: {"product_qty": 2.0}})
    assert not changes.structural


def test_all_lines_go_when_other_components_come() -> None:
    changes = compare(held((1, 11, 1.0, 1), (2, 12, 1.0, 1)), [WantedLine(1, 13, 1.0, 1)])

    assert changes.commands() == [
        [2, 100, 0],
        [2, 101, 0],
        [0, 0, {"product_id": 13, "product_qty": 1.0, "product_uom_id": 1, "sequence": 1, POSITION: 1}],
    ]
