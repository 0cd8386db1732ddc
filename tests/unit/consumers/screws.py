"""A product of several variants, each with a number."""

from __future__ import annotations

from typing import Any

from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm


def screws(odoo: Plm, *codes: str, **template: Any) -> int:
    """Put in a template with a variant per number; return its id."""
    made = odoo.add(TEMPLATE, **({"name": "Screw"} | template))
    [first] = [one["id"] for one in odoo.records(VARIANT) if one["product_tmpl_id"] == made]
    odoo._records[VARIANT][first]["default_code"] = codes[0]
    for code in codes[1:]:
        odoo.add_variant(made, default_code=code)
    return made


def variant(odoo: Plm, code: str, *names: str) -> list[Any]:
    """Return what the variant with the number `code` has of its own."""
    [found] = [one for one in odoo._records[VARIANT].values() if one.get("default_code") == code]
    return [found.get(name) for name in names]
