"""Odoo's companies: their names, and which is a branch of which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consumers.odoo.client import Odoo
from schemas.facts import BOM

COMPANY = "company_id"


@dataclass(frozen=True)
class Tree:
    """The companies that the connection may see."""

    names: Mapping[int, str] = field(default_factory=dict)
    parents: Mapping[int, int] = field(default_factory=dict)
    """Branch → the company that it belongs to."""

    def name(self, company: int) -> str:
        """Return the name of `company`; 0 is none."""
        return self.names.get(company, f"company {company}") if company else "no company"

    def within(self, company: int, other: int) -> bool:
        """Return whether records of `other` may be used in `company`: it is the same, or a branch of it."""
        for _ in range(len(self.parents) + 1):
            if company == other:
                return True
            company = self.parents.get(company, 0)
        return False


def read(odoo: Odoo) -> Tree:
    """Read all companies: one call."""
    rows = odoo.call(
        "res.company", "search_read", domain=[], fields=["name", "parent_id"], order="id", load=None
    )
    return Tree(
        {row["id"]: row["name"] for row in rows},
        {row["id"]: row["parent_id"] for row in rows if row["parent_id"]},
    )


def of_new_boms(odoo: Odoo) -> int:
    """Return the company that Odoo gives a new BOM of this connection; 0 for none: one call."""
    given = odoo.call(BOM, "default_get", fields=[COMPANY])
    return int(given.get(COMPANY) or 0)
