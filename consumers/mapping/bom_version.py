"""Which BOM an event is for: the one in use, one that an attempt left half built, or a new version. Pure.

A newcomer would get wrong when the old version goes: with the same write that brings the new one into use,
so that at no moment there is none, or two. What came back to use beside the current one, as Odoo lets all
BOMs of a product that leaves the archive, goes with any event that is not older: a redelivery mends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consumers.mapping.product import ACTIVE
from consumers.odoo.boms import OPERATIONS, HeldBom, Versions
from consumers.odoo.components import Component
from consumers.odoo.own_fields import REVISION
from consumers.results import joined
from schemas.event import Event
from schemas.keys import encode_part
from schemas.profile import Revisions


@dataclass(frozen=True)
class Target:
    """The BOM that an event is for."""

    held: HeldBom | None
    """What is written to; None when it has to be made."""
    used: HeldBom | None
    """What it is compared with; None for a BOM that has to be built."""
    before: HeldBom | None
    """What the product had until now."""
    template: int
    unit: int
    product: int = 0
    """The variant that it makes alone; 0 for all variants."""
    version: str = ""
    """What tells the external id of a later version from that of the first BOM of the key."""
    retired: tuple[int, ...] = ()
    """Other BOMs of the key in use, older or half built, that are archived with it."""
    note: str = ""


def target(
    event: Event, held: Versions, revisions: Revisions, parent: Component | None, unit: str, *, may: bool
) -> Target:
    """Return what `event` is for, where Odoo holds `held`, or `parent` is the product that has no BOM yet.

    `unit` is the name of a BOM's unit; `may` says whether the profile lets BOMs be written to.
    """
    current = held.current
    before = current or held.half
    template, product, counted = _made(before, parent, unit)
    if current is None:
        retired = _in_use(held.halves[1:])
        note = _beside(parent)
        return Target(held.half, None, None, template, counted, product, retired=retired, note=note)
    allowed = may and event.sequence >= current.sequence
    revision, old = event.data.item.revision, current.header[REVISION] or ""
    newer = allowed and event.sequence > current.sequence
    if not (newer and revisions is Revisions.NEW_VERSION and revision != old):
        older = _in_use(held.older) if allowed else ()
        halves = _in_use(held.halves) if allowed else ()
        notes = (
            f"{len(older)} older versions went back to the archive" if older else "",
            f"{len(halves)} half-built BOMs went back to the archive" if halves else "",
        )
        note = joined(*notes)
        retired = (*older, *halves)
        return Target(current, current, current, template, counted, product, retired=retired, note=note)
    retired = _in_use((current, *held.older, *held.halves[1:]))
    return Target(
        held=held.half,
        used=None,
        before=current,
        template=template,
        unit=counted,
        product=product,
        version=f"version-{encode_part(event.sequence)}",
        retired=retired,
        note=f"revision {revision} is a new BOM, that of revision {old} is archived{_left(current)}",
    )


def _made(before: HeldBom | None, parent: Component | None, unit: str) -> tuple[int, int, int]:
    """Return template, variant and unit of what the BOM makes."""
    if before:
        header = before.header
        return header["product_tmpl_id"], header["product_id"] or 0, header[unit]
    return (parent.template, parent.product if parent.alone else 0, parent.unit) if parent else (0, 0, 0)


def _in_use(boms: Sequence[HeldBom]) -> tuple[int, ...]:
    return tuple(one.id for one in boms if one.header[ACTIVE])


def _beside(parent: Component | None) -> str:
    """Say that the product has other BOMs: Odoo takes the first of them all."""
    if not (parent and parent.boms):
        return ""
    return f"the product has {len(parent.boms)} other BOMs in use, and Odoo takes the first by its sequence"


def _left(old: HeldBom) -> str:
    """Say what manufacturing added to the `old` BOM: nobody knows what of it the new one needs."""
    lines, operations = len(old.added), len(old.header.get(OPERATIONS) or ())
    if not (lines or operations):
        return ""
    return f" with the {lines} lines and {operations} operations that manufacturing added"
