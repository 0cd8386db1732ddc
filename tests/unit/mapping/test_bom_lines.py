"""Lines in Odoo's terms: what is merged, what scrap adds, and what is rounded last."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.errors import PermanentError
from consumers.mapping.bom_lines import LineTerms, WantedLines, wanted_lines
from consumers.mapping.rules import compiled
from consumers.odoo.components import Component
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.units import Units
from schemas.bom import BomLine
from schemas.dead_letter import Reason
from schemas.profile import BomPolicy, Condition
from tests.factories import bom, bom_line, profile
from tests.unit.mapping.odoo_fields import Known

PIECES, KG, GRAMS = 1, 12, 13
UNITS = Units(
    ids={"units": [PIECES], "kg": [KG], "g": [GRAMS]},
    names={PIECES: "Units", KG: "kg", GRAMS: "g"},
    roots={PIECES: PIECES, KG: GRAMS, GRAMS: GRAMS},
)
PRODUCTS = {"P": Component(101, 1, PIECES), "Q": Component(102, 2, PIECES), "K": Component(103, 3, KG)}


def rounded(model: str, field: str, value: Decimal) -> float:
    assert (model, field) == ("mrp.bom.line", "product_qty")
    return float(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def line(position: int, number: str, quantity: str, unit: str | None = None, **attributes: str) -> BomLine:
    return bom_line(position, number=number, quantity=Decimal(quantity), unit=unit, attributes=attributes)


def told(*lines: BomLine, above: dict[str, str] | None = None, **policy: Any) -> WantedLines:
    info = ModelInfo("mrp.bom.line", {"x_note": FieldInfo("x_note", "char")})
    rules = profile(models={"mrp.bom.line": {"fields": {"x_note": {"from": "Note"}}}})
    mapping = compiled(rules, "mrp.bom.line", info)
    terms = LineTerms(mapping, BomPolicy(**policy), str, "product_uom_id", UNITS, rounded, Known())
    data = bom(lines=lines, attributes=above or {})
    return wanted_lines(data, terms, {one.position: PRODUCTS[one.number] for one in lines})


def short(found: WantedLines) -> list[tuple[int, int, float]]:
    return [(one.position, one.product, one.quantity) for one in found.components]


def test_lines_of_one_component_are_merged_at_the_place_of_the_first_and_rounded_last() -> None:
    lines = (line(2, "P", "0.004"), line(3, "Q", "1"), line(5, "P", "0.004"), line(4, "Q", "2.5"))

    assert short(told(*lines, duplicates="merge")) == [(2, 101, 0.01), (3, 102, 3.5)]


@pytest.mark.parametrize(
    "other",
    [line(2, "Q", "1"), line(2, "P", "1", unit="Units", Note="left"), line(2, "P", "1", Note="left")],
    ids=["component", "unit and value", "value"],
)
def test_lines_that_differ_in_more_than_their_quantity_stay_apart(other: BomLine) -> None:
    assert len(told(line(1, "P", "1"), other, duplicates="merge").components) == 2


def test_lines_in_different_units_stay_apart_but_not_by_different_names_of_one() -> None:
    grams = told(line(1, "K", "1"), line(2, "K", "500", unit="g"), duplicates="merge")
    kilos = told(line(1, "K", "1"), line(2, "K", "0.5", unit="KG"), duplicates="merge")

    assert short(grams) == [(1, 103, 1.0), (2, 103, 500.0)]
    assert short(kilos) == [(1, 103, 1.5)]


QUANTITY = st.decimals("0.01", "1000", places=3)


@given(st.lists(st.tuples(st.sampled_from("PQ"), QUANTITY), min_size=1, max_size=8))
def test_merging_loses_no_quantity_and_keeps_the_order(rows: list[tuple[str, Decimal]]) -> None:
    lines = [line(place, number, str(much)) for place, (number, much) in enumerate(rows, 1)]

    found = short(told(*lines, duplicates="merge"))

    assert [one[0] for one in found] == sorted(one[0] for one in found)
    for number in {number for number, _ in rows}:
        [merged] = [one for one in found if one[1] == PRODUCTS[number].product]
        total = sum((much for name, much in rows if name == number), Decimal(0))
        assert merged[2] == rounded("mrp.bom.line", "product_qty", total)


@pytest.mark.parametrize(
    ("percent", "quantity", "count"),
    [
        ("", 10.0, 0),
        ("0", 10.0, 0),
        ("5", 10.5, 1),
        ("7.5%", 10.75, 1),
        (" 1E1 ", 11.0, 1),
        ("1000", 110.0, 1),
    ],
)
def test_scrap_adds_its_share(percent: str, quantity: float, count: int) -> None:
    found = told(line(1, "P", "10", Scrap=percent), scrap="Scrap")

    assert ([one.quantity for one in found.components], found.scrap) == ([quantity], count)


def test_scrap_is_counted_by_the_lines_that_are_written() -> None:
    lines = (
        line(1, "P", "1", Scrap="10"),
        line(2, "P", "2", Scrap="10"),
        line(3, "Q", "3"),
        line(4, "Q", "1", Scrap="5"),
        line(5, "K", "1", Scrap="0.1"),
    )

    apart, merged = (told(*lines, scrap="Scrap", duplicates=how) for how in ("keep", "merge"))

    # What is rounded away is in no line.
    assert (apart.scrap, short(apart)[-1]) == (3, (5, 103, 1.0))
    assert (merged.scrap, short(merged)) == (2, [(1, 101, 3.3), (3, 102, 4.05), (5, 103, 1.0)])


def test_scrap_of_byproducts_is_counted_too() -> None:
    waste = Condition.model_validate({"from": "Kind", "when": "waste"})
    lines = [line(place, "P", "1", Scrap="10", Kind="waste") for place in (1, 2)]

    found = told(*lines, scrap="Scrap", duplicates="merge", byproducts=(waste,))

    assert ([one.quantity for one in found.byproducts], found.scrap) == ([2.2], 1)


@pytest.mark.parametrize("wrong", ["x", "-5", "7,5", "NaN", "1000.1", "5 %%", "1E20"])
def test_a_scrap_that_makes_no_sense_is_refused_by_its_place(wrong: str) -> None:
    with pytest.raises(PermanentError, match=r"line 3: Scrap .* of 'P' is no scrap in percent") as caught:
        told(line(3, "P", "1", Scrap=wrong), scrap="Scrap")

    assert caught.value.reason is Reason.INVALID_VALUE
    assert repr(wrong) in str(caught.value)


def test_byproducts_are_told_by_their_line_or_by_their_parent() -> None:
    lines = (line(1, "P", "1"), line(2, "Q", "2", BOM="chips", Note="n"), line(3, "K", "3", BOM="chips"))
    mine = {"from": "BOM", "when": "chips"}

    found = told(*lines, byproducts=[mine])
    other = told(*lines, above={"Kind": "set"}, byproducts=[{"from": "Kind", "when": "^set"}])

    assert short(found) == [(1, 101, 1.0)]
    assert [(one.position, one.quantity, one.mapped) for one in found.byproducts] == [
        (2, 2.0, {}),
        (3, 3.0, {}),
    ]
    assert len(other.byproducts) == 3
    assert told(*lines).byproducts == ()
