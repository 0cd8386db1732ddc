"""Bills of materials in bulk: read them with their lines, resolve components, write what differs.

A newcomer would get wrong that Odoo checks for cycles only when lines are written *through* the BOM,
and that a write to lines alone does not tell running manufacturing orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import find
from consumers.odoo.schema import KEY, POSITION, REVISION, SEQUENCE

MODEL = "mrp.bom"
LINE = "mrp.bom.line"

_PRODUCT: Values = {"fields": {KEY: {}, "uom_id": {}, "product_tmpl_id": {}}}
_LINES: Values = {
    "fields": {
        POSITION: {},
        "write_date": {},
        "product_qty": {},
        "product_uom_id": {},
        "product_id": _PRODUCT,
    }
}
_SPECIFICATION: Values = {
    **{name: {} for name in (KEY, SEQUENCE, REVISION, "code", "active", "product_qty", "write_date")},
    "bom_line_ids": _LINES,
}


@dataclass(frozen=True)
class Component:
    """The one variant of a product that stands on BOM lines."""

    product: int
    """Id of the `product.product`."""
    template: int
    unit: int


@dataclass(frozen=True)
class HeldLine:
    """A line that the PDM owns, as Odoo holds it."""

    id: int
    position: int
    product: int
    quantity: float
    unit: int


@dataclass(frozen=True)
class HeldBom:
    """A BOM as Odoo holds it."""

    id: int
    sequence: str
    """Empty while the BOM is half built: its header is there, and its lines may not be."""
    header: Mapping[str, Any]
    lines: tuple[HeldLine, ...]
    """Lines that the PDM owns."""
    lines_ahead: bool = False
    """Whether one of these lines was written after the header."""


def read(odoo: Odoo, keys: Sequence[str]) -> tuple[dict[str, HeldBom], dict[str, Component]]:
    """Return the BOMs of `keys` by key, and every component on their lines by its key: one call."""
    if not keys:
        return {}, {}
    reply = odoo.call(
        MODEL,
        "web_search_read",
        domain=[[KEY, "in", list(keys)]],
        specification=_SPECIFICATION,
        order="id desc",
    )
    boms: dict[str, HeldBom] = {}
    components: dict[str, Component] = {}
    for record in reply["records"]:
        for line in record["bom_line_ids"]:
            product = line["product_id"]
            if product[KEY]:
                components[product[KEY]] = Component(
                    product["id"], product["product_tmpl_id"], product["uom_id"]
                )
        owned = [line for line in record["bom_line_ids"] if line[POSITION]]
        boms[record[KEY]] = HeldBom(
            id=record["id"],
            sequence=record[SEQUENCE] or "",
            header=record,
            lines=tuple(_line(line) for line in owned),
            lines_ahead=any(line["write_date"] > record["write_date"] for line in owned),
        )
    return boms, components


def _line(line: Mapping[str, Any]) -> HeldLine:
    return HeldLine(
        id=line["id"],
        position=line[POSITION],
        product=line["product_id"]["id"],
        quantity=line["product_qty"],
        unit=line["product_uom_id"],
    )


def resolve(odoo: Odoo, keys: Iterable[str]) -> dict[str, list[Component]]:
    """Return the variants of the products with these keys, by key; none for a product not there yet."""
    found: dict[str, list[Component]] = {}
    for row in find(odoo, "product.product", KEY, keys, (KEY, "product_tmpl_id", "uom_id")):
        found.setdefault(row[KEY], []).append(Component(row["id"], row["product_tmpl_id"], row["uom_id"]))
    return found
