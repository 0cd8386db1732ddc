"""The vendors of a product."""

from __future__ import annotations

import pytest

from consumers.product import ProductHandler
from schemas.dead_letter import Reason
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import (
    CREATED,
    UNCHANGED,
    UPDATED,
    VENDOR,
    VENDORS,
    apply,
    held,
    refused,
    told,
)
from tests.unit.consumers.profiles import ruled


def lines(odoo: Plm, number: str = "A") -> list[tuple[int, float, int]]:
    template = odoo.by_number(number)["id"]
    return [
        (line["partner_id"], line["price"], line["delay"])
        for line in odoo.records(VENDOR)
        if line["product_tmpl_id"] == template
    ]


def test_a_vendor_line_is_made_once_changed_and_joined_by_that_of_another_partner(
    odoo: Plm, partners: dict[str, int]
) -> None:
    rules = ruled(VENDORS)

    assert apply(odoo, told("A", Vendor="V1", Price="12,50", Days="7"), rules=rules) == [CREATED]
    assert lines(odoo) == [(partners["V1"], 12.5, 7)]
    assert apply(odoo, told("A", 2, Vendor="V1", Price="12,5", Days="7"), rules=rules) == [UNCHANGED]
    assert apply(odoo, told("A", 3, Vendor="V1", Price="13", Days="7"), rules=rules) == [UPDATED]
    assert apply(odoo, told("A", 4, Vendor="V2", Price="11"), rules=rules) == [UPDATED]

    assert lines(odoo) == [(partners["V1"], 13.0, 7), (partners["V2"], 11.0, 1)]


def test_what_one_event_does_not_say_of_its_vendor_is_what_odoo_would_give_the_line(
    odoo: Plm, partners: dict[str, int]
) -> None:
    assert apply(odoo, told("A", Vendor="V1", Days="9"), told("B", Vendor="V2"), rules=ruled(VENDORS)) == [
        CREATED,
        CREATED,
    ]

    assert (lines(odoo), lines(odoo, "B")) == ([(partners["V1"], 0.0, 9)], [(partners["V2"], 0.0, 1)])


@pytest.mark.parametrize("attributes", [{}, {"Vendor": ""}, {"Vendor": " ", "Price": "3"}])
def test_an_event_that_names_no_vendor_makes_and_removes_none(
    odoo: Plm, partners: dict[str, int], attributes: dict[str, str]
) -> None:
    rules = ruled(VENDORS)
    apply(odoo, told("A", Vendor="V1", Price="12"), rules=rules)

    verdicts = apply(odoo, told("A", 2, **attributes), told("B", 1, **attributes), rules=rules)

    assert verdicts == [UNCHANGED, CREATED]
    assert lines(odoo) == [(partners["V1"], 12.0, 1)]
    assert lines(odoo, "B") == []


def test_price_breaks_and_lines_of_others_are_left_alone(odoo: Plm, partners: dict[str, int]) -> None:
    template = odoo.add_product("A")
    common = {"product_tmpl_id": template, "delay": 5}
    odoo.add(VENDOR, partner_id=partners["V1"], price=8.0, min_qty=100.0, **common)
    odoo.add(VENDOR, partner_id=partners["V2"], price=9.0, min_qty=0.0, **common)

    apply(odoo, told("A", Vendor="V1", Price="12"), rules=ruled(VENDORS))

    # Who made the vendor's only line a price break wants no other.
    assert lines(odoo) == [(partners["V1"], 8.0, 5), (partners["V2"], 9.0, 5)]


def test_two_lines_of_one_partner_are_refused_with_both(odoo: Plm, partners: dict[str, int]) -> None:
    template = odoo.add_product("A")
    twins = [
        odoo.add(VENDOR, product_tmpl_id=template, partner_id=partners["V1"], price=1.0, min_qty=0.0, delay=1)
        for _ in range(2)
    ]

    [verdict] = apply(odoo, told("A", Vendor="V1", Price="12"), rules=ruled(VENDORS))

    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert ", ".join(map(str, twins)) in text
    assert held(odoo, "name") == ["A"]


def test_an_unknown_vendor_refuses_its_event_before_the_product_is_made(
    odoo: Plm, partners: dict[str, int]
) -> None:
    bad, good = apply(odoo, told("A", Vendor="V9"), told("B", Vendor="V1"), rules=ruled(VENDORS))

    assert f"{VENDOR}.partner_id: no res.partner has ref 'V9'" in refused(bad, Reason.UNKNOWN_RECORD)
    assert good == CREATED
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["B"]


def test_a_vendor_line_that_odoo_refuses_is_that_events_fault(odoo: Plm, partners: dict[str, int]) -> None:
    odoo.refuse(f"pdm_odoo.vendor.Works.A.{partners['V1']}", "The price must be positive")

    bad, good = apply(odoo, told("A", Vendor="V1"), told("B", Vendor="V1"), rules=ruled(VENDORS))

    assert "must be positive" in refused(bad, Reason.REFUSED_BY_ODOO)
    assert good == CREATED


def test_a_vendor_is_not_made_where_the_profile_forbids_it(odoo: Plm, partners: dict[str, int]) -> None:
    rules = ruled(VENDORS + f'[models."{VENDOR}"]\ncreate = false')
    template = odoo.add_product("B")
    odoo.add(VENDOR, product_tmpl_id=template, partner_id=partners["V1"], price=1.0, min_qty=0.0, delay=1)

    verdicts = apply(odoo, told("A", Vendor="V1"), told("B", Vendor="V1", Price="2"), rules=rules)

    assert verdicts == [CREATED, UPDATED]
    assert lines(odoo, "A") == []
    assert lines(odoo, "B") == [(partners["V1"], 2.0, 1)]


def test_a_line_that_purchasing_gave_to_another_partner_stays_theirs(
    odoo: Plm, partners: dict[str, int]
) -> None:
    rules = ruled(VENDORS)
    apply(odoo, told("A", Vendor="V1", Price="12"), rules=rules)
    [line] = odoo.records(VENDOR)
    odoo._records[VENDOR][line["id"]]["partner_id"] = partners["V2"]

    assert apply(odoo, told("A", 2, Vendor="V1", Price="13"), rules=rules) == [UNCHANGED]

    assert lines(odoo) == [(partners["V2"], 12.0, 1)]


def test_a_line_that_purchasing_moved_to_another_product_is_not_fetched_back(
    odoo: Plm, partners: dict[str, int]
) -> None:
    rules = ruled(VENDORS)
    apply(odoo, told("A", Vendor="V1", Price="12"), told("B"), rules=rules)
    [line] = odoo.records(VENDOR)
    odoo._records[VENDOR][line["id"]]["product_tmpl_id"] = odoo.by_number("B")["id"]

    apply(odoo, told("A", 2, Vendor="V1", Price="13"), rules=rules)

    assert (lines(odoo), lines(odoo, "B")) == ([], [(partners["V1"], 12.0, 1)])


@pytest.mark.parametrize(("vendor", "asked"), [(None, 0), ("V2", 1)], ids=["no line", "another's line"])
def test_new_lines_of_many_products_cost_one_question_where_there_are_others(
    odoo: Plm, partners: dict[str, int], vendor: str | None, asked: int
) -> None:
    numbers, rules = [f"A-{number}" for number in range(50)], ruled(VENDORS)
    before = {"Vendor": vendor} if vendor else {}
    apply(odoo, *(told(number, **before) for number in numbers), rules=rules)
    handler = ProductHandler(odoo, odoo.schema, rules)
    handler.prepare()
    odoo.calls.clear()

    assert handler.apply([told(number, 2, Vendor="V1") for number in numbers]) == [UPDATED] * 50

    assert odoo.methods() == [
        f"{TEMPLATE}.search_read",
        "res.partner.search_read",
        "uom.uom.search_read",
        f"{VENDOR}.search_read",
        *[f"{VENDOR}.get_external_id"] * asked,
        f"{TEMPLATE}.web_save_multi",
        f"{VENDOR}.load",
    ]
