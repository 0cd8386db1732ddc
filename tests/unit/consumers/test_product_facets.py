"""What belongs to a product beside its template: all together, and none of it."""

from __future__ import annotations

from consumers.errors import PermanentError
from consumers.results import Applied, Result
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import CREATED, VENDOR, VENDORS, apply, change, cost, told
from tests.unit.consumers.profiles import ruled


def test_a_product_that_odoo_refuses_has_no_facets_written(odoo: Plm, partners: dict[str, int]) -> None:
    odoo.refuse("pdm_odoo.product.Works.A", "no")
    rules = ruled(VENDORS + '[models."product.product".fields]\nstandard_price = { from = "Cost" }')

    bad, good = apply(odoo, told("A", Vendor="V1", Cost="3"), told("B", Vendor="V1", Cost="4"), rules=rules)

    assert isinstance(bad, PermanentError)
    assert good == CREATED
    assert cost(odoo, "B") == 4.0
    assert len(odoo.records(VENDOR)) == 1


def test_facets_without_rules_cost_nothing(odoo: Plm) -> None:
    apply(odoo, told("A"), rules=ruled(""))
    change(odoo, weight=3.0)
    odoo.calls.clear()

    [verdict] = apply(odoo, told("A"), rules=ruled(""))

    assert verdict == Applied(Result.UNCHANGED)
    assert {call.model for call in odoo.calls} == {TEMPLATE, "uom.uom"}
