"""Where a part is used, on all levels up to the tops: found level by level, whatever it is used in.

A newcomer would get wrong that the structure is no tree: a screw is reached by many ways, and vaults hold
assemblies that contain themselves. Every product is looked at once, on the lowest level where it is met.
Calls: 2 per level, 1 more to find that there is nothing above the tops, and 2 for all products found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.odoo.client import Values
from consumers.odoo.questions import Questions
from consumers.odoo.usage import OPEN, USED_BOM
from schemas.facts import BOM, LINE, PRODUCT


@dataclass(frozen=True)
class Looking:
    """How far to look, and what this Odoo calls the unit of a BOM and of its lines."""

    units: tuple[str, str]
    levels: int | None = None
    """None: up to the tops."""
    archived: bool = False
    """Whether archived BOMs, and BOMs of archived products, count."""


@dataclass(frozen=True)
class Step:
    """One component of one BOM."""

    component: int
    """The template that is used; `parent` is the one that uses it."""
    parent: int
    level: int
    """From 1, the part itself being level 0."""
    bom: int
    code: str
    kind: str
    """Odoo's word: `normal`, `phantom`."""
    quantity: float
    unit: str
    per: float
    """How much of the parent the BOM is for, in `per_unit`."""
    per_unit: str
    archived: bool


@dataclass(frozen=True)
class Parent:
    """A product in which the part is used."""

    number: str
    name: str
    active: bool
    orders: Sequence[str]
    """Its open manufacturing orders."""


@dataclass
class WhereUsed:
    """All levels."""

    steps: list[Step] = field(default_factory=list)
    parents: dict[int, Parent] = field(default_factory=dict)
    more: bool = False
    """Whether the levels ended before the tops did."""


def where_used(asked: Questions, template: int, variants: Iterable[int], looking: Looking) -> WhereUsed:
    """Return where these `variants` of `template` are used.

    Raises:
        UnavailableError: Odoo cannot work. What it refuses to say is noted in `asked`.
    """
    found = WhereUsed()
    seen = {("product_tmpl_id", template)}
    front = {("product_id", variant) for variant in variants}
    level = 0
    while front:
        lines = _lines(asked, front, looking)
        if not lines:
            break
        if level == looking.levels:
            found.more = True
            break
        level += 1
        seen |= front
        boms = _boms(asked, {line["bom_id"][0] for line in lines}, looking)
        found.steps += _steps(lines, boms, level, looking)
        # A BOM of one variant makes that one only.
        above = {
            ("product_id", bom["product_id"][0])
            if bom["product_id"]
            else ("product_tmpl_id", bom["product_tmpl_id"][0])
            for bom in boms.values()
        }
        front = above - seen
    found.parents = _parents(asked, {step.parent for step in found.steps})
    return found


def _lines(asked: Questions, front: Iterable[tuple[str, int]], looking: Looking) -> list[Values]:
    ids: dict[str, list[int]] = {"product_id": [], "product_tmpl_id": []}
    for name, record in sorted(front):
        ids[name].append(record)
    domain: list[Any] = ["|", *([name, "in", records] for name, records in ids.items())]
    fields = ("product_tmpl_id", "bom_id", "product_qty", looking.units[1])
    return asked.rows("BOMs", LINE, domain + ([] if looking.archived else list(USED_BOM)), *fields)


def _boms(asked: Questions, ids: Iterable[int], looking: Looking) -> dict[int, Values]:
    fields = ("product_tmpl_id", "product_id", "product_qty", "code", "type", "active", looking.units[0])
    rows = asked.rows("BOMs", BOM, [["id", "in", sorted(ids)]], *fields)
    return {row["id"]: row for row in rows}


def _steps(
    lines: Iterable[Values], boms: Mapping[int, Values], level: int, looking: Looking
) -> Iterable[Step]:
    """Return one step per BOM, component and unit: lines of the same are added up."""
    sums: dict[tuple[int, int, str], float] = {}
    for line in lines:
        place = line["bom_id"][0], line["product_tmpl_id"][0], line[looking.units[1]][1]
        sums[place] = sums.get(place, 0.0) + line["product_qty"]
    for (record, component, unit), quantity in sums.items():
        if bom := boms.get(record):
            yield Step(
                component=component,
                parent=bom["product_tmpl_id"][0],
                level=level,
                bom=record,
                code=bom["code"] or "",
                kind=bom["type"],
                quantity=quantity,
                unit=unit,
                per=bom["product_qty"],
                per_unit=bom[looking.units[0]][1],
                archived=not bom["active"],
            )


def _parents(asked: Questions, templates: Iterable[int]) -> dict[int, Parent]:
    ids = sorted(templates)
    if not ids:
        return {}
    domain = [["product_id.product_tmpl_id", "in", ids], OPEN]
    orders: dict[int, list[str]] = {}
    for row in asked.rows("manufacturing orders", "mrp.production", domain, "name", "product_tmpl_id"):
        orders.setdefault(row["product_tmpl_id"][0], []).append(row["name"])
    rows = asked.rows("products", PRODUCT, [["id", "in", ids]], "default_code", "name", "active")
    return {
        row["id"]: Parent(row["default_code"] or "", row["name"], row["active"], orders.get(row["id"], []))
        for row in rows
    }
