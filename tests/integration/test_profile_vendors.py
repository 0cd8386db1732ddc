"""Vendors and variants of products: in the real Odoo, over both transports."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from tests import factories
from tests.integration.carrier import Carrier, profile
from tests.integration.counting import Counting
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols

VENDOR = {
    "product.supplierinfo": {
        "fields": {
            "partner_id": {"from": "Vendor", "by": "ref"},
            "price": {"from": "Price", "decimal": ","},
            "delay": {"from": "Days"},
            "date_start": {"from": "Since", "formats": ["%d.%m.%Y"]},
        }
    }
}


def vendors(carrier: Carrier) -> list[list[Any]]:
    [template] = carrier.held("id")
    rows = carrier.odoo.call(
        "product.supplierinfo",
        "search_read",
        domain=[["product_tmpl_id", "=", template]],
        fields=["partner_id", "price", "delay", "date_start"],
        order="id",
        load=None,
    )
    return [[row["partner_id"], row["price"], row["delay"], row["date_start"]] for row in rows]


def test_a_vendor_comes_with_price_and_lead_time(carrier: Carrier, administrator: Odoo) -> None:
    refs = [unique("V"), unique("V")]
    partners = [add(administrator, "res.partner", name=ref, ref=ref) for ref in refs]
    rules = profile("", models=VENDOR)

    def carry(**attributes: str) -> Any:
        return carrier.apply(rules, carrier.event(attributes))

    told = {"Vendor": refs[0], "Price": "12,50", "Days": "7", "Since": "01.02.2026"}
    assert carry(**told) == Applied(Result.CREATED)
    assert vendors(carrier) == [[partners[0], 12.5, 7, "2026-02-01"]]
    assert carry(**told) == Applied(Result.UNCHANGED)
    assert carry(**told | {"Price": "13"}) == Applied(Result.UPDATED)
    assert vendors(carrier) == [[partners[0], 13.0, 7, "2026-02-01"]]
    assert carry(**told | {"Vendor": refs[1]}) == Applied(Result.UPDATED)
    assert len(vendors(carrier)) == 2
    assert vendors(carrier)[1][0] == partners[1]
    assert carry(Vendor="", Price="") == Applied(Result.UNCHANGED)

    unknown = carry(Vendor=unique("V"))
    assert isinstance(unknown, PermanentError)
    assert unknown.reason is Reason.UNKNOWN_RECORD


@pytest.mark.parametrize("moved", [False, True], ids=["partner", "product"])
def test_a_line_that_purchasing_gave_away_stays_where_it_is(
    carrier: Carrier, odoo: Odoo, schema: Schema, administrator: Odoo, *, moved: bool
) -> None:
    refs, rules = [unique("V"), unique("V")], profile("", models=VENDOR)
    partners = [add(administrator, "res.partner", name=ref, ref=ref) for ref in refs]
    other = Carrier(odoo, schema)
    other.apply(rules, other.event({}))
    carrier.apply(rules, carrier.event({"Vendor": refs[0], "Price": "5"}))
    [template], [elsewhere] = carrier.held("id"), other.held("id")
    line = odoo.call("product.supplierinfo", "search", domain=[["product_tmpl_id", "=", template]])
    given = {"product_tmpl_id": elsewhere} if moved else {"partner_id": partners[1]}
    odoo.call("product.supplierinfo", "write", ids=line, vals={**given, "price": 3})

    carrier.apply(rules, carrier.event({"Vendor": refs[0], "Price": "6"}))

    partner, holder, rest = (partners[0], other, carrier) if moved else (partners[1], carrier, other)
    assert vendors(holder) == [[partner, 3.0, 1, False]]
    assert vendors(rest) == []


def test_another_vendor_of_many_products_costs_one_question(
    odoo: Odoo, schema: Schema, administrator: Odoo
) -> None:
    refs, prefix, rules = [unique("V"), unique("V")], unique("Many"), profile("", models=VENDOR)
    partners = [add(administrator, "res.partner", name=ref, ref=ref) for ref in refs]
    counted = Counting(odoo)
    handler = ProductHandler(counted, schema, rules)
    handler.prepare()

    def batch(sequence: int, vendor: str) -> list[Event]:
        items = [factories.item(number=f"{prefix}-{index}") for index in range(100)]
        return [
            factories.event(
                factories.product(item=item, attributes={"Vendor": vendor}), sequence=f"{sequence:020}"
            )
            for item in items
        ]

    def asked(sequence: int, vendor: str, result: Result) -> list[str]:
        counted.calls = []
        assert handler.apply(batch(sequence, vendor)) == [Applied(result)] * 100
        return [call for call in counted.calls if call.startswith(("product.supplierinfo", "ir.model"))]

    read, write = "product.supplierinfo.search_read", "product.supplierinfo.load"
    assert asked(1, "", Result.CREATED) == []
    assert asked(2, refs[0], Result.UPDATED) == [read, write]
    assert asked(3, refs[1], Result.UPDATED) == [read, "product.supplierinfo.get_external_id", write]
    assert asked(3, refs[1], Result.UNCHANGED) == [read]
    lines = odoo.call("product.supplierinfo", "search_count", domain=[["partner_id", "in", partners]])
    assert lines == 200


def test_a_field_of_the_variant_is_written_there(carrier: Carrier) -> None:
    rules = profile("", models={"product.product": {"fields": {"standard_price": {"from": "Cost"}}}})

    assert carrier.apply(rules, carrier.event({"Cost": "7.5"})) == Applied(Result.CREATED)
    assert carrier.held("standard_price") == [7.5]
    assert carrier.apply(rules, carrier.event({"Cost": "7.50"})) == Applied(Result.UNCHANGED)
    assert carrier.apply(rules, carrier.event({"Cost": "8"})) == Applied(Result.UPDATED)
    assert carrier.held("standard_price") == [8.0]
