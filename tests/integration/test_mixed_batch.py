"""What one event says, or leaves open, must not change what becomes of the others in its batch."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from ops.consume import Wiring
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.product import Authority
from tests import factories
from tests.pipeline import running

pytestmark = pytest.mark.both_protocols


def product(number: str, **overrides: object) -> Event:
    return factories.event(factories.product(item=factories.item(number=number), **overrides))


def test_products_with_and_without_unit_and_weight_are_all_created(wiring: Wiring, odoo: Connection) -> None:
    events = [
        product("MIX-KG", unit="kg", weight=Decimal("1.5")),
        product("MIX-NONE", unit=None),
        product("MIX-BLANK", unit=""),
        product("MIX-STUB", unit=None, authority=Authority.SIGHTING),
        product("MIX-METRE", unit="m", authority=Authority.SIGHTING),
        product("MIX-PCS", unit="pcs"),
    ]
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish(events)
        results = pipeline.wait_for(len(events))

    assert results == {"created": len(events)}
    rows = odoo.call(
        "product.template",
        "search_read",
        domain=[[KEY, "in", [event.key for event in events]]],
        fields=["default_code", "uom_id", "weight", SEQUENCE, REVISION],
    )
    held = {
        row["default_code"]: (row["uom_id"][1], row["weight"], bool(row[SEQUENCE]), row[REVISION])
        for row in rows
    }
    assert held == {
        "MIX-KG": ("kg", 1.5, True, "B"),
        "MIX-NONE": ("Units", 0.0, True, "B"),
        "MIX-BLANK": ("Units", 0.0, True, "B"),
        "MIX-STUB": ("Units", 0.0, False, False),
        "MIX-METRE": ("m", 0.0, False, False),
        "MIX-PCS": ("Units", 0.0, True, "B"),
    }
