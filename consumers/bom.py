"""The BOM consumer: one structure → one `mrp.bom` with its lines.

A newcomer would get wrong the two ways of writing lines. A new BOM is loaded inactive and then gets
all its lines at once, replacing whatever a lost attempt left: never half, never double. A BOM in
use gets only what differs, and lines that manufacturing added stay.
Calls per batch: 1 when nothing differs, 4 when BOMs are new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom import LineChanges, WantedLine, compare
from consumers.mapping.units import unit_id
from consumers.mapping.values import cells, difference
from consumers.odoo.boms import LINE, MODEL, Component, HeldBom, read, resolve
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import change, create_once
from consumers.odoo.schema import KEY, REVISION, SEQUENCE, Schema
from consumers.odoo.units import UnitCache, Units
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas import keys
from schemas.bom import BomLine
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.settings import ConsumerSettings

Components = Mapping[str, list[Component]]


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


class BomHandler:
    """Bring BOM events into Odoo."""

    def __init__(self, odoo: Odoo, schema: Schema, units: UnitCache, settings: ConsumerSettings) -> None:
        self._odoo = odoo
        self._schema = schema
        self._units = units
        self._settings = settings

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        due, verdicts = screen(events, self._settings.states)
        self._schema.fields(MODEL)
        self._schema.fields(LINE)
        held, on_lines = read(self._odoo, [event.key for event in due])
        stale = {
            e.key: held[e.key].sequence for e in due if e.key in held and e.sequence < held[e.key].sequence
        }
        verdicts |= {
            key: Applied(Result.STALE, f"Odoo holds sequence {sequence}") for key, sequence in stale.items()
        }
        due = [event for event in due if event.key not in stale]
        components = self._components(due, held, on_lines)
        units = self._units.get()
        plans: list[Plan] = []
        for event in due:
            try:
                plans.append(self._plan(event, held.get(event.key), components, units))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        verdicts |= self._build([plan for plan in plans if plan.new])
        verdicts |= self._change([plan for plan in plans if not plan.new])
        return [verdicts[event.key] for event in events]

    def _components(
        self, events: Sequence[Event], held: Mapping[str, HeldBom], on_lines: Mapping[str, Component]
    ) -> Components:
        """Return all products that `events` need; a call to Odoo only for those on no line yet."""
        needed = {_key(event, line) for event in events for line in event.data.lines}
        needed |= {event.key for event in events if event.key not in held}
        known = {key: [component] for key, component in on_lines.items()}
        return known | resolve(self._odoo, sorted(needed - on_lines.keys()))

    def _plan(self, event: Event, held: HeldBom | None, components: Components, units: Units) -> Plan:
        missing = [line.number for line in event.data.lines if _key(event, line) not in components]
        if held is None and event.key not in components:
            missing.insert(0, event.data.item.number)
        if missing:
            names = ", ".join(dict.fromkeys(missing))
            raise TransientError(Reason.MISSING_PRODUCT, f"not in Odoo yet: {names[:500]}")
        wanted = tuple(self._wanted(event, line, components, units) for line in event.data.lines)
        header: Values = {
            "code": event.data.item.revision,
            REVISION: event.data.item.revision,
            SEQUENCE: event.sequence,
        }
        return Plan(
            event=event,
            held=held,
            parent=None if held else _one(event.data.item.number, components[event.key]),
            wanted=wanted,
            lines=compare(held.lines if held else (), wanted),
            header=difference(held.header, header) if held and held.sequence else header,
        )

    def _wanted(self, event: Event, line: BomLine, components: Components, units: Units) -> WantedLine:
        component = _one(line.number, components[_key(event, line)])
        unit = unit_id(line.unit, self._settings.units, units) if line.unit else component.unit
        if not units.convertible(unit, component.unit):
            raise PermanentError(
                Reason.UNIT_MISMATCH,
                f"line {line.position}: {line.number} is held in {units.names.get(component.unit)} "
                f"in Odoo and cannot be counted in {units.names[unit]}",
            )
        quantity = self._schema.rounded(LINE, "product_qty", line.quantity)
        if not quantity:
            raise PermanentError(
                Reason.QUANTITY_TOO_SMALL,
                f"line {line.position}: {line.quantity} of {line.number} rounds to zero; raise the digits of "
                "'Product Unit' in Odoo or use a smaller unit",
            )
        return WantedLine(line.position, component.product, quantity, unit)

    def _build(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        """Create BOMs, or finish half-built ones: header inactive, then all lines and the fence in one."""
        missing = [plan for plan in plans if plan.held is None]
        created = create_once(self._odoo, MODEL, [_row(plan) for plan in missing])
        ids = {plan.event.key: plan.held.id for plan in plans if plan.held}
        ids |= {
            plan.event.key: bom for plan, bom in zip(missing, created, strict=True) if isinstance(bom, int)
        }
        verdicts: dict[str, Verdict] = {
            plan.event.key: fault
            for plan, fault in zip(missing, created, strict=True)
            if isinstance(fault, PermanentError)
        }
        built = [plan for plan in plans if plan.event.key in ids]
        # [5] first: a lost attempt that is still running, or is sent again, doubles no line.
        change(
            self._odoo,
            MODEL,
            {
                ids[plan.event.key]: plan.header
                | {
                    "bom_line_ids": [[5, 0, 0], *([0, 0, line.values()] for line in plan.wanted)],
                    "active": True,
                }
                for plan in built
            },
        )
        return verdicts | {plan.event.key: Applied(plan.result) for plan in built}

    def _change(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        """Write what differs into BOMs in use: lines first, so that a crash leaves the fence behind them."""
        lines: dict[int, Values] = {}
        headers: dict[int, Values] = {}
        for plan in plans:
            assert plan.held  # noqa: S101 - a plan that is not new has a BOM
            header = dict(plan.header)
            if plan.lines.structural:
                header["bom_line_ids"] = plan.lines.commands()
            elif plan.lines:
                lines |= plan.lines.updated
                # Odoo marks running manufacturing orders as outdated only when this field is written.
                header["product_qty"] = plan.held.header["product_qty"]
            headers[plan.held.id] = header
        change(self._odoo, LINE, lines)
        change(self._odoo, MODEL, headers)
        return {plan.event.key: Applied(plan.result) for plan in plans}


def _key(event: Event, line: BomLine) -> str:
    return keys.key(event.source, line.number)


def _one(number: str, variants: Sequence[Component]) -> Component:
    if len(variants) > 1:
        raise PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"{number} has {len(variants)} variants in Odoo; the BOM cannot tell which",
        )
    return variants[0]


def _row(plan: Plan) -> dict[str, str]:
    assert plan.parent  # noqa: S101 - a plan without a BOM has a parent
    values = {
        KEY: plan.event.key,
        "product_tmpl_id/.id": plan.parent.template,
        "product_uom_id/.id": plan.parent.unit,
        "active": False,
    }
    return {"id": keys.external_id("bom", plan.event.key)} | cells(values)
