"""What Odoo holds of the release, read back and compared with the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import KEY, OWN_FIELDS, POSITION, REVISION
from ops.demo.release import Expected

Rows = list[dict[str, Any]]
_PICTURE = "image_128"


@dataclass(frozen=True)
class Arrived:
    """One product of the release, in Odoo."""

    number: str
    name: str
    revision: str
    unit: str
    lines: int
    """Lines of its BOM that the PDM owns; 0 without a BOM."""
    documents: tuple[str, ...]
    picture: bool


@dataclass(frozen=True)
class Snapshot:
    """All that Odoo holds with a key of ours."""

    products: tuple[Arrived, ...]
    written: str
    """The newest write date among them."""


def read(odoo: Odoo) -> Snapshot:
    """Return what Odoo holds: five calls."""
    products = _ours(odoo, "product.template", ["default_code", "name", "uom_id", REVISION, _PICTURE])
    boms = _ours(odoo, "mrp.bom", ["product_tmpl_id"])
    documents = _ours(odoo, "product.document", ["name", "res_id"])
    lines = odoo.call(
        "mrp.bom.line", "search_read", domain=[[POSITION, ">", 0]], fields=["bom_id", "write_date"], load=None
    )
    units = odoo.call("uom.uom", "search_read", domain=[], fields=["name"])
    names = {row["id"]: row["name"] for row in units}
    template_of = {row["id"]: row["product_tmpl_id"] for row in boms}
    line_counts = Counter(template_of.get(row["bom_id"]) for row in lines)
    files: dict[int, list[str]] = {}
    for row in documents:
        files.setdefault(row["res_id"], []).append(row["name"])
    return Snapshot(
        products=tuple(
            Arrived(
                number=row["default_code"] or "",
                name=row["name"],
                revision=row[REVISION] or "",
                unit=names.get(row["uom_id"], ""),
                lines=line_counts[row["id"]],
                documents=tuple(sorted(files.get(row["id"], ()))),
                picture=bool(row[_PICTURE]),
            )
            for row in sorted(products, key=lambda row: row["default_code"] or "")
        ),
        written=max((row["write_date"] for row in (*products, *boms, *lines, *documents)), default=""),
    )


def faults(snapshot: Snapshot, expected: Expected) -> list[str]:
    """Return what differs between Odoo and the files, one sentence each; empty when all arrived."""
    held = {product.number: product for product in snapshot.products}
    found = [f"{number} is {count} times in Odoo" for number, count in _twice(snapshot.products)]
    for number, product in expected.products.items():
        if number not in held:
            found.append(f"{number} is not in Odoo")
        elif product.rank and held[number].revision != product.item.revision:
            found.append(f"{number} has revision {held[number].revision!r}, not {product.item.revision!r}")
    for number, bom in expected.boms.items():
        lines = held[number].lines if number in held else 0
        if lines != len(bom.lines):
            found.append(f"the BOM of {number} has {lines} lines, not {len(bom.lines)}")
    documents = Counter(number for number, _ in expected.attachments)
    found += [
        f"{number} has {len(held[number].documents)} documents, not {count}"
        for number, count in documents.items()
        if number in held and len(held[number].documents) != count
    ]
    found += [
        f"{number} has no picture"
        for number in expected.pictures
        if number in held and not held[number].picture
    ]
    return found


def _ours(odoo: Odoo, model: str, fields: list[str]) -> Rows:
    assert KEY in OWN_FIELDS[model]  # noqa: S101 - the table says which models have keys
    rows: Rows = odoo.call(
        model,
        "search_read",
        domain=[[KEY, "!=", False]],
        fields=[*fields, "write_date"],
        load=None,
        context={"bin_size": True},  # how large a picture is, instead of its bytes
    )
    return rows


def _twice(products: Iterable[Arrived]) -> Iterable[tuple[str, int]]:
    counts: Mapping[str, int] = Counter(product.number for product in products)
    return [(number, count) for number, count in counts.items() if count > 1]
