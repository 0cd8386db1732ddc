"""What a batch of BOM events would do to Odoo: everything is read and decided here, nothing written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consumers.companies import Scope, Texts, looked_up, wanted_of
from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom_plan import BomRules, Known, Plan, Rounding, plan
from consumers.mapping.facts import facts, line_facts
from consumers.odoo.boms import Component, HeldBom, Wanted, read, resolve
from consumers.odoo.units import UnitCache, Units
from consumers.results import Applied, Result, Verdict
from schemas.event import Event


class BomPlanner:
    """Plans batches for one company."""

    def __init__(self, scope: Scope, rules: BomRules, units: UnitCache, rounded: Rounding) -> None:
        self._scope = scope
        self._rules = rules
        self._units = units
        self._rounded = rounded

    def plan(self, events: Sequence[Event]) -> tuple[list[Plan], dict[str, Verdict]]:
        """Return what to write, and the verdicts of the events for which nothing is.

        Calls: 1 for the BOMs with their lines, 1 where components are not on them yet, 2 for units every
        ten minutes, 1 per related model that the profile maps and that has to be looked up.
        """
        wanted = Wanted(self._rules.unit_field, self._rules.header.fields, self._rules.line.fields)
        held, on_lines = read(self._scope.odoo, [event.key for event in events], wanted)
        verdicts = _stale(events, held)
        due = self._looked_up([event for event in events if event.key not in verdicts], held, verdicts)
        known = self._known(due, held, on_lines)
        plans: list[Plan] = []
        for event in due:
            try:
                plans.append(plan(event, held.get(event.key), known))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        return plans, verdicts

    def _looked_up(
        self, events: Sequence[Event], held: Mapping[str, HeldBom], verdicts: dict[str, Verdict]
    ) -> list[Event]:
        """Look up the related records that the profile maps; return the events that can be planned."""
        header, line = self._rules.header, self._rules.line

        def ask(event: Event) -> list[Texts]:
            if event.key not in held:
                header.for_insert({})
            lines = event.data.lines if line.fields else ()
            return [header.wanted(facts(event)), *(line.wanted(line_facts(one)) for one in lines)]

        due, wanted = wanted_of(events, ask, verdicts)
        looked_up(self._scope, wanted, header.created | line.created)
        return due

    def _known(
        self, events: Sequence[Event], held: Mapping[str, HeldBom], on_lines: Mapping[str, Component]
    ) -> Known:
        """Return all products and units that `events` need; a call to Odoo only for what is not known."""
        needed = {event.component_key(line) for event in events for line in event.data.lines}
        needed |= {event.key for event in events if event.key not in held}
        components = {key: [component] for key, component in on_lines.items()}
        components |= resolve(self._scope.odoo, sorted(needed - on_lines.keys()))
        units = self._units_for(events, components)
        return Known(components, units, self._rounded, self._rules, self._scope.relations)

    def _units_for(self, events: Sequence[Event], components: Mapping[str, Sequence[Component]]) -> Units:
        names = {line.unit for event in events for line in event.data.lines if line.unit}
        return self._units.get(
            {self._rules.unit(name).casefold() for name in names},
            {component.unit for variants in components.values() for component in variants},
        )


def _stale(events: Sequence[Event], held: Mapping[str, HeldBom]) -> dict[str, Verdict]:
    """Return the verdicts of events that are older than what Odoo holds."""
    return {
        event.key: Applied(Result.STALE, f"Odoo holds sequence {bom.sequence}")
        for event in events
        if (bom := held.get(event.key)) and event.sequence < bom.sequence
    }
