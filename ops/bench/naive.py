"""The peer to beat: what a user would write. One message, one search, then create or write, by JSON-RPC."""

from __future__ import annotations

from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from schemas.event import Event


def upsert_product(odoo: Odoo, event: Event) -> None:
    """Bring one product event into Odoo, with the same result as the pipeline's."""
    values: Values = {
        "default_code": event.data.item.number,
        "name": event.data.name,
        "weight": float(event.data.weight or 0),
        KEY: event.key,
        SEQUENCE: event.sequence,
        REVISION: event.data.item.revision,
    }
    found = odoo.call(
        "product.template", "search", domain=[["default_code", "=", event.data.item.number]], limit=1
    )
    if found:
        odoo.call("product.template", "write", ids=found, vals=values)
    else:
        odoo.call(
            "product.template",
            "create",
            vals_list=[values | {"type": "consu", "is_storable": True, "purchase_ok": True}],
        )
