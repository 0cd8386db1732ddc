"""What hangs on a part: where it is used on all levels, stock, open orders. Asks Odoo, writes nothing.

A newcomer would get wrong that a number names one product: Odoo lets several have it. All are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from consumers.odoo.capabilities import bom_unit
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, OF_VARIANT, REVISION, VARIANT_KEY
from consumers.odoo.questions import Questions
from consumers.odoo.related import escaped
from consumers.odoo.schema import Schema
from consumers.odoo.usage import Usage, of_variants
from consumers.odoo.where_used import Looking, Parent, Step, WhereUsed, where_used
from schemas.facts import BOM, LINE, VARIANT

_CANDIDATES = 1000
_NEAR = 5


@dataclass(frozen=True)
class Part:
    """A product of Odoo, or those of its variants that were named."""

    number: str
    name: str
    revision: str
    key: str
    """Our key; empty for a product that is no item of the vault."""
    template: int
    archived: bool
    unit: str
    variants: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """One line of the where-used list, in the order in which people read it."""

    level: int
    number: str
    name: str
    component: str
    """The number of what is used here."""
    quantity: float
    unit: str
    per: float
    per_unit: str
    bom: str
    """The reference of the BOM, else nothing."""
    bom_id: int
    kind: str
    archived: bool
    """Whether the BOM is archived, or the product."""
    top: bool
    """Whether it is used nowhere itself."""
    cycle: bool
    """Whether it contains itself: it stands above in the list, between here and the part."""
    see_level: int
    """The level at which what it is used in is told, where that is not here; else 0."""
    orders: Sequence[str]
    """Its open manufacturing orders."""


@dataclass(frozen=True)
class Impact:
    """What hangs on one part."""

    part: Part
    usage: Usage
    places: list[Place] = field(default_factory=list)
    more: bool = False
    """Whether there are levels above those that were asked for."""
    unknown: Sequence[str] = ()
    """What Odoo refused to say."""


def find(odoo: Odoo, identify: str, number: str) -> list[Part]:
    """Return the products whose number, or our key, is `number`, those in use first: one call.

    Raises:
        PipelineError, UnavailableError: Odoo refuses, or does not answer.
    """
    ours = (KEY, REVISION, VARIANT_KEY, OF_VARIANT[REVISION])
    fields = dict.fromkeys((identify, "default_code", "name", "active", "product_tmpl_id", "uom_id", *ours))
    rows = odoo.call(
        VARIANT,
        "search_read",
        domain=["|", "|", [identify, "=", number], [KEY, "=", number], [VARIANT_KEY, "=", number]],
        fields=list(fields),
        order="id",
    )
    products: dict[tuple[int, str], list[Values]] = {}
    for row in rows:
        # A variant that is an item itself is a part of its own.
        products.setdefault((row["product_tmpl_id"][0], row[VARIANT_KEY] or ""), []).append(row)
    found = [_part(template, variants, identify) for (template, _), variants in products.items()]
    return sorted(found, key=lambda one: one.archived)


def _part(template: int, variants: Sequence[Values], identify: str) -> Part:
    first = variants[0]
    key, revision = (VARIANT_KEY, OF_VARIANT[REVISION]) if first[VARIANT_KEY] else (KEY, REVISION)
    return Part(
        number=str(first[identify] or first["default_code"] or first["name"]),
        name=first["name"],
        revision=first[revision] or "",
        key=first[key] or "",
        template=template,
        archived=not any(row["active"] for row in variants),
        unit=first["uom_id"][1],
        variants=tuple(row["id"] for row in variants),
    )


def near(odoo: Odoo, identify: str, number: str) -> list[str]:
    """Return up to five numbers that are like `number`: one call. Raises as `find`."""
    start = escaped(number[: max(1, len(number) // 2)])
    rows = odoo.call(
        VARIANT,
        "search_read",
        domain=["|", [identify, "=ilike", f"{start}%"], [identify, "ilike", escaped(number)]],
        fields=[identify],
        order="id desc",
        limit=_CANDIDATES,
    )
    folded = {str(row[identify]).casefold(): str(row[identify]) for row in rows if row[identify]}
    return [folded[one] for one in get_close_matches(number.casefold(), folded, n=_NEAR, cutoff=0.5)]


def impact(
    odoo: Odoo, schema: Schema, part: Part, levels: int | None = None, *, archived: bool = False
) -> Impact:
    """Return what hangs on `part`; with `archived` also where archived BOMs use it.

    Calls: 7 for its own use, and as in `where_used.py`.

    Raises:
        UnavailableError: Odoo does not answer, or misses our fields.
    """
    asked = Questions(odoo, most=None)
    uses = of_variants(asked, dict.fromkeys(part.variants, part.template), {part.template: part.unit})
    units = bom_unit(schema.model(BOM).fields), bom_unit(schema.model(LINE).fields)
    found = where_used(asked, part.template, part.variants, Looking(units, levels, archived=archived))
    places = list(_Listing(part, found).places())
    unknown = tuple(dict.fromkeys(asked.unknown))
    return Impact(part, uses.of[part.template], places, found.more, unknown)


class _Listing:
    """Brings the steps into the order of a list with indents: each product's own users once."""

    def __init__(self, part: Part, found: WhereUsed) -> None:
        self._part = part
        self._found = found
        self._users: dict[int, list[Step]] = {}
        self._level = {part.template: 0}
        for step in found.steps:
            self._users.setdefault(step.component, []).append(step)
            self._level.setdefault(step.parent, step.level)
        self._told: set[int] = set()

    def places(self) -> Iterator[Place]:
        return self._above(self._part.template, 1, frozenset({self._part.template}))

    def _above(self, component: int, level: int, path: frozenset[int]) -> Iterator[Place]:
        for step in sorted(
            self._users.get(component, ()), key=lambda one: (self._parent(one).number, one.bom)
        ):
            cycle = step.parent in path
            again = not cycle and (step.parent in self._told or self._level[step.parent] != level)
            see = self._level[step.parent] if again and step.parent in self._users else 0
            yield self._place(step, level, cycle=cycle, see=see)
            if not (cycle or again):
                self._told.add(step.parent)
                yield from self._above(step.parent, level + 1, path | {step.parent})

    def _place(self, step: Step, level: int, *, cycle: bool, see: int) -> Place:
        parent = self._parent(step)
        last = self._found.more and self._level[step.parent] == max(self._level.values())
        component = self._found.parents.get(step.component)
        return Place(
            level=level,
            number=parent.number,
            name=parent.name,
            component=component.number
            if component and step.component != self._part.template
            else self._part.number,
            quantity=step.quantity,
            unit=step.unit,
            per=step.per,
            per_unit=step.per_unit,
            bom=step.code,
            bom_id=step.bom,
            kind=step.kind,
            archived=step.archived or not parent.active,
            top=not (cycle or last or step.parent in self._users),
            cycle=cycle,
            see_level=see,
            orders=parent.orders,
        )

    def _parent(self, step: Step) -> Parent:
        unsaid = Parent("", f"product {step.parent}", active=True, orders=())
        return self._found.parents.get(step.parent, unsaid)
