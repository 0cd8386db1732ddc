"""What hangs on a part, in structures that are no trees."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

import pytest
from click.testing import CliRunner, Result

from consumers.errors import RefusedModelError, UnavailableError
from ops import impact_command
from ops.impact import Impact, Place, find, impact
from tests.unit.consumers.plm import VARIANT
from tests.unit.consumers.shop import ORDER, QUANT, Shop
from tests.unit.readable import EVIL, SPELLED, lines


def shop_of(structure: Mapping[str, Mapping[str, float]]) -> Shop:
    """Return a shop with a BOM for each number of `structure`."""
    shop = Shop()
    components = {number for parts in structure.values() for number in parts}
    for number in sorted({*structure, *components}):
        shop.add_product(number)
    for parent, parts in structure.items():
        shop.add_bom(parent, parts)
    shop.warm()
    return shop


def told(shop: Shop, number: str = "P", levels: int | None = None) -> Impact:
    [part] = find(shop, "default_code", number)
    return impact(shop, shop.schema, part, levels)


def shown(places: list[Place]) -> list[tuple[int, str]]:
    return [(place.level, place.number) for place in places]


def test_a_diamond_is_told_once_above_its_meeting_point() -> None:
    shop = shop_of({"A": {"P": 1}, "B": {"P": 1}, "C": {"A": 1, "B": 1}, "D": {"C": 1}})

    found = told(shop).places

    assert shown(found) == [(1, "A"), (2, "C"), (3, "D"), (1, "B"), (2, "C")]
    assert [place.see_level for place in found] == [0, 0, 0, 0, 2]
    assert [place.top for place in found] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        ({"P": {"P": 1}}, [(1, "P", True)]),
        ({"A": {"P": 1}, "P": {"A": 1}}, [(1, "A", False), (2, "P", True)]),
        ({"A": {"P": 1, "B": 1}, "B": {"A": 1}}, [(1, "A", False), (2, "B", False), (3, "A", True)]),
    ],
)
def test_what_contains_itself_has_an_end(
    structure: Mapping[str, Mapping[str, float]], expected: list[tuple[int, str, bool]]
) -> None:
    found = told(shop_of(structure)).places

    assert [(place.level, place.number, place.cycle) for place in found] == expected
    assert not any(place.top for place in found)


def test_a_deep_structure_costs_two_calls_per_level() -> None:
    chain = {f"L{level:02}": {f"L{level - 1:02}" if level else "P": 2.0} for level in range(16)}
    shop = shop_of(chain)
    shop.calls.clear()

    found = told(shop)

    assert [place.level for place in found.places] == list(range(1, 17))
    assert found.places[-1].top
    assert len(shop.calls) == 1 + 7 + 2 * 16 + 1 + 2


def test_twenty_ways_through_each_of_ten_levels_are_not_twenty_to_the_tenth() -> None:
    wide = {
        f"L{level}-{n}": {f"L{level - 1}-{m}": 1.0 for m in range(5)}
        for level in range(1, 9)
        for n in range(5)
    }

    found = told(shop_of(wide), "L0-0").places

    assert len(found) == 5 + 7 * 25
    assert {place.number for place in found if place.top} == {f"L8-{n}" for n in range(5)}


def test_the_same_component_on_two_lines_is_added_up() -> None:
    shop = shop_of({"A": {"P": 2}})
    bom = shop.records("mrp.bom")[0]["id"]
    line = {"product_id": shop.variant("P"), "product_qty": 3.0, "product_uom_id": shop.units["Units"]}
    shop.add("mrp.bom.line", bom_id=bom, **line)

    [place] = told(shop).places

    assert (place.quantity, place.unit) == (5.0, "Units")


def test_a_bom_of_one_variant_leads_to_what_uses_that_variant_only() -> None:
    shop = shop_of({"A": {"P": 1}, "B": {"A": 1}})
    other = shop.add_variant(shop.by_number("A")["id"], default_code="A-2")
    shop._records["mrp.bom"][shop.records("mrp.bom")[0]["id"]]["product_id"] = other

    assert shown(told(shop).places) == [(1, "A")]


def test_one_variant_is_looked_for_where_only_one_has_the_number() -> None:
    shop = shop_of({"A": {"P": 1}})
    shop.add_variant(shop.by_number("P")["id"], default_code="P-2")

    assert told(shop, "P-2").places == []
    assert shown(told(shop, "P").places) == [(1, "A")]


@pytest.mark.parametrize(("levels", "more"), [(1, True), (2, False), (9, False)])
def test_levels_end_where_asked_and_say_whether_there_are_more(levels: int, *, more: bool) -> None:
    found = told(shop_of({"A": {"P": 1}, "B": {"A": 1}}), levels=levels)

    assert (len(found.places), found.more) == (min(levels, 2), more)


def run(shop: Shop, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr(impact_command, "connect", lambda *_: nullcontext(shop))
    monkeypatch.delenv("PDM_ODOO_PROFILE", raising=False)
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ODOO_DB", "none")
    monkeypatch.setenv("ODOO_LOGIN", "pdm")
    monkeypatch.setenv("ODOO_API_KEY", "none")
    return CliRunner().invoke(impact_command.impact_command, list(arguments))


def test_what_odoo_refuses_to_say_has_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shop_of({"A": {"P": 1}})
    shop.refused[QUANT] = RefusedModelError("the user lacks a right in Odoo: no")

    result = run(shop, monkeypatch, "P")

    assert result.exit_code == 3, result.output
    assert "Odoo does not say: stock (the user lacks a right in Odoo: no)" in result.stdout
    assert "1 product on 1 level" in result.stdout


@pytest.mark.parametrize("error", [UnavailableError("away"), RefusedModelError("no right to read products")])
def test_an_odoo_that_says_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    shop = shop_of({})
    shop.refused[VARIANT] = error

    result = run(shop, monkeypatch, "P")

    assert (result.exit_code, str(error) in result.output) == (1, True)


def test_no_number_is_a_wrong_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(shop_of({}), monkeypatch).exit_code == 2
    assert run(shop_of({}), monkeypatch, "--levels", "0", "P").exit_code == 2


@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_no_number_and_no_order_is_torn(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    long = "R&D-77/0815-0000000000-LEFT"
    shop = shop_of({long: {"P": 4}, "TOP": {long: 1}})
    template = shop.by_number(long)["id"]
    shop._records["product.template"][template]["name"] = "Drive unit with coupling, guard and two long words"
    owned = dict.fromkeys(("product_tmpl_id", "product_id.product_tmpl_id"), template)
    relation = {"type": "many2one", "relation": "product.template"}
    shop.fields[ORDER] |= dict.fromkeys(owned, relation)
    for number in range(3):
        made = {"product_id": shop.variant(long), "state": "confirmed", "product_uom_qty": 1.0}
        shop.add(ORDER, name=f"WH/MO/0000{number}", **made, **owned)
    monkeypatch.setenv("COLUMNS", str(width))

    found = lines(run(shop, monkeypatch, "P").stdout, width)

    assert f"level 1  {long}  4 Units" in found
    assert "level 2  TOP  1 Units  top" in found
    assert "open MOs WH/MO/00000, WH/MO/00001, WH/MO/00002" in " ".join(found)


def test_in_a_pipe_it_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(run(shop_of({"A": {"P": 4}}), monkeypatch, "P").stdout, 160)

    assert [line.split() for line in found if line.startswith(("level", "1 "))] == [
        ["level", "used", "in", "name", "quantity"],
        ["1", "A", "A", "4", "Units", "top"],
    ]


@pytest.mark.parametrize("columns", ["60", ""])
def test_a_name_in_odoo_is_no_command_to_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    shop = shop_of({"A": {"P": 1}})
    for number in "AP":
        shop._records["product.template"][shop.by_number(number)["id"]]["name"] = EVIL
    shop.refused[QUANT] = RefusedModelError(EVIL)
    monkeypatch.setenv("COLUMNS", columns)

    found = lines(run(shop, monkeypatch, "P").stdout, 160)

    assert sum(SPELLED in line for line in found) == 3
