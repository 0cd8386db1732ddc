"""Stubs on the real servers: a BOM asks for its missing components, waits its turn, and is there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, POSITION, SEQUENCE
from ops.consume import Wiring
from tests import factories
from tests.pipeline import running


def test_a_bom_that_lacks_components_gets_stubs_and_is_created_when_it_comes_again(
    wiring: Wiring, odoo: Connection
) -> None:
    rules = factories.profile(bom={"missing": "stub"})
    parent = factories.event(factories.product(item=factories.item(number="ST-A")))
    lines = [
        factories.bom_line(place, number=f"ST-{part}", quantity=Decimal(place))
        for place, part in enumerate("XYZ", 1)
    ]
    structure = factories.event(factories.bom(item=factories.item(number="ST-A"), lines=lines))

    with running(replace(wiring, profile=rules)) as pipeline:
        pipeline.publish([parent])
        pipeline.wait_for(1)
        pipeline.publish([structure])
        # The parent, the three stubs, and the structure, which waited once.
        results = pipeline.wait_for(5)

    assert results == {"created": 5}
    made = odoo.call(
        "product.template",
        "search_read",
        domain=[["default_code", "in", ["ST-X", "ST-Y", "ST-Z"]]],
        fields=["default_code", KEY, SEQUENCE],
        order="default_code",
    )
    assert [(one["default_code"], bool(one[KEY]), one[SEQUENCE]) for one in made] == [
        ("ST-X", True, False),
        ("ST-Y", True, False),
        ("ST-Z", True, False),
    ]
    held = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[["bom_id.product_tmpl_id.default_code", "=", "ST-A"]],
        fields=[POSITION, "product_qty"],
        order=POSITION,
    )
    assert [(one[POSITION], one["product_qty"]) for one in held] == [(1, 1.0), (2, 2.0), (3, 3.0)]
