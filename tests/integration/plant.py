"""A plant that works with products in the real Odoo: structures, stock, open orders."""

from __future__ import annotations

from collections.abc import Mapping

from consumers.odoo.client import Odoo
from tests.integration.records import add, unique


class Plant:
    """What people in a plant do, as the administrator."""

    def __init__(self, odoo: Odoo) -> None:
        self.odoo = odoo

    def variant(self, number: str) -> int:
        [found] = self.odoo.call(
            "product.product",
            "search",
            domain=[["default_code", "=", number]],
            context={"active_test": False},
        )
        return int(found)

    def template(self, number: str) -> int:
        [found] = self.odoo.call(
            "product.product", "read", ids=[self.variant(number)], fields=["product_tmpl_id"]
        )
        return int(found["product_tmpl_id"][0])

    def product(self, number: str, **values: object) -> int:
        """Make a product that is no item of the vault; return its variant."""
        known = {"name": f"Part {number}", "default_code": number, "type": "consu", "is_storable": True}
        add(self.odoo, "product.template", **known | values)
        return self.variant(number)

    def bom(self, parent: str, components: Mapping[str, float], **values: object) -> int:
        lines = [
            [0, 0, {"product_id": self.variant(number), "product_qty": quantity}]
            for number, quantity in components.items()
        ]
        return add(
            self.odoo,
            "mrp.bom",
            **{"product_tmpl_id": self.template(parent), "bom_line_ids": lines, **values},
        )

    def stock(self, number: str, quantity: float) -> None:
        """Put parts into the warehouse."""
        [warehouse] = self.odoo.call(
            "stock.warehouse", "search_read", domain=[], fields=["lot_stock_id"], limit=1
        )
        counted = {
            "product_id": self.variant(number),
            "location_id": warehouse["lot_stock_id"][0],
            "inventory_quantity": quantity,
        }
        quants = self.odoo.call(
            "stock.quant", "create", vals_list=[counted], context={"inventory_mode": True}
        )
        self.odoo.call("stock.quant", "action_apply_inventory", ids=quants)

    def manufacture(self, number: str, quantity: float, bom: int | None = None) -> str:
        """Confirm a manufacturing order; return its name."""
        values = {"product_id": self.variant(number), "product_qty": quantity, "bom_id": bom or False}
        order = add(self.odoo, "mrp.production", **values)
        self.odoo.call("mrp.production", "action_confirm", ids=[order])
        return self._name("mrp.production", order)

    def purchase(self, number: str, quantity: float, **line: object) -> str:
        """Confirm a purchase order; return its name."""
        vendor = add(self.odoo, "res.partner", name=unique("Vendor"))
        values = {"product_id": self.variant(number), "product_qty": quantity, "price_unit": 1, **line}
        order = add(self.odoo, "purchase.order", partner_id=vendor, order_line=[[0, 0, values]])
        self.odoo.call("purchase.order", "button_confirm", ids=[order])
        return self._name("purchase.order", order)

    def _name(self, model: str, record: int) -> str:
        [row] = self.odoo.call(model, "read", ids=[record], fields=["name"])
        return str(row["name"])
