"""What a batch under a large profile costs: in the real Odoo, over both transports."""

from __future__ import annotations

import pytest

from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.event import Event
from tests import factories
from tests.integration.carrier import profile
from tests.integration.counting import Counting
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols


def test_a_batch_costs_one_read_one_call_per_related_model_and_the_writes(
    odoo: Odoo, administrator: Odoo, schema: Schema
) -> None:
    """500 events with 20 fields, three of them relations."""
    name, route = unique("Bulk"), unique("Route")
    add(odoo, "product.category", name=name)
    add(administrator, "stock.route", name=route, product_selectable=True)
    texts = "\n".join(
        f'{field} = {{ from = "{field}" }}'
        for field in ("description", "description_sale", "description_purchase", "description_picking")
    )
    numbers = "\n".join(
        f'{field} = {{ from = "N" }}' for field in ("weight", "volume", "list_price", "sale_delay")
    )
    booleans = "\n".join(f'{field} = {{ from = "B" }}' for field in ("sale_ok", "purchase_ok"))
    rules = profile(
        f"""
        {texts}
        {numbers}
        {booleans}
        categ_id = {{ from = "C" }}
        route_ids = {{ from = "R", separator = ";" }}
        uom_id = {{ from = "item.unit", master = "seed" }}
        description_pickingin = {{ from = "description" }}
        description_pickingout = {{ from = "description" }}
        type = {{ constant = "consu", master = "seed" }}
        is_storable = {{ constant = true, master = "seed" }}
        tracking = {{ constant = "none" }}
        """
    )
    assert len(rules.models["product.template"].fields) == 20
    counted = Counting(odoo)
    handler = ProductHandler(counted, schema, rules)
    handler.prepare()

    def batch(text: str, sequence: int) -> list[Event]:
        attributes = {
            "description": text,
            "description_sale": text,
            "description_purchase": text,
            "description_picking": text,
            "N": "3",
            "B": "yes",
            "C": name,
            "R": route,
        }
        return [
            factories.event(
                factories.product(item=factories.item(number=f"{name}-{index}"), attributes=attributes),
                sequence=f"{sequence:020}",
            )
            for index in range(500)
        ]

    counted.calls = []
    assert handler.apply(batch("one", 1)) == [Applied(Result.CREATED)] * 500
    reads = [call for call in counted.calls if not call.endswith(".load")]
    # A product is looked for by our key, what is not ours yet by its number, what was created by its id.
    assert sorted(reads) == [
        "product.category.search_read",
        "product.product.search_read",
        *["product.template.search_read"] * 2,
        "stock.route.search_read",
        "uom.uom.search_read",
    ]

    fresh = ProductHandler(counted, schema, rules)
    fresh.prepare()
    counted.calls = []
    assert fresh.apply(batch("two", 2)) == [Applied(Result.UPDATED)] * 500
    assert sorted(counted.calls) == [
        "product.category.search_read",
        "product.template.search_read",
        "product.template.web_save_multi",
        "stock.route.search_read",
        "uom.uom.search_read",
    ]
    counted.calls = []
    assert fresh.apply(batch("two", 2)) == [Applied(Result.UNCHANGED)] * 500
    assert counted.calls == ["product.template.search_read"]
