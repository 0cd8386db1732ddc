"""One BOM event → what differs from the lines that Odoo holds. Pure.

A newcomer would get wrong that a component may occur twice: lines are told apart by their position,
and only then by their component. Lines without a position belong to manufacturing and are not seen here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference, written
from consumers.odoo.boms import HeldLine
from consumers.odoo.client import Values
from consumers.odoo.own_fields import POSITION


@dataclass(frozen=True)
class WantedLine:
    """A line as the vault has it, in Odoo's terms."""

    position: int
    product: int
    quantity: float
    unit: int
    unit_field: str = "product_uom_id"
    """What this Odoo calls the unit of a line."""
    mapped: Values = field(default_factory=dict, compare=False)
    """The fields that the profile maps."""

    def values(self, mapping: ModelMapping) -> Values:
        """Return the values of a new line.

        Raises:
            PermanentError: the profile forbids to create lines.
        """
        return written(mapping.for_insert(self.mapped)) | {
            "product_id": self.product,
            "product_qty": self.quantity,
            self.unit_field: self.unit,
            "sequence": self.position,
            POSITION: self.position,
        }


@dataclass(frozen=True)
class LineChanges:
    """What must happen to the lines of one BOM."""

    created: tuple[Values, ...] = ()
    updated: Mapping[int, Values] = field(default_factory=dict)
    removed: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.updated or self.removed)

    @property
    def structural(self) -> bool:
        """Return whether components come or go: only then can a cycle arise."""
        return bool(self.created or self.removed)

    def commands(self) -> list[list[Any]]:
        """Return the changes as commands for `bom_line_ids`."""
        return [
            *([2, line, 0] for line in self.removed),
            *([1, line, values] for line, values in self.updated.items()),
            *([0, 0, values] for values in self.created),
        ]


def compare(held: Sequence[HeldLine], wanted: Sequence[WantedLine], mapping: ModelMapping) -> LineChanges:
    """Return what turns `held` into `wanted`, keeping as many lines as possible.

    A line is kept when position and component agree, else when the component does: a component
    that moved keeps its line, and with it whatever manufacturing hung on it.

    Raises:
        PermanentError: a line has to be created, and the profile forbids it.
    """
    free = {line.id: line for line in held}
    kept: dict[WantedLine, HeldLine] = {}
    for place in (_position_and_component, _component):
        waiting: dict[Any, list[HeldLine]] = {}
        for other in free.values():
            waiting.setdefault(place(other), []).append(other)
        for line in wanted:
            if line not in kept and (matches := waiting.get(place(line))):
                kept[line] = free.pop(matches.pop(0).id)
    updated = {other.id: values for line, other in kept.items() if (values := _updates(other, line, mapping))}
    return LineChanges(
        created=tuple(line.values(mapping) for line in wanted if line not in kept),
        updated=updated,
        removed=tuple(free),
    )


def _position_and_component(line: HeldLine | WantedLine) -> tuple[int, int]:
    return (line.position, line.product)


def _component(line: HeldLine | WantedLine) -> int:
    return line.product


def _updates(held: HeldLine, wanted: WantedLine, mapping: ModelMapping) -> Values:
    values = difference(held.values, mapping.for_update(wanted.mapped, held.values))
    if held.position != wanted.position:
        values |= {"sequence": wanted.position, POSITION: wanted.position}
    if held.quantity != wanted.quantity:
        values["product_qty"] = wanted.quantity
    if held.unit != wanted.unit:
        values[wanted.unit_field] = wanted.unit
    return values
