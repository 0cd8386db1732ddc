"""Products as components: the variants that stand on lines of BOMs, and what has to be known of them.

A newcomer would get wrong what is not asked: whether a component that is on a line already has a BOM of its
own is asked of those alone that come to a BOM, for only then can a cycle arise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.client import Odoo, Values
from consumers.odoo.either import FIND_VALUES
from consumers.odoo.own_fields import KEY, OF_VARIANT, SEQUENCE, VARIANT_KEY
from schemas.facts import VARIANT

_OF_VARIANT = (VARIANT_KEY, "active")
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
    alone: bool = False
    """Whether the item is this variant, and not its template as a whole."""
    boms: tuple[int, ...] | None = None
    """BOMs in use that make it; None when it was not read."""

    @property
    def released(self) -> bool:
        """Return whether an event of the component's own has been applied, and it is in use."""
        return self.active and bool(self.sequence)


def of_both(fields: Sequence[str]) -> tuple[str, ...]:
    """Return `fields` of a template with what the same of a single variant is called."""
    return (*fields, *(OF_VARIANT[name] for name in fields if name in OF_VARIANT))


def inside(fields: Sequence[str]) -> Values:
    """Return what to ask of a product inside another record: `PRODUCT`, and `fields` of the item.

    What the template keeps is asked of it: through the variant Odoo computes it one by one, which takes a
    third longer for the 1,000 lines of a BOM (measured on Odoo 19).
    """
    template: Values = {"fields": {name: {} for name in (*_OF_TEMPLATE, *fields)}}
    own = (*_OF_VARIANT, *(OF_VARIANT[name] for name in fields if name in OF_VARIANT))
    return {"fields": {**{name: {} for name in own}, "product_tmpl_id": template}}


def flat(product: Mapping[str, Any]) -> Values:
    """Return the `product` that was asked for by `inside` as if it had been read by itself."""
    template = product["product_tmpl_id"]
    return {**template, **product, "product_tmpl_id": template["id"]}


def component(row: Mapping[str, Any]) -> Component:
    """Return the component that `row` is, a `product.product` as read, its many2one fields as ids."""
    alone = bool(row[VARIANT_KEY])
    fence = OF_VARIANT[SEQUENCE] if alone else SEQUENCE
    return Component(
        product=row["id"],
        template=row["product_tmpl_id"],
        unit=row["uom_id"],
        active=bool(row["active"]),
        company=row["company_id"] or 0,
        sequence=(row[fence] or "") if fence in row else None,
        alone=alone,
        boms=tuple(row[BOMS]) if BOMS in row else None,
    )


def key_of(row: Mapping[str, Any]) -> str:
    """Return the key of the item that `row` is, its own as a variant first; empty when it is none of ours."""
    return str(row[VARIANT_KEY] or row[KEY] or "")


def resolve(odoo: Odoo, keys: Iterable[str], *fields: str) -> dict[str, list[Component]]:
    """Return the variants of the products with these keys, by key; none for a product not there yet.

    One call per thousand keys. `fields` are read beside those of every component.
    """
    found: dict[str, list[Component]] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), FIND_VALUES):
        chunk = wanted[start : start + FIND_VALUES]
        rows = odoo.call(
            VARIANT,
            "search_read",
            # Archived products too, but of their BOMs only those in use.
            domain=["|", [KEY, "in", chunk], [VARIANT_KEY, "in", chunk], ["active", "in", [True, False]]],
            fields=[*PRODUCT, BOMS, *of_both(fields)],
            order="id",
            load=None,
            context={"active_test": True},
        )
        for row in rows:
            found.setdefault(key_of(row), []).append(component(row))
    return found
