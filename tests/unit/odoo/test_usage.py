"""What still uses a part: every question, and what becomes of one that Odoo refuses."""

from __future__ import annotations

import pytest

from consumers.errors import (
    AbsentModelError,
    AmbiguousError,
    DeniedError,
    PermanentError,
    RefusedModelError,
    UnavailableError,
    UnknownFieldError,
)
from consumers.odoo.questions import MOST, Questions
from consumers.odoo.usage import Order, Usage, amount, of_products, of_variants
from schemas.dead_letter import Reason
from tests.series import become
from tests.unit.consumers.plm import TEMPLATE, VARIANT
from tests.unit.consumers.shop import MOVE, ORDER, PURCHASE, QUANT, SALE, Shop


@pytest.fixture
def shop() -> Shop:
    found = Shop()
    for number in "ABCDEP":
        found.add_product(number)
    return found


def used(shop: Shop, number: str = "P") -> Usage:
    uses = of_products(shop, [shop.by_number(number)["id"]])
    assert not uses.unknown
    return uses.of[TEMPLATE, shop.by_number(number)["id"]]


def test_a_part_that_nothing_uses_has_nothing_to_say(shop: Shop) -> None:
    assert used(shop).sentence == ""


def test_everything_that_uses_a_part_is_said_in_a_line(shop: Shop) -> None:
    for parent in "ABCDE":
        shop.add_bom(parent, {"P": 2})
    shop.put("P", 5)
    shop.put("P", 7.5)
    shop.manufacture("P", "MO/1")
    shop.manufacture("A", "MO/2", "draft", P=4)
    shop.order(PURCHASE, "P", "P1", 10, 4)
    shop.order(SALE, "P", "S1", 3)

    assert used(shop).sentence == (
        "in 5 BOMs (A, B, C, and 2 more), 12.5 Units in stock, MO MO/1, MO/2, PO P1, SO S1"
    )
    assert (used(shop).made, used(shop).consumed) == (
        [Order("MO/1", "confirmed", 1.0)],
        [Order("MO/2", "draft", 4.0)],
    )
    assert used(shop).bought == [Order("P1", "purchase", 6.0)]


def test_what_is_over_uses_nothing(shop: Shop) -> None:
    shop.add_bom("A", {"P": 1}, active=False)
    shop.add_bom("B", {"P": 1})
    shop._records[TEMPLATE][shop.by_number("B")["id"]]["active"] = False
    shop.put("P", 9, "customer")
    shop.manufacture("P", "MO/1", "done")
    shop.manufacture("A", "MO/2", "cancel", P=1)
    shop.order(PURCHASE, "P", "P1", 5, 5)
    shop.order(PURCHASE, "P", "P2", 5, state="cancel")
    shop.order(SALE, "P", "S1", 5, 6)

    assert used(shop) == Usage(unit="Units")


@pytest.mark.parametrize(
    ("model", "status"), [(PURCHASE, "order_id.receipt_status"), (SALE, "order_id.delivery_status")]
)
def test_an_order_of_which_nothing_more_is_moved_is_over_except_for_services(
    shop: Shop, model: str, status: str
) -> None:
    shop.order(model, "P", "SHORT", 5, 4, **{status: "full"})
    shop.order(model, "P", "COMING", 5, 4, **{status: "partial"})
    shop.order(model, "P", "WORK", 5, 4, **{status: "full", "product_id.type": "service"})
    shop.order(model, "P", "DRAFT", 5)

    usage = used(shop)

    assert [order.name for order in usage.bought + usage.sold] == ["COMING", "WORK", "DRAFT"]


def test_without_stock_behind_its_orders_odoo_is_asked_for_all_of_them(shop: Shop) -> None:
    for model, status in ((PURCHASE, "order_id.receipt_status"), (SALE, "order_id.delivery_status")):
        del shop.fields[model][status]
        shop.order(model, "P", model, 5, 4)
        shop.order(model, "P", "over", 5, 5)

    assert used(shop).sentence == f"PO {PURCHASE}, SO {SALE}"


def test_of_a_part_in_very_many_orders_the_newest_are_read_and_the_rest_is_told(shop: Shop) -> None:
    for number in range(1, MOST + 3):
        shop.order(PURCHASE, "P", f"P{number}", 5)
    product = shop.by_number("P")["id"]

    uses = of_products(shop, [product])
    found = uses.of[TEMPLATE, product]

    assert found.sentence == f"at least PO P3, P4, P5, and {MOST - 3} more"
    assert uses.unknown == [f"purchase orders (more than {MOST} lines: only the newest were read)"]
    assert max(len(found.bought), len(found.sold)) == MOST


def test_who_wants_all_orders_gets_all(shop: Shop) -> None:
    for number in range(MOST + 2):
        shop.order(PURCHASE, "P", f"P{number}", 5)
    asked = Questions(shop, most=None)

    uses = of_variants(asked, {shop.variant("P"): "P"}, {})

    assert len(uses.of["P"].bought) == MOST + 2
    assert not uses.unknown


def test_two_lines_in_one_bom_are_one_bom_and_two_variants_one_part(shop: Shop) -> None:
    second = shop.add_variant(shop.by_number("P")["id"], default_code="P-2")
    shop.add_bom("A", {"P": 1, "P-2": 1})
    shop.put("P", 1)
    shop.put("P-2", 2)

    assert used(shop).sentence == "in 1 BOM (A), 3 Units in stock"
    assert second in {row["id"] for row in shop.records(VARIANT)}


def test_many_parts_cost_as_many_calls_as_one(shop: Shop) -> None:
    for number in "ABC":
        shop.put(number, 1)
    shop.add_bom("D", {"A": 1, "B": 1})
    shop.calls.clear()

    uses = of_products(shop, [shop.by_number(number)["id"] for number in "ABC"])

    assert [one.stock for one in uses.of.values()] == [1, 1, 1]
    assert [one.boms for one in uses.of.values()] == [1, 1, 0]
    assert len(shop.calls) == 8


@pytest.mark.parametrize("series", [16, 17, 18])
def test_older_odoos_sum_in_their_own_way(shop: Shop, series: int) -> None:
    become(shop, series)
    shop.unknown_methods |= {"formatted_read_group"}
    shop.put("P", 2)
    shop.put("P", 3)

    assert used(shop).stock == 5


def test_a_module_that_is_not_installed_has_no_orders(shop: Shop) -> None:
    shop.refused = {model: AbsentModelError(f"Object {model} doesn't exist") for model in (PURCHASE, SALE)}
    shop.put("P", 1)

    assert used(shop).sentence == "1 Units in stock"


@pytest.mark.parametrize("model", [VARIANT, "mrp.bom.line", QUANT, MOVE, ORDER, PURCHASE, SALE])
@pytest.mark.parametrize(
    "error",
    [
        RefusedModelError("the user lacks a right in Odoo: you may not"),
        UnknownFieldError("Invalid field 'x'"),
        PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses: no"),
        AmbiguousError("the reply was lost"),
    ],
)
def test_what_odoo_refuses_to_say_is_told_and_the_rest_is_asked(
    shop: Shop, model: str, error: Exception
) -> None:
    shop.refused[model] = error

    uses = of_products(shop, [shop.by_number("P")["id"]])

    [told] = uses.unknown
    assert str(error) in told


@pytest.mark.parametrize("error", [UnavailableError("away"), DeniedError("wrong key")])
def test_a_world_that_is_down_is_no_answer(shop: Shop, error: Exception) -> None:
    shop.refused[QUANT] = error

    with pytest.raises(type(error)):
        of_products(shop, [shop.by_number("P")["id"]])


def test_a_line_has_an_end(shop: Shop) -> None:
    for number in range(4):
        shop.add_product(f"{number}-" + "x" * 150)
        shop.add_bom(f"{number}-" + "x" * 150, {"P": 1})

    assert len(used(shop).sentence.encode()) <= 300


@pytest.mark.parametrize(
    ("quantity", "text"), [(12.0, "12"), (100.0, "100"), (0.25, "0.25"), (0.1 + 0.2, "0.3"), (-3.0, "-3")]
)
def test_an_amount_is_written_as_people_do(quantity: float, text: str) -> None:
    assert amount(quantity) == text
