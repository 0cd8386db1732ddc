"""Whether two consumers left the same in Odoo: what the profile maps is read back and compared.

The pipeline's own fields (key, fence) are not part of it: a user's consumer has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from consumers.odoo.client import Odoo
from consumers.odoo.records import find
from ops.bench.errors import BenchError
from ops.bench.scenarios import LIMIT, Scenario
from schemas.event import Event
from schemas.facts import BOM, LINE, PRODUCT

_PRODUCT = (
    "default_code",
    "name",
    "weight",
    "uom_id",
    "type",
    "is_storable",
    "purchase_ok",
    "active",
)
_BOM = ("product_tmpl_id", "code", "type", "product_qty", "product_uom_id", "active", "company_id")
_LINE = ("bom_id", "sequence", "product_id", "product_qty", "product_uom_id")


def left(odoo: Odoo, scenario: Scenario, events: Sequence[Event], who: str, turn: int) -> dict[str, str]:
    """Return what Odoo holds of each event's item, as text without what only `who` and `turn` have."""
    numbers = [event.subject for event in events]
    products = {row["id"]: row for row in find(odoo, PRODUCT, "default_code", numbers, _PRODUCT)}
    found: dict[str, list[Any]] = {number: [] for number in numbers}
    if scenario.lines:
        boms = {row["id"]: row for row in find(odoo, BOM, "product_tmpl_id", list(products), _BOM)}
        lines: dict[int, list[Any]] = {bom: [] for bom in boms}
        for row in find(odoo, LINE, "bom_id", list(boms), _LINE):
            lines[row.pop("bom_id")].append({name: row[name] for name in row if name != "id"})
        for bom, row in boms.items():
            number = products[row.pop("product_tmpl_id")]["default_code"]
            ordered = sorted(lines[bom], key=lambda line: line["sequence"])
            found[number].append({**row, "id": 0, "lines": ordered})
    else:
        for row in products.values():
            found[row["default_code"]].append({**row, "id": 0})
    same = {scenario.stem(who): "", f"N{turn:03}-": "N-"} | {
        mine: "the version" for mine in scenario.texts(turn, LIMIT) if "N" not in mine
    }
    return {_plain(number, same): _plain(orjson.dumps(held).decode(), same) for number, held in found.items()}


def compare(naive: Mapping[str, str], pipeline: Mapping[str, str], scenario: Scenario) -> None:
    """Raise BenchError unless both left the same of each item that the naive consumer had."""
    for number, held in naive.items():
        if held == "[]" or pipeline.get(number) != held:
            raise BenchError(
                f"{scenario.name}: the naive consumer left {held} of {number}, the pipeline "
                f"{pipeline.get(number)}"
            )


def _plain(text: str, same: Mapping[str, str]) -> str:
    for old, new in same.items():
        text = text.replace(old, new)
    return text
