"""A small Odoo as `fields_get` describes one, and profiles written as their TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.mapping.rules import ModelMapping, compiled
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.relations import Place
from consumers.odoo.units import UNIT
from schemas.facts import PRODUCT, VARIANT, VENDOR
from schemas.profile_text import parse


def info(name: str, kind: str, label: str = "", **more: Any) -> FieldInfo:
    return FieldInfo(name, kind, label or name.replace("_", " ").title(), **more)


def model(name: str, *fields: FieldInfo, **defaults: Any) -> ModelInfo:
    return ModelInfo(name, {one.name: one for one in fields}, defaults)


TEMPLATE = model(
    PRODUCT,
    info("id", "integer", readonly=True),
    info("name", "char", required=True, translated=True),
    info("default_code", "char", "Internal Reference"),
    info("description", "html", "Notes", translated=True),
    info("description_sale", "text", "Sales Description", translated=True),
    info("weight", "float", digits=2),
    info("volume", "float", digits=2),
    info("ratio", "float"),
    info("list_price", "float", "Sales Price", digits=2),
    info("cost", "monetary", "Cost"),
    info("sale_delay", "integer", "Customer Lead Time"),
    info("purchase_ok", "boolean", "Purchase"),
    info("is_storable", "boolean", "Track Inventory"),
    info("type", "selection", "Product Type", selection=(("consu", "Goods"), ("service", "Service"))),
    info("uom_id", "many2one", "Unit", relation="uom.uom", required=True),
    info("categ_id", "many2one", "Product Category", relation="product.category"),
    info("product_tag_ids", "many2many", "Tags", relation="product.tag"),
    info("seller_ids", "one2many", "Vendors", relation=VENDOR),
    info("product_variant_ids", "one2many", "Products", relation=VARIANT, required=True),
    info("x_scan", "binary", "Scan"),
    info("released_on", "date"),
    info("released_at", "datetime"),
    info("qty_available", "float", "Quantity On Hand", readonly=True, stored=False),
    info("barcode", "char", stored=False),
    type="consu",
    uom_id=1,
)
ODOO: Mapping[str, ModelInfo | None] = {
    PRODUCT: TEMPLATE,
    VARIANT: model(VARIANT, info("default_code", "char"), info("qty", "float", stored=False)),
    "uom.uom": model("uom.uom", info("name", "char", required=True)),
    "product.category": model(
        "product.category", info("name", "char", required=True), info("complete_name", "char")
    ),
    "product.tag": model(
        "product.tag",
        info("name", "char", required=True),
        info("color", "integer"),
        info("owner_id", "many2one", relation="res.users", required=True),
    ),
}

HEAD = 'version = 1\n[states]\nReleased = "upsert"\n[models."product.template".fields]\n'
"""Four lines; the first rule stands in line 5."""


def mapping(rules: str, options: str = "") -> ModelMapping:
    """Return the compiled rules of a product, written as lines of TOML."""
    return compiled(
        parse(HEAD + rules + f'\n[models."{PRODUCT}"]\n{options}', "test.toml"), PRODUCT, TEMPLATE
    )


@dataclass
class Known:
    """Related records by text; what was not declared does not exist."""

    records: Mapping[str, Sequence[int]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    """The vault's name of a unit → Odoo's."""

    def ids(self, place: Place, text: str) -> Sequence[int]:
        return self.records.get(text, ())

    def near(self, place: Place) -> Sequence[str]:
        return tuple(self.records)

    def spelt(self, place: Place, text: str) -> str:
        return self.units.get(text, text) if place.model == UNIT else text


def as_read(info: ModelInfo, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values`, once written, as Odoo's RPC reads them: empty is False, a many2many its ids."""
    read: dict[str, Any] = {}
    for name, value in values.items():
        kind = info.fields[name].type
        if kind == "many2many":
            [[_, _, ids]] = value or [[6, 0, []]]
            read[name] = list(reversed(ids))
        elif kind in {"float", "monetary", "integer"}:
            read[name] = value or 0
        else:
            read[name] = value or False
    return read
