"""One BOM event and what Odoo holds → what to write. Pure; refuses what Odoo would take and get wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Protocol

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom import LineChanges, WantedLine, compare
from consumers.mapping.units import unit_id
from consumers.mapping.values import cells, difference
from consumers.odoo.boms import LINE, Component, HeldBom
from consumers.odoo.client import Values
from consumers.odoo.schema import KEY, REVISION, SEQUENCE
from consumers.odoo.units import Units
from consumers.results import Result
from schemas import keys
from schemas.bom import BomLine
from schemas.dead_letter import MAX_MESSAGE, Reason
from schemas.event import Event

_ROOM = MAX_MESSAGE - 100
"""Bytes for names in the text of an error."""


class Rounding(Protocol):
    """Rounds as Odoo does."""

    def __call__(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it."""


@dataclass(frozen=True)
class Known:
    """What is known of Odoo while planning."""

    components: Mapping[str, Sequence[Component]]
    """Variants by the key of their product."""
    units: Units
    unit_aliases: Mapping[str, str]
    rounded: Rounding


@dataclass(frozen=True)
class Plan:
    """What to write for one event."""

    event: Event
    held: HeldBom | None
    parent: Component | None
    """Needed for a new BOM only."""
    wanted: tuple[WantedLine, ...]
    lines: LineChanges
    header: Values

    @property
    def new(self) -> bool:
        """Return whether the BOM has to be built: it is not there, or an attempt left it half built."""
        return self.held is None or not self.held.sequence

    @property
    def result(self) -> Result:
        """Return the result the event will have."""
        if self.new:
            return Result.CREATED
        return Result.UPDATED if self.lines or self.header.keys() - {SEQUENCE} else Result.UNCHANGED

    def build(self) -> Values:
        """Return the values that complete a new BOM: all lines, the fence, and active.

        The lines are cleared first: an attempt whose reply was lost may still be running, and Odoo
        itself repeats a transaction after a conflict; neither doubles a line.
        """
        return self.header | {
            "bom_line_ids": [[5, 0, 0], *([0, 0, line.values()] for line in self.wanted)],
            "active": True,
        }

    def row(self) -> dict[str, str]:
        """Return the `load()` row of a new BOM's header: inactive, for it has no lines yet."""
        assert self.parent  # noqa: S101 - a plan without a BOM has a parent
        values = {
            KEY: self.event.key,
            "product_tmpl_id/.id": self.parent.template,
            "product_uom_id/.id": self.parent.unit,
            "active": False,
        }
        return {"id": keys.external_id("bom", self.event.key)} | cells(values)


def component_key(event: Event, line: BomLine) -> str:
    """Return the key of a line's component: it comes from the same vault."""
    return keys.key(event.source, line.number)


def plan(event: Event, held: HeldBom | None, known: Known) -> Plan:
    """Return what to write for `event`, where Odoo holds `held`.

    Raises:
        TransientError: a product is not in Odoo yet; all of them are named.
        PermanentError: a unit or a quantity makes no sense for its component.
    """
    number = event.data.item.number
    missing = [line.number for line in event.data.lines if component_key(event, line) not in known.components]
    if held is None and event.key not in known.components:
        missing.insert(0, number)
    if missing:
        raise TransientError(Reason.MISSING_PRODUCT, f"not in Odoo yet: {_listed(missing)}")
    wanted = tuple(_wanted(event, line, known) for line in event.data.lines)
    header: Values = {
        "code": event.data.item.revision,
        REVISION: event.data.item.revision,
        SEQUENCE: event.sequence,
    }
    return Plan(
        event=event,
        held=held,
        parent=None if held else _one(number, known.components[event.key]),
        wanted=wanted,
        lines=compare(held.lines if held else (), wanted),
        header=difference(held.header, header) if held and held.sequence else header,
    )


def _listed(numbers: Sequence[str]) -> str:
    """Return the numbers, each once; how many are left out when they do not fit a header."""
    names = [repr(number) for number in dict.fromkeys(numbers)]
    room = list(accumulate(len(name.encode()) + 2 for name in names))
    shown = [name for name, end in zip(names, room, strict=True) if end <= _ROOM]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(shown) < len(names) else "")


def _wanted(event: Event, line: BomLine, known: Known) -> WantedLine:
    component = _one(line.number, known.components[component_key(event, line)])
    unit = unit_id(line.unit, known.unit_aliases, known.units) if line.unit else component.unit
    if not known.units.convertible(unit, component.unit):
        names = known.units.names
        raise PermanentError(
            Reason.UNIT_MISMATCH,
            f"line {line.position}: {line.number!r} is held in {names.get(component.unit)} in Odoo "
            f"and cannot be counted in {names.get(unit)}",
        )
    quantity = known.rounded(LINE, "product_qty", line.quantity)
    if not quantity:
        raise PermanentError(
            Reason.QUANTITY_TOO_SMALL,
            f"line {line.position}: {line.quantity} of {line.number!r} rounds to zero; raise the digits of "
            "'Product Unit' in Odoo or use a smaller unit",
        )
    return WantedLine(line.position, component.product, quantity, unit)


def _one(number: str, variants: Sequence[Component]) -> Component:
    if len(variants) > 1:
        raise PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"{number!r} has {len(variants)} variants in Odoo; the BOM cannot tell which",
        )
    return variants[0]
