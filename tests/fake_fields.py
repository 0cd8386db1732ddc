"""What the fake Odoo says of its fields: `fields_get` and `default_get` as Odoo 19 answers, cut short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.odoo.own_fields import DIGEST, KEY, OWN_FIELDS, REVISION, SEQUENCE

Field = Mapping[str, Any]
Fields = Mapping[str, Field]


def _field(kind: str, label: str, **more: Any) -> Field:
    return {
        "type": kind,
        "string": label,
        "required": False,
        "readonly": False,
        "store": True,
        **({"digits": [16, 2]} if kind == "float" else {}),
        **({"translate": False} if kind in {"char", "text", "html"} else {}),
        **more,
    }


def _related(label: str, model: str, kind: str = "many2one", **more: Any) -> Field:
    return _field(kind, label, relation=model, **more)


_NAME = _field("char", "Name", required=True)
_ACTIVE = _field("boolean", "Active")
_UNIT = _related("Unit", "uom.uom", required=True)
_TYPES = [["consu", "Goods"], ["service", "Service"], ["combo", "Combo"]]
_SHOWN = [["hidden", "Hidden"], ["bom", "Bill of Materials"]]

_PRODUCT: Fields = {
    "name": _field("char", "Name", required=True, translate=True),
    "default_code": _field("char", "Internal Reference"),
    "description_sale": _field("text", "Sales Description", translate=True),
    "weight": _field("float", "Weight"),
    "list_price": _field("float", "Sales Price"),
    "uom_id": _UNIT,
    "categ_id": _related("Product Category", "product.category"),
    "product_tag_ids": _related("Tags", "product.tag", "many2many"),
    "type": _field("selection", "Product Type", required=True, selection=_TYPES),
    "is_storable": _field("boolean", "Track Inventory"),
    "purchase_ok": _field("boolean", "Purchase"),
    "company_id": _related("Company", "res.company"),
    "bom_ids": _related("Bill of Materials", "mrp.bom", "one2many", store=False),
    "bom_line_ids": _related("BoM Components", "mrp.bom.line", "one2many", store=False),
    "active": _ACTIVE,
}
_VARIANTS_OWN = frozenset({"default_code", "weight", "active"})
"""Those of them that a variant has for itself; what else it shows of them is its template's."""


def _templates(name: str, field: Field) -> Field:
    return {**field, "related": f"product_tmpl_id.{name}"}


_MODELS: Mapping[str, Fields] = {
    "product.template": {
        **_PRODUCT,
        "barcode": _field("char", "Barcode", store=False),
        "standard_price": _field("float", "Cost", store=False),
        "image_1920": _field("binary", "Image"),
        "product_variant_ids": _related("Products", "product.product", "one2many", required=True),
        "product_variant_count": _field("integer", "# Product Variants", readonly=True, store=False),
    },
    "product.product": {
        **{
            name: field if name in _VARIANTS_OWN else _templates(name, field)
            for name, field in _PRODUCT.items()
        },
        "barcode": _field("char", "Barcode"),
        "standard_price": _field("float", "Cost", company_dependent=True),
        "product_tmpl_id": _related("Product Template", "product.template", required=True),
        "product_variant_count": _field("integer", "# Product Variants", readonly=True, store=False),
        **{
            name: _templates(name, _field("char", name, store=False))
            for name in (KEY, SEQUENCE, REVISION, DIGEST)
        },
    },
    "product.supplierinfo": {
        "partner_id": _related("Vendor", "res.partner", required=True),
        "product_tmpl_id": _related("Product Template", "product.template"),
        "product_code": _field("char", "Vendor Product Code"),
        "price": _field("float", "Price", required=True),
        "min_qty": _field("float", "Quantity", required=True),
        "delay": _field("integer", "Lead Time", required=True),
        "currency_id": _related("Currency", "res.currency", required=True),
        "product_uom_id": {**_UNIT, "depends": ["product_id"]},
    },
    "product.document": {
        "name": _NAME,
        "description": _field("text", "Description"),
        "type": _field("selection", "Type", required=True, selection=[["url", "URL"], ["binary", "File"]]),
        "ir_attachment_id": _related("Related attachment", "ir.attachment", required=True),
        "datas": _field("binary", "File Content (base64)", store=False),
        "checksum": _field("char", "Checksum/SHA1", readonly=True),
        "res_model": _field("char", "Resource Model"),
        "res_id": _field("many2one_reference", "Resource ID"),
        "attached_on_mrp": _field("selection", "MRP : Visible at", required=True, selection=_SHOWN),
        "company_id": _related("Company", "res.company"),
        "active": _ACTIVE,
    },
    "mrp.bom": {
        "code": _field("char", "Reference"),
        "type": _field(
            "selection",
            "BoM Type",
            required=True,
            selection=[["normal", "Manufacture this product"], ["phantom", "Kit"]],
        ),
        "product_tmpl_id": _related("Product", "product.template", required=True),
        "product_id": _related("Product Variant", "product.product"),
        "product_qty": _field("float", "Quantity", required=True),
        "product_uom_id": _UNIT,
        "bom_line_ids": _related("BoM Lines", "mrp.bom.line", "one2many"),
        "byproduct_ids": _related("By-products", "mrp.bom.byproduct", "one2many"),
        "operation_ids": _related("Operations", "mrp.routing.workcenter", "one2many"),
        "company_id": _related("Company", "res.company"),
        "picking_type_id": _related("Operation Type", "stock.picking.type"),
        "produce_delay": _field("integer", "Manufacturing Lead Time"),
        "write_date": _field("datetime", "Last Updated on", readonly=True),
        "active": _ACTIVE,
    },
    "mrp.bom.line": {
        "bom_id": _related("Parent BoM", "mrp.bom", required=True),
        "product_id": _related("Component", "product.product", required=True),
        "product_tmpl_id": _related("Product Template", "product.template", readonly=True),
        "product_qty": _field("float", "Quantity", required=True),
        "product_uom_id": _UNIT,
        "operation_id": _related("Consumed in Operation", "mrp.routing.workcenter"),
        "manual_consumption": _field("boolean", "Manual Consumption"),
        "x_note": _field("char", "Note"),
        "sequence": _field("integer", "Sequence"),
        "write_date": _field("datetime", "Last Updated on", readonly=True),
    },
    "mrp.bom.byproduct": {
        "bom_id": _related("BoM", "mrp.bom"),
        "product_id": _related("By-product", "product.product", required=True),
        "product_qty": _field("float", "Quantity", required=True),
        "product_uom_id": _UNIT,
        "cost_share": _field("float", "Cost Share (%)"),
        "sequence": _field("integer", "Sequence"),
        "write_date": _field("datetime", "Last Updated on", readonly=True),
    },
    "uom.uom": {
        "name": _field("char", "Unit Name", required=True, translate=True),
        "factor": _field("float", "Absolute Quantity"),
        "relative_uom_id": _related("Reference Unit", "uom.uom"),
        "active": _ACTIVE,
    },
    "product.category": {"name": _NAME, "complete_name": _field("char", "Complete Name")},
    "product.tag": {"name": _NAME},
    "mrp.routing.workcenter": {"name": _NAME},
    "stock.picking.type": {"name": _NAME},
    "res.partner": {"name": _NAME, "ref": _field("char", "Reference")},
    "res.company": {
        "name": _NAME,
        "parent_id": _related("Parent Company", "res.company"),
        "logo": _field("binary", "Company Logo"),
    },
    "res.currency": {"name": _NAME},
    "res.lang": {"code": _field("char", "Locale Code"), "name": _NAME, "active": _ACTIVE},
    "res.users": {"login": _field("char", "Login")},
    "ir.attachment": {
        "name": _NAME,
        "datas": _field("binary", "File Content (base64)", store=False),
        "checksum": _field("char", "Checksum/SHA1", readonly=True),
        "res_model": _field("char", "Resource Model"),
    },
    "ir.module.module": {
        "name": _field("char", "Technical Name"),
        "latest_version": _field("char", "Installed Version"),
        "state": _field("selection", "Status"),
    },
}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "product.supplierinfo": {"price": 0.0, "min_qty": 0.0, "delay": 1, "currency_id": 1},
    "product.document": {"type": "binary", "attached_on_mrp": "hidden", "active": True},
    "mrp.bom": {"type": "normal", "product_qty": 1.0, "active": True},
    "mrp.bom.line": {"product_qty": 1.0, "sequence": 1},
}
"""Model → what `default_get` says of its fields."""


def fields() -> dict[str, dict[str, Any]]:
    """Return model → its fields, ours included."""
    return {
        model: {
            "display_name": _field("char", "Display Name", readonly=True, store=False),
            **known,
            **{name: _field(kind, label) for name, (kind, label) in OWN_FIELDS.get(model, {}).items()},
        }
        for model, known in _MODELS.items()
    }
