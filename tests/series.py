"""Older Odoos out of the fake of 19: the shapes that OpenUpgrade's analyses and Odoo's sources record.

Nothing here was measured: 16 to 18 cannot be installed where this is developed.
"""

from __future__ import annotations

from tests.fakes import FakeOdoo

_DETAILED = {
    "type": "selection",
    "string": "Product Type",
    "required": True,
    "selection": [["consu", "Consumable"], ["service", "Service"], ["product", "Storable Product"]],
}


def become(odoo: FakeOdoo, series: int) -> None:
    """Make `odoo` one of `series` 16, 17 or 18: its fields, and the methods that it does not have."""
    odoo.series = f"{series}.0"
    fields = odoo.fields
    fields["uom.uom"]["category_id"] = {"type": "many2one", "relation": "uom.category"}
    del fields["uom.uom"]["relative_uom_id"]
    odoo.unknown_methods = frozenset({"web_save_multi"})
    if series <= 17:
        for model in ("product.template", "product.product"):
            fields[model].pop("is_storable", None)
            fields[model]["detailed_type"] = _DETAILED
            # Computed from the other one.
            fields[model]["type"] = {**fields[model]["type"], "required": False}
        del fields["product.document"]["attached_on_mrp"]
        odoo.unknown_methods |= {"has_access"}
    if series == 16:
        # A file is an attachment: setup adds our fields there.
        document = fields.pop("product.document")
        fields["ir.attachment"] = {name: field for name, field in document.items() if name != "active"}
        odoo.unknown_methods |= {"web_search_read"}
