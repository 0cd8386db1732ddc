"""The BOM consumer: one structure → one `mrp.bom` with its lines.

A newcomer would get wrong the two ways of writing lines. A new BOM is loaded inactive and then gets
all its lines at once, replacing whatever a lost attempt left: never half, never double. A BOM in
use gets only what differs, and lines that manufacturing added stay.
Calls per batch: 1 when nothing differs, 4 when BOMs are new; one more per further 2,000 new lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom_plan import Known, Plan, component_key, plan
from consumers.mapping.units import translated
from consumers.odoo.boms import LINE, MODEL, Component, HeldBom, read, resolve
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import change, create_once
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache, Units
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas.event import Event
from schemas.settings import ConsumerSettings

LINES_PER_CALL = 2000
"""Lines of new BOMs in one call: about two seconds of Odoo's work."""


class BomHandler:
    """Bring BOM events into Odoo."""

    def __init__(self, odoo: Odoo, schema: Schema, units: UnitCache, settings: ConsumerSettings) -> None:
        self._odoo = odoo
        self._schema = schema
        self._units = units
        self._settings = settings

    def prepare(self) -> None:
        """Ask Odoo whether BOMs can be worked with."""
        self._schema.refresh(MODEL, LINE)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        due, verdicts = screen(events, self._settings.states)
        held, on_lines = read(self._odoo, [event.key for event in due])
        stale = _stale(due, held)
        verdicts |= stale
        due = [event for event in due if event.key not in stale]
        known = self._known(due, held, on_lines)
        plans: list[Plan] = []
        for event in due:
            try:
                plans.append(plan(event, held.get(event.key), known))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        verdicts |= self._build([one for one in plans if one.new])
        verdicts |= self._change([one for one in plans if not one.new])
        return [verdicts[event.key] for event in events]

    def _known(
        self, events: Sequence[Event], held: Mapping[str, HeldBom], on_lines: Mapping[str, Component]
    ) -> Known:
        """Return all products and units that `events` need; a call to Odoo only for what is not known."""
        needed = {component_key(event, line) for event in events for line in event.data.lines}
        needed |= {event.key for event in events if event.key not in held}
        components = {key: [component] for key, component in on_lines.items()}
        components |= resolve(self._odoo, sorted(needed - on_lines.keys()))
        return Known(
            components, self._units_for(events, components), self._settings.units, self._schema.rounded
        )

    def _units_for(self, events: Sequence[Event], components: Mapping[str, Sequence[Component]]) -> Units:
        names = {line.unit for event in events for line in event.data.lines if line.unit}
        return self._units.get(
            {translated(name, self._settings.units).casefold() for name in names},
            {component.unit for variants in components.values() for component in variants},
        )

    def _build(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        """Create BOMs, or finish half-built ones: header inactive, then all lines and the fence in one."""
        missing = [one for one in plans if one.held is None]
        created = create_once(self._odoo, MODEL, [one.row() for one in missing])
        verdicts: dict[str, Verdict] = {}
        ids = {one.event.key: one.held.id for one in plans if one.held}
        for one, outcome in zip(missing, created, strict=True):
            if isinstance(outcome, PermanentError):
                verdicts[one.event.key] = outcome
            else:
                ids[one.event.key] = outcome
        for group in _groups([one for one in plans if one.event.key in ids]):
            change(self._odoo, MODEL, {ids[one.event.key]: one.build() for one in group})
            verdicts |= {one.event.key: Applied(one.result) for one in group}
        return verdicts

    def _change(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        """Write what differs into BOMs in use: lines first, so that a crash leaves the fence behind them."""
        lines: dict[int, Values] = {}
        headers: dict[int, Values] = {}
        for one in plans:
            assert one.held  # noqa: S101 - a plan that is not new has a BOM
            header = dict(one.header)
            if one.lines.structural:
                header["bom_line_ids"] = one.lines.commands()
            else:
                lines |= one.lines.updated
                # Odoo marks running manufacturing orders as outdated only when this field is written. Lines
                # newer than their BOM were written by an attempt that died before it came to the header.
                if one.lines or (header and one.held.lines_ahead):
                    header["product_qty"] = one.held.header["product_qty"]
            headers[one.held.id] = header
        change(self._odoo, LINE, lines)
        change(self._odoo, MODEL, headers)
        return {one.event.key: Applied(one.result) for one in plans}


def _stale(events: Sequence[Event], held: Mapping[str, HeldBom]) -> dict[str, Verdict]:
    """Return the verdicts of events that are older than what Odoo holds."""
    return {
        event.key: Applied(Result.STALE, f"Odoo holds sequence {bom.sequence}")
        for event in events
        if (bom := held.get(event.key)) and event.sequence < bom.sequence
    }


def _groups(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """Yield `plans` in groups that Odoo builds well within its time limit of one request."""
    group: list[Plan] = []
    lines = 0
    for one in plans:
        if group and lines + len(one.wanted) > LINES_PER_CALL:
            yield group
            group, lines = [], 0
        group.append(one)
        lines += len(one.wanted)
    if group:
        yield group
