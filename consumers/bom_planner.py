"""What a batch of BOM events would do to Odoo: everything is read and decided here, nothing written.

A newcomer would get wrong when stubs are asked for: last, of the events alone that lack nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from consumers.bom_cycles import refused
from consumers.companies import Scope, Texts, looked_up, wanted_of
from consumers.errors import ConflictError, PermanentError, TransientError
from consumers.mapping.bom_lines import Rounding
from consumers.mapping.bom_plan import BomRules, Known, Plan, plan
from consumers.mapping.cycles import cycle
from consumers.mapping.facts import facts, line_facts
from consumers.odoo import companies
from consumers.odoo.boms import Versions, Wanted, read
from consumers.odoo.companies import COMPANY, Tree
from consumers.odoo.components import Component, resolve
from consumers.odoo.own_fields import SEQUENCE
from consumers.odoo.units import UnitCache, Units
from consumers.results import Applied, Result, Verdict, stale
from consumers.states import archives
from consumers.stubs import Stubs
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Revisions, Unreleased

_NOTHING = Versions()


class BomPlanner:
    """Plans batches for one company."""

    def __init__(
        self,
        scope: Scope,
        rules: BomRules,
        units: UnitCache,
        rounded: Rounding,
        stubs: Stubs | None = None,
    ) -> None:
        """Without `stubs` a component that is missing is waited for, whatever the profile says."""
        self._scope = scope
        self._rules = rules
        self._units = units
        self._rounded = rounded
        self._stubs = stubs
        # Only what is asked for by a policy is read.
        self._of_products = (SEQUENCE,) if rules.policy.unreleased is Unreleased.WAIT else ()

    def plan(self, events: Sequence[Event]) -> tuple[list[Plan], dict[str, Verdict]]:
        """Return what to write, and the verdicts of the events for which nothing is.

        Calls: 1 for the BOMs with their lines, 1 where a component is not on its BOM yet, 2 for units every
        ten minutes, 1 per related model that the profile maps and that has to be looked up; 1 per four levels
        above where a component comes to a BOM that has one itself; at most 2 for companies, where products
        belong to any.

        Raises:
            ConflictError: what was looked up was forgotten before it was used.
        """
        verdicts: dict[str, Verdict] = {}
        policy, rules = self._rules.policy, self._rules
        sound = self._sound(events, verdicts)
        wanted = Wanted(
            rules.unit_field,
            rules.header.fields,
            rules.line.fields,
            self._of_products,
            byproducts=bool(policy.byproducts),
            operations=policy.revisions is Revisions.NEW_VERSION,
        )
        held = read(self._scope.odoo, [event.key for event in sound], wanted)
        verdicts |= self._settled(sound, held)
        due = self._looked_up([event for event in sound if event.key not in verdicts], held, verdicts)
        known = self._known(due, held)
        plans: list[Plan] = []
        for event in due:
            try:
                plans.append(plan(event, held.get(event.key, _NOTHING), known))
            except ConflictError:
                raise  # no verdict of the event: what all of them need is looked up at once again
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        verdicts |= self._asked(due, verdicts, known)
        boms = {one.template: one.boms for variants in known.components.values() for one in variants}
        cyclic = refused(self._scope.odoo, plans, boms)
        return [one for one in plans if one.event.key not in cyclic], verdicts | cyclic

    def _sound(self, events: Sequence[Event], verdicts: dict[str, Verdict]) -> list[Event]:
        """Return the events that do not name their own item as a component."""
        for event in events:
            parts = {event.component_key(line) for line in event.data.lines}
            if event.item_key in parts and not archives(event, self._rules.profile):
                verdicts[event.key] = cycle([event.data.item.number] * 2)
        return [event for event in events if event.key not in verdicts]

    def _settled(self, events: Sequence[Event], held: Mapping[str, Versions]) -> dict[str, Verdict]:
        """Return the verdicts of events that have nothing to say to what Odoo holds."""
        found: dict[str, Verdict] = {}
        for event in events:
            there = held.get(event.key, _NOTHING)
            if event.sequence < there.sequence:
                found[event.key] = stale(there.sequence)
            elif (
                there == _NOTHING
                and archives(event, self._rules.profile)
                and not self._rules.header.may_create
            ):
                note = "there is no BOM to archive, and the profile says create = false"
                found[event.key] = Applied(Result.UNCHANGED, note)
        return found

    def _looked_up(
        self, events: Sequence[Event], held: Mapping[str, Versions], verdicts: dict[str, Verdict]
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

    def _known(self, events: Sequence[Event], held: Mapping[str, Versions]) -> Known:
        """Return all products and units that `events` need; a call to Odoo only for what is not known.

        What the BOM of one event has on its lines is no answer for another: the variant may be a person's
        choice for that BOM alone.
        """
        needed = {event.key for event in events if event.key not in held}
        on_lines: dict[str, list[Component]] = {}
        for event in events:
            there = held.get(event.key, _NOTHING)
            for line in event.data.lines:
                key = event.component_key(line)
                if found := there.component(key, line.position):
                    on_lines.setdefault(key, []).append(found)
                else:
                    needed.add(key)
        components = {key: found for key, found in on_lines.items() if key not in needed}
        components |= self._resolved(needed)
        units = self._units_for(events, components)
        company, tree = self._companies(events, held, components)
        return Known(
            components=components,
            units=units,
            rounded=self._rounded,
            rules=self._rules,
            links=self._scope.relations,
            company=company,
            companies=tree,
        )

    def _asked(
        self, events: Sequence[Event], verdicts: Mapping[str, Verdict], known: Known
    ) -> dict[str, Verdict]:
        """Ask for stubs of what `events` wait for; return what is to be said of these, by key."""
        if self._stubs is None:
            return {}
        waiting: list[tuple[Event, set[str]]] = []
        for event in events:
            found = verdicts.get(event.key)
            if not isinstance(found, TransientError) or found.reason is not Reason.MISSING_PRODUCT:
                continue
            # A BOM that goes to the archive needs nothing new.
            missing = {event.component_key(line) for line in event.data.lines} - known.components.keys()
            if missing and not archives(event, self._rules.profile):
                waiting.append((event, missing))
        told = self._stubs.ask(waiting)
        return {
            key: TransientError(Reason.MISSING_PRODUCT, f"{verdicts[key]}; {text}")
            for key, text in told.items()
        }

    def _resolved(self, keys: Iterable[str]) -> dict[str, list[Component]]:
        return resolve(self._scope.odoo, sorted(keys), *self._of_products)

    def _units_for(self, events: Sequence[Event], components: Mapping[str, Sequence[Component]]) -> Units:
        names = {line.unit for event in events for line in event.data.lines if line.unit}
        return self._units.get(
            {self._rules.profile.unit(name).casefold() for name in names},
            {component.unit for variants in components.values() for component in variants},
        )

    def _companies(
        self,
        events: Sequence[Event],
        held: Mapping[str, Versions],
        components: Mapping[str, Sequence[Component]],
    ) -> tuple[int, Tree]:
        """Return the company of new BOMs, and all companies where products are not of that of their BOM."""
        theirs = {one.company for variants in components.values() for one in variants} - {0}
        if not theirs:
            return 0, Tree()
        own = self._scope.company or companies.of_new_boms(self._scope.odoo)
        there = (held[event.key] for event in events if event.key in held)
        headers = [one.header for found in there for one in (found.current, found.half) if one]
        concerned = theirs | {own} | {header[COMPANY] or 0 for header in headers}
        return own, companies.read(self._scope.odoo) if len(concerned) > 1 else Tree()
