"""The lines of a BOM as they would be in Odoo: one row per line of the event. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consumers.mapping.bom import WantedLine
from consumers.mapping.bom_lines import is_byproduct
from consumers.odoo.usage import amount
from schemas.bom import Bom
from schemas.profile import BomPolicy


@dataclass(frozen=True)
class BomRow:
    """One line of the event."""

    position: int
    component: str
    quantity: str
    """In Odoo; of a by-product, and while products are waited for, as the vault has it."""
    unit: str
    note: str
    """What differs from the vault's line."""


def as_in_vault(bom: Bom, policy: BomPolicy) -> list[BomRow]:
    """Return the lines of `bom` before their components are known in Odoo."""
    return [
        BomRow(
            line.position,
            line.number,
            f"{line.quantity:f}",
            line.unit or "",
            "by-product" if is_byproduct(line, bom, policy) else "",
        )
        for line in bom.lines
    ]


def as_in_odoo(
    bom: Bom, policy: BomPolicy, wanted: Iterable[WantedLine], units: Mapping[int, str]
) -> Iterator[BomRow]:
    """Yield the lines of `bom` as `wanted` in Odoo; `units` are names by id."""
    by_position = {one.position: one for one in wanted}
    numbers = {line.position: line.number for line in bom.lines}
    for told, line in zip(as_in_vault(bom, policy), bom.lines, strict=True):
        if one := by_position.get(line.position):
            quantity, unit = amount(one.quantity), units.get(one.unit, "")
            same = float(line.quantity) == one.quantity and (line.unit or unit) == unit
            vault = "" if same else f"in the vault {f'{line.quantity:f} {line.unit or unit}'}"
            yield BomRow(line.position, line.number, quantity, unit, vault)
        elif told.note:
            yield told
        else:
            into = next((place for place in by_position if numbers.get(place) == line.number), 0)
            yield BomRow(
                line.position, line.number, "", "", f"merged into line {into}" if into else "left out"
            )
