"""One BOM event and what Odoo holds → what to write. Pure; refuses what Odoo would take and get wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Protocol

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom import LineChanges, WantedLine, compare
from consumers.mapping.facts import facts, line_facts
from consumers.mapping.references import Links
from consumers.mapping.rules import ModelMapping
from consumers.mapping.units import unit_id
from consumers.mapping.values import cells, difference, written
from consumers.odoo.boms import Component, HeldBom
from consumers.odoo.client import Values
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from consumers.odoo.units import Units
from consumers.results import Applied, Result
from schemas.bom import BomLine
from schemas.dead_letter import MAX_MESSAGE, Reason
from schemas.event import Event
from schemas.facts import LINE
from schemas.keys import title

_ROOM = MAX_MESSAGE - 100
"""Bytes for names in the text of an error."""


class Rounding(Protocol):
    """Rounds as Odoo does."""

    def __call__(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it."""


@dataclass(frozen=True)
class BomRules:
    """The profile's rules for BOMs and their lines."""

    header: ModelMapping
    line: ModelMapping
    unit: Callable[[str], str]
    """The vault's name of a unit → Odoo's."""
    unit_field: str
    """What this Odoo calls the unit of a BOM and of its lines."""


@dataclass(frozen=True)
class Known:
    """What is known of Odoo while planning."""

    components: Mapping[str, Sequence[Component]]
    """Variants by the key of their product."""
    units: Units
    rounded: Rounding
    rules: BomRules
    links: Links


@dataclass(frozen=True)
class Plan:
    """What to write for one event."""

    event: Event
    held: HeldBom | None
    parent: Component | None
    """Needed for a new BOM only."""
    wanted: tuple[WantedLine, ...]
    lines: LineChanges
    """Of a new BOM, all its lines."""
    header: Values
    rules: BomRules

    @property
    def new(self) -> bool:
        """Return whether the BOM has to be built: it is not there, or an attempt left it half built."""
        return self.held is None or not self.held.sequence

    @property
    def verdict(self) -> Applied:
        """Return what the event will have done."""
        if self.new:
            return Applied(Result.CREATED)
        if not (self.lines or self.header.keys() - {SEQUENCE}):
            return Applied(Result.UNCHANGED)
        if self.forbidden:
            return Applied(Result.UNCHANGED, "the BOM differs, and the profile says update = false")
        return Applied(Result.UPDATED)

    @property
    def forbidden(self) -> bool:
        """Return whether the profile leaves BOMs that are there alone."""
        return not (self.new or self.rules.header.may_update)

    def build(self) -> Values:
        """Return the values that complete a new BOM: all lines, the fence, and active.

        The lines are cleared first: an attempt whose reply was lost may still be running, and Odoo
        itself repeats a transaction after a conflict; neither doubles a line.
        """
        return self.header | {
            "bom_line_ids": [[5, 0, 0], *self.lines.commands()],
            "active": True,
        }

    def row(self, external_id: str) -> dict[str, str]:
        """Return the `load()` row of a new BOM's header: inactive, for it has no lines yet."""
        assert self.parent  # noqa: S101 - a plan without a BOM has a parent
        values = {
            KEY: self.event.key,
            "product_tmpl_id/.id": self.parent.template,
            f"{self.rules.unit_field}/.id": self.parent.unit,
            "active": False,
        }
        if self.parent.alone:
            values["product_id/.id"] = self.parent.product
        return {"id": external_id} | cells(values)


def plan(event: Event, held: HeldBom | None, known: Known) -> Plan:
    """Return what to write for `event`, where Odoo holds `held`.

    Raises:
        TransientError: a product is not in Odoo yet; all of them are named.
        PermanentError: a unit or a quantity makes no sense for its component, a mapped value does not fit,
            or the profile forbids it.
    """
    number = event.data.item.number
    needed = [(line, event.component_key(line)) for line in event.data.lines]
    if held is None:
        needed.insert(0, (event.data.item, event.item_key))
    missing = [title(named, event.key_parts) for named, key in needed if key not in known.components]
    if missing:
        raise TransientError(Reason.MISSING_PRODUCT, f"not in Odoo yet: {_listed(missing)}")
    wanted = tuple(_wanted(event, line, known) for line in event.data.lines)
    used = held if held and held.sequence else None
    return Plan(
        event=event,
        held=held,
        parent=None if held else _one(number, known.components[event.item_key]),
        wanted=wanted,
        lines=compare(used.lines if used else (), wanted, known.rules.line),
        header=_header(event, used, known),
        rules=known.rules,
    )


def _header(event: Event, used: HeldBom | None, known: Known) -> Values:
    """Return what the header of a new BOM gets, or what differs in one that is in use."""
    rules, told = known.rules.header, facts(event)
    own: Values = {REVISION: event.data.item.revision, SEQUENCE: event.sequence}
    if used is None:
        return written(rules.for_insert(rules.inserting.values(told, known.links))) | own
    values = rules.updating.values(told, known.links)
    kept = rules.for_update(values, used.header) if rules.may_update else values
    return difference(used.header, kept | own)


def _listed(numbers: Sequence[str]) -> str:
    """Return the numbers, each once; how many are left out when they do not fit a header."""
    names = [repr(number) for number in dict.fromkeys(numbers)]
    room = list(accumulate(len(name.encode()) + 2 for name in names))
    shown = [name for name, end in zip(names, room, strict=True) if end <= _ROOM]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(shown) < len(names) else "")


def _wanted(event: Event, line: BomLine, known: Known) -> WantedLine:
    component = _one(line.number, known.components[event.component_key(line)])
    unit = unit_id(line.unit, known.rules.unit, known.units) if line.unit else component.unit
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
    rules = known.rules.line
    mapped = rules.values(line_facts(line), known.links) if rules.fields else {}
    return WantedLine(line.position, component.product, quantity, unit, known.rules.unit_field, mapped)


def _one(number: str, variants: Sequence[Component]) -> Component:
    if len(variants) > 1:
        raise PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"{number!r} has {len(variants)} variants in Odoo; the BOM cannot tell which",
        )
    return variants[0]
