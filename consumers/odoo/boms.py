"""Bills of materials as Odoo holds them, read in bulk: all versions of a key, each with its lines.

A newcomer would get wrong that Odoo checks for cycles only when lines are written *through* the BOM,
and that a write to lines alone does not tell running manufacturing orders. And that an item may have several
variants: which one a line has is a person's choice for that BOM, and says nothing of any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.components import PRODUCT, Component, component, flat, inside, key_of, of_both
from consumers.odoo.own_fields import DIGEST, KEY, POSITION, REVISION, SEQUENCE
from consumers.odoo.records import find
from schemas.facts import BOM, BYPRODUCT, LINE, VARIANT

LINES, BYPRODUCTS, OPERATIONS = "bom_line_ids", "byproduct_ids", "operation_ids"
_HEADER = (
    *(KEY, SEQUENCE, DIGEST, REVISION),
    *("active", "product_tmpl_id", "product_id", "company_id", "product_qty", "write_date"),
)
_LINE = (POSITION, "write_date", "product_qty")


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
    """What this Odoo calls the unit of a BOM and of its lines."""
    header: Sequence[str] = ()
    """What the profile maps of the BOM."""
    line: Sequence[str] = ()
    """What the profile maps of its lines."""
    product: Sequence[str] = ()
    """What is needed of the products of lines beside what is read of each."""
    byproducts: bool = False
    """Whether by-products are the PDM's too."""
    operations: bool = False
    """Whether it has to be known which operations manufacturing added."""


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
    byproducts: tuple[HeldLine, ...] = ()
    """By-products that the PDM owns."""
    added: tuple[int, ...] = ()
    """Templates on the lines that manufacturing added."""
    components: Mapping[str, Mapping[int, Component]] = field(default_factory=dict)
    """What stands on the lines that the PDM owns, by-products among them: by key, then by position."""

    def component(self, key: str, position: int) -> Component | None:
        """Return the variant of the item `key` that the line at `position` has, or else all its lines have.

        None when there is no such line, or the variants on them differ: then nobody may choose.
        """
        there = self.components.get(key, {})
        if position in there:
            return there[position]
        alike = {one.product: one for one in there.values()}
        return next(iter(alike.values())) if len(alike) == 1 else None


@dataclass(frozen=True)
class Versions:
    """All BOMs of one key: the current one has the highest sequence."""

    current: HeldBom | None = None
    halves: tuple[HeldBom, ...] = ()
    """Those that attempts left half built, the oldest first."""
    older: tuple[HeldBom, ...] = field(default=())

    @classmethod
    def of(cls, boms: Iterable[HeldBom]) -> Versions:
        """Sort `boms` of one key."""
        ranked = sorted(boms, key=lambda one: (one.sequence, -one.id), reverse=True)
        built = [one for one in ranked if one.sequence]
        half = [one for one in ranked if not one.sequence]
        return cls(built[0] if built else None, tuple(half), tuple(built[1:]))

    @property
    def half(self) -> HeldBom | None:
        """Return the one half built that an attempt may complete."""
        return self.halves[0] if self.halves else None

    @property
    def sequence(self) -> str:
        """Return the fence: no event below it may be applied."""
        return self.current.sequence if self.current else ""

    def component(self, key: str, position: int) -> Component | None:
        """Return what the current BOM has, as `HeldBom.component` does."""
        return self.current.component(key, position) if self.current else None


def read(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> dict[str, Versions]:
    """Return the BOMs of `keys` by key, with what stands on their lines: one call.

    Odoo 16 takes three calls, and one for by-products.
    """
    if not keys:
        return {}
    records = (_nested if capabilities(odoo.version()).nested_reads else _flat)(odoo, keys, wanted)
    boms: dict[str, list[HeldBom]] = {}
    for record in records:
        boms.setdefault(record[KEY], []).append(_bom(record, wanted))
    return {key: Versions.of(found) for key, found in boms.items()}


def _bom(record: Values, wanted: Wanted) -> HeldBom:
    owned = [line for line in record[LINES] if line[POSITION]]
    byproducts = [line for line in record.get(BYPRODUCTS, ()) if line[POSITION]]
    return HeldBom(
        id=record["id"],
        sequence=record[SEQUENCE] or "",
        header=record,
        lines=tuple(_line(line, wanted.unit, wanted.line) for line in owned),
        lines_ahead=any(line["write_date"] > record["write_date"] for line in owned),
        byproducts=tuple(_line(line, wanted.unit) for line in byproducts),
        added=tuple(line["product_id"]["product_tmpl_id"] for line in record[LINES] if not line[POSITION]),
        components=_components((*owned, *byproducts)),
    )


def _components(lines: Iterable[Values]) -> dict[str, dict[int, Component]]:
    found: dict[str, dict[int, Component]] = {}
    for line in lines:
        product = line["product_id"]
        # Where a person has doubled a line, the first of both is the one that is kept.
        if key := key_of(product):
            found.setdefault(key, {}).setdefault(line[POSITION], component(product))
    return found


def _nested(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> list[Values]:
    """Return the BOMs with their lines inside and the product inside each line."""
    product = inside(wanted.product)

    def lines(*mapped: str) -> Values:
        return {"fields": {**{name: {} for name in (*_LINE, wanted.unit, *mapped)}, "product_id": product}}

    inner = {LINES: lines(*wanted.line)} | ({BYPRODUCTS: lines()} if wanted.byproducts else {})
    reply = odoo.call(
        BOM,
        "web_search_read",
        domain=[[KEY, "in", list(keys)]],
        specification={**{name: {} for name in _header(wanted)}, **inner},
        order="id desc",
    )
    records: list[Values] = reply["records"]
    for record in records:
        for line in (*record[LINES], *record.get(BYPRODUCTS, ())):
            line["product_id"] = flat(line["product_id"])
    return records


def _flat(odoo: Odoo, keys: Sequence[str], wanted: Wanted) -> list[Values]:
    """Return the same as `_nested`, put together from one call per model."""
    boms = find(odoo, BOM, KEY, keys, _header(wanted))
    ids = [bom["id"] for bom in boms]
    plain = (*_LINE, wanted.unit, "bom_id", "product_id")
    kinds = {LINES: find(odoo, LINE, "bom_id", ids, (*plain, *wanted.line))}
    if wanted.byproducts:
        kinds[BYPRODUCTS] = find(odoo, BYPRODUCT, "bom_id", ids, plain)
    used = {line["product_id"] for lines in kinds.values() for line in lines}
    rows = find(odoo, VARIANT, "id", sorted(used), (*PRODUCT, *of_both(wanted.product)))
    products = {row["id"]: row for row in rows}
    of: dict[tuple[str, int], list[Values]] = {}
    for kind, lines in kinds.items():
        for line in lines:
            row = {**line, "product_id": products[line["product_id"]]}
            of.setdefault((kind, line["bom_id"]), []).append(row)
    return [{**bom, **{kind: of.get((kind, bom["id"]), []) for kind in kinds}} for bom in boms]


def _header(wanted: Wanted) -> tuple[str, ...]:
    names = (*_HEADER, wanted.unit, *((OPERATIONS,) if wanted.operations else ()), *wanted.header)
    return tuple(dict.fromkeys(names))


def _line(line: Mapping[str, Any], unit: str, mapped: Sequence[str] = ()) -> HeldLine:
    return HeldLine(
        id=line["id"],
        position=line[POSITION],
        product=line["product_id"]["id"],
        quantity=line["product_qty"],
        unit=line[unit],
        values={name: line[name] for name in mapped},
    )
