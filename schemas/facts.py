"""What the events of each model say beside the attributes of the vault: the facts that a rule may name."""

from __future__ import annotations

from collections.abc import Mapping

PRODUCT = "product.template"
VARIANT = "product.product"
VENDOR = "product.supplierinfo"
BOM = "mrp.bom"
LINE = "mrp.bom.line"
BYPRODUCT = "mrp.bom.byproduct"
"""Written by the policy `byproducts`; a profile has no rules for its fields."""
DOCUMENT = "product.document"
ATTACHMENT = "ir.attachment"
"""What Odoo 16 has instead of documents; a profile always says DOCUMENT."""
MODELS = (PRODUCT, VARIANT, VENDOR, BOM, LINE, DOCUMENT)

_ITEM = ("item.number", "item.revision", "item.configuration", "item.vault_object_id", "item.file_version")
_TRANSITION = (
    "transition.to_state",
    "transition.from_state",
    "transition.workflow",
    "transition.actor",
    "transition.at",
)
_PRODUCT_FACTS = (
    *_ITEM,
    "item.name",
    "item.unit",
    "item.weight",
    "item.state",
    "item.has_components",
    *_TRANSITION,
)
_DOCUMENT_FACTS = (*_ITEM, "file.name", "file.role", *_TRANSITION)
FACTS: Mapping[str, tuple[str, ...]] = {
    PRODUCT: _PRODUCT_FACTS,
    VARIANT: _PRODUCT_FACTS,
    VENDOR: _PRODUCT_FACTS,
    BOM: (*_ITEM, *_TRANSITION),
    LINE: (
        "line.position",
        "line.number",
        "line.quantity",
        "line.unit",
        "line.revision",
        "line.configuration",
        "line.state",
    ),
    DOCUMENT: _DOCUMENT_FACTS,
    ATTACHMENT: _DOCUMENT_FACTS,
}
"""Model → what its events say beside the attributes of the vault. Any other name is an attribute."""
