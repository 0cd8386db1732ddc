"""Bills of materials in bulk: read them with their lines, resolve components, write what differs.

A newcomer would get wrong that Odoo checks for cycles only when lines are written *through* the BOM,
and that a write to lines alone does not tell running manufacturing orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, POSITION, REVISION, SEQUENCE, VARIANT_KEY
from consumers.odoo.records import find
from schemas.facts import BOM, LINE, VARIANT

_HEADER = (KEY, SEQUENCE, REVISION, "active", "product_qty", "write_date")
_LINE = (POSITION, "write_date", "product_qty")
_PRODUCT = (KEY, VARIANT_KEY, "uom_id", "product_tmpl_id")


@dataclass(frozen=True)
class Component:
    """The one variant of a product that stands on BOM lines."""

    product: int
    """Id of the `product.product`."""
    template: int
    unit: int
    alone: bool = False
    """Whether the item is this variant, and not its template as a whole."""


@dataclass(frozen=True)
class HeldLine:
    """A line that the PDM owns, as Odoo holds it."""

    id: int
    position: int
    product: int
    quantity: float
    unit: int
    values: Mapping[str, Any]
    """The fields that the profile maps, as read."""


@dataclass(frozen=True)
class Wanted:
    """Which fields to read of BOMs and their lines."""

    unit: str
    """What this Odoo calls the unit of a line."""
    header: Sequence[str] = ()
    """What the profile maps of the BOM."""
    line: Sequence[str] = ()
    """What the profile maps of its lines."""


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


def read(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> tuple[dict[str, HeldBom], dict[str, Component]]:
    """Return the BOMs of `keys` by key, and every component on their lines by its key: one call.

    Odoo 16 takes three calls.
    """
    if not keys:
        return {}, {}
    records = (_nested if capabilities(odoo.version()).nested_reads else _flat)(odoo, keys, wanted)
    boms: dict[str, HeldBom] = {}
    components: dict[str, Component] = {}
    for record in records:
        for line in record["bom_line_ids"]:
            product = line["product_id"]
            if key := product[VARIANT_KEY] or product[KEY]:
                components[key] = _component(product, alone=bool(product[VARIANT_KEY]))
        owned = [line for line in record["bom_line_ids"] if line[POSITION]]
        boms[record[KEY]] = HeldBom(
            id=record["id"],
            sequence=record[SEQUENCE] or "",
            header=record,
            lines=tuple(_line(line, wanted) for line in owned),
            lines_ahead=any(line["write_date"] > record["write_date"] for line in owned),
        )
    return boms, components


def _nested(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> list[Values]:
    """Return the BOMs, newest first, with their lines inside and the product inside each line."""
    product: Values = {"fields": {name: {} for name in _PRODUCT}}
    lines: Values = {
        "fields": {**{name: {} for name in (*_LINE, wanted.unit, *wanted.line)}, "product_id": product}
    }
    reply = odoo.call(
        BOM,
        "web_search_read",
        domain=[[KEY, "in", list(keys)]],
        specification={**{name: {} for name in (*_HEADER, *wanted.header)}, "bom_line_ids": lines},
        order="id desc",
    )
    records: list[Values] = reply["records"]
    return records


def _flat(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> list[Values]:
    """Return the same as `_nested`, put together from one call per model."""
    boms = find(odoo, BOM, KEY, keys, (*_HEADER, *wanted.header))
    fields = (*_LINE, wanted.unit, *wanted.line, "bom_id", "product_id")
    lines = find(odoo, LINE, "bom_id", [bom["id"] for bom in boms], fields)
    ids = {line["product_id"] for line in lines}
    products = {row["id"]: row for row in find(odoo, VARIANT, "id", sorted(ids), _PRODUCT)}
    of: dict[int, list[Values]] = {}
    for line in lines:
        of.setdefault(line["bom_id"], []).append({**line, "product_id": products[line["product_id"]]})
    return [{**bom, "bom_line_ids": of.get(bom["id"], [])} for bom in reversed(boms)]


def _line(line: Mapping[str, Any], wanted: Wanted) -> HeldLine:
    return HeldLine(
        id=line["id"],
        position=line[POSITION],
        product=line["product_id"]["id"],
        quantity=line["product_qty"],
        unit=line[wanted.unit],
        values={name: line[name] for name in wanted.line},
    )


def resolve(odoo: Odoo, keys: Iterable[str]) -> dict[str, list[Component]]:
    """Return the variants of the products with these keys, by key; none for a product not there yet.

    One call, and one where some are no product's: they may be those of single variants.
    """
    found: dict[str, list[Component]] = {}
    wanted = list(keys)
    for name in (KEY, VARIANT_KEY):
        missing = [key for key in wanted if key not in found]
        for row in find(odoo, VARIANT, name, missing, _PRODUCT):
            found.setdefault(row[name], []).append(_component(row, alone=name == VARIANT_KEY))
    return found


def _component(row: Mapping[str, Any], *, alone: bool) -> Component:
    return Component(row["id"], row["product_tmpl_id"], row["uom_id"], alone)
