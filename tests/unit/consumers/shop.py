"""A Plm with a warehouse and orders: what may still use a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.odoo.client import Values
from tests.unit.consumers.plm import BOM, LINE, VARIANT, Plm

QUANT, MOVE, ORDER = "stock.quant", "stock.move", "mrp.production"
PURCHASE, SALE = "purchase.order.line", "sale.order.line"
_RELATIONS = {
    "product_id": VARIANT,
    "raw_material_production_id": ORDER,
    "order_id": "purchase.order",
}
_ORDER = ("product_id", "order_id", "state", "product_qty", "product_uom_qty")
_FIELDS = {
    QUANT: ("product_id", "quantity", "location_id.usage"),
    MOVE: ("product_id", "raw_material_production_id", "product_qty", "state"),
    ORDER: ("product_id", "name", "state", "product_uom_qty"),
    PURCHASE: (*_ORDER, "qty_received", "order_id.receipt_status", "product_id.type"),
    SALE: (*_ORDER, "qty_delivered", "order_id.delivery_status", "product_id.type"),
    "purchase.order": ("name",),
}


class Shop(Plm):
    """Products in use."""

    def __init__(self) -> None:
        super().__init__()
        for model, names in _FIELDS.items():
            self.fields[model] = {
                name: {"type": "many2one", "relation": _RELATIONS[name]}
                if name in _RELATIONS
                else {"type": "char"}
                for name in names
            }
        self.fields[BOM]["product_id"] = {"type": "many2one", "relation": VARIANT}
        self.refused: dict[str, Exception] = {}
        """Model → what Odoo answers whoever asks for it."""

    def variant(self, number: str) -> int:
        [found] = [row["id"] for row in self.records(VARIANT) if row.get("default_code") == number]
        return int(found)

    def add_bom(self, parent: str, components: Mapping[str, float], **values: Any) -> int:
        template = self.by_number(parent)["id"]
        unit = self.units["Units"]
        known = {
            "product_tmpl_id": template,
            "product_id": False,
            "product_qty": 1.0,
            "product_uom_id": unit,
            "type": "normal",
        }
        bom = self.add(BOM, **known | values)
        for number, quantity in components.items():
            line = {"product_id": self.variant(number), "product_qty": quantity, "product_uom_id": unit}
            self.add(LINE, bom_id=bom, **line)
        return bom

    def put(self, number: str, quantity: float, usage: str = "internal") -> None:
        """Put parts into a location."""
        self.add(QUANT, product_id=self.variant(number), quantity=quantity, **{"location_id.usage": usage})

    def manufacture(self, number: str, name: str, state: str = "confirmed", **needs: float) -> None:
        order = self.add(ORDER, product_id=self.variant(number), name=name, state=state, product_uom_qty=1.0)
        for component, quantity in needs.items():
            values = {"product_id": self.variant(component), "product_qty": quantity, "state": state}
            self.add(MOVE, raw_material_production_id=order, **values)

    def order(
        self, model: str, number: str, name: str, ordered: float, done: float = 0, **values: Any
    ) -> None:
        """Add an order of one line: a purchase or a sale."""
        order = self.add("purchase.order", name=name)
        line = {
            "product_qty": ordered,
            "product_uom_qty": ordered,
            "qty_received": done,
            "qty_delivered": done,
        }
        known = {"product_id": self.variant(number), "order_id": order, "state": "purchase"}
        self.add(model, **known | line | values)

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        if model in self.refused:
            raise self.refused[model]
        return super().call(model, method, **arguments)

    def _formatted_read_group(
        self, model: str, domain: Sequence[Any], groupby: Sequence[str], aggregates: Sequence[str]
    ) -> list[Values]:
        return self._summed(model, domain, groupby[0], aggregates[0], aggregates[0].partition(":")[0])

    def _read_group(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], groupby: Sequence[str], lazy: bool
    ) -> list[Values]:
        assert not lazy
        field = fields[0].partition(":")[0]
        return self._summed(model, domain, groupby[0], field, field)

    def _summed(self, model: str, domain: Sequence[Any], by: str, name: str, field: str) -> list[Values]:
        sums: dict[int, float] = {}
        for row in self._search_read(model, domain, [by, field], load=None):
            sums[row[by]] = sums.get(row[by], 0.0) + row[field]
        return [{by: [one, ""], name: total} for one, total in sums.items()]
