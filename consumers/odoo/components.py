"""Products as components: the variants that stand on lines of BOMs, and what has to be known of them.

A newcomer would get wrong what is not asked: whether a component that is on a line already has a BOM of its
own is asked of those alone that come to a BOM, for only then can a cycle arise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.odoo.records import FIND_VALUES
from schemas.facts import VARIANT
from schemas.sequence import LOWEST

_OF_VARIANT = ("active",)
_OF_TEMPLATE = (KEY, "uom_id", "company_id")
PRODUCT = (*_OF_VARIANT, *_OF_TEMPLATE, "product_tmpl_id")
"""What is read of the product of every line."""
BOMS = "bom_ids"


@dataclass(frozen=True)
class Component:
    """The one variant of a product that stands on BOM lines."""

    product: int
    """Id of the `product.product`."""
    template: int
    unit: int
    active: bool = True
    company: int = 0
    """0: of all companies."""
    sequence: str | None = None
    """The fence of the product; None when it was not read."""
    boms: tuple[int, ...] | None = None
    """BOMs in use that make it; None when it was not read."""

    @property
    def released(self) -> bool:
        """Return whether an event of the component's own has been applied, and it is in use."""
        return self.active and (self.sequence or LOWEST) != LOWEST


def inside(fields: Sequence[str]) -> Values:
    """Return what to ask of a product inside another record: `PRODUCT`, and `fields` of its template.

    What the template keeps is asked of it: through the variant Odoo computes it one by one, which takes a
    third longer for the 1,000 lines of a BOM (measured on Odoo 19).
    """
    template: Values = {"fields": {name: {} for name in (*_OF_TEMPLATE, *fields)}}
    return {"fields": {**{name: {} for name in _OF_VARIANT}, "product_tmpl_id": template}}


def flat(product: Mapping[str, Any]) -> Values:
    """Return the `product` that was asked for by `inside` as if it had been read by itself."""
    template = product["product_tmpl_id"]
    return {**template, **product, "product_tmpl_id": template["id"]}


def component(row: Mapping[str, Any]) -> Component:
    """Return the component that `row` is, a `product.product` as read, its many2one fields as ids."""
    return Component(
        product=row["id"],
        template=row["product_tmpl_id"],
        unit=row["uom_id"],
        active=bool(row["active"]),
        company=row["company_id"] or 0,
        sequence=(row[SEQUENCE] or "") if SEQUENCE in row else None,
        boms=tuple(row[BOMS]) if BOMS in row else None,
    )


def resolve(odoo: Odoo, keys: Iterable[str], *fields: str) -> dict[str, list[Component]]:
    """Return the variants of the products with these keys, by key; none for a product not there yet.

    One call per thousand keys. `fields` are read beside those of every component.
    """
    found: dict[str, list[Component]] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), FIND_VALUES):
        rows = odoo.call(
            VARIANT,
            "search_read",
            # Archived products too, but of their BOMs only those in use.
            domain=[[KEY, "in", wanted[start : start + FIND_VALUES]], ["active", "in", [True, False]]],
            fields=[*PRODUCT, BOMS, *fields],
            order="id",
            load=None,
            context={"active_test": True},
        )
        for row in rows:
            found.setdefault(row[KEY], []).append(component(row))
    return found
