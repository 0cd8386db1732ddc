"""Which products are made of which, as Odoo holds it: asked upwards, several levels in one call.

A newcomer would get wrong to ask downwards: an assembly that is new is used nowhere, but has all its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY
from consumers.odoo.records import find
from schemas.facts import BOM, LINE, PRODUCT

LEVELS = 4
"""Levels in one call. A product that is used in many ways comes once per way, so more would weigh more."""


_BOM = ("active", "product_id", "product_tmpl_id", KEY)


@dataclass(frozen=True)
class Use:
    """One BOM in use that has a component, both named by their `product.template`."""

    component: int
    bom: int
    parent: int
    number: str
    """Of the parent; empty when it has none."""
    asked: bool
    """Whether the answer says in turn where the parent is used."""
    ours: bool = False
    """Whether the BOM came from the vault: a newer event may change it."""


def where_used(odoo: Odoo, templates: Sequence[int]) -> list[Use]:
    """Return the uses of `templates` in BOMs that are not archived, and of what these make, some levels up.

    One call; three, for one level, in Odoo 16.
    """
    if not capabilities(odoo.version()).nested_reads:
        return list(_one_level(odoo, templates))
    reply = odoo.call(
        PRODUCT,
        "web_search_read",
        domain=[["id", "in", list(templates)]],
        specification=_specification(LEVELS),
        order="id",
    )
    return list(_uses(reply["records"]))


def _specification(levels: int) -> Values:
    if not levels:
        return {"default_code": {}}
    above: Values = {
        "active": {},
        "product_id": {},
        KEY: {},
        "product_tmpl_id": {"fields": _specification(levels - 1)},
    }
    return {"default_code": {}, "bom_line_ids": {"fields": {"bom_id": {"fields": above}}}}


def _uses(records: Iterable[Mapping[str, Any]]) -> Iterator[Use]:
    for record in records:
        boms = {line["bom_id"]["id"]: line["bom_id"] for line in record.get("bom_line_ids", ())}
        for bom in boms.values():
            if _counts(bom):
                above = bom["product_tmpl_id"]
                number = above["default_code"] or ""
                asked, ours = "bom_line_ids" in above, bool(bom[KEY])
                yield Use(record["id"], bom["id"], above["id"], number, asked, ours)
                yield from _uses([above])


def _counts(bom: Mapping[str, Any]) -> bool:
    """Return whether `bom` is in use and makes a product as a whole.

    One variant may be made of what another is part of: Odoo tells them apart, and checks.
    """
    return bool(bom["active"]) and not bom["product_id"]


def _one_level(odoo: Odoo, templates: Sequence[int]) -> Iterator[Use]:
    lines = find(odoo, LINE, "product_tmpl_id", templates, ("product_tmpl_id", "bom_id"))
    rows = find(odoo, BOM, "id", sorted({line["bom_id"] for line in lines}), _BOM)
    boms = {row["id"]: row for row in rows if _counts(row)}
    above = sorted({row["product_tmpl_id"] for row in boms.values()})
    parents = find(odoo, PRODUCT, "id", above, ("default_code",))
    numbers = {row["id"]: row["default_code"] or "" for row in parents}
    for line in lines:
        if bom := boms.get(line["bom_id"]):
            parent, ours = bom["product_tmpl_id"], bool(bom[KEY])
            yield Use(line["product_tmpl_id"], bom["id"], parent, numbers[parent], asked=False, ours=ours)
