"""The product consumer: one item → one `product.template`.

A newcomer would get wrong which call is safe: a product is created only by `load()` with our
external id, because a search followed by a create doubles it as soon as two do it at once.
Calls per batch: 1 when nothing differs, 2 when something changed, 3 when something is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consumers.errors import PermanentError
from consumers.mapping import product as mapping
from consumers.mapping.units import translated, unit_id
from consumers.mapping.values import cells, difference
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import change, create_once, find
from consumers.odoo.schema import KEY, SEQUENCE, Schema
from consumers.odoo.units import UnitCache, Units
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.keys import external_id
from schemas.settings import ConsumerSettings

Held = Mapping[str, Any]


class ProductHandler:
    """Bring product events into Odoo."""

    def __init__(self, odoo: Odoo, schema: Schema, units: UnitCache, settings: ConsumerSettings) -> None:
        self._odoo = odoo
        self._schema = schema
        self._units = units
        self._settings = settings

    def prepare(self) -> None:
        """Ask Odoo whether products can be worked with."""
        self._schema.refresh(mapping.MODEL)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        due, verdicts = screen(events, self._settings.states)
        held, refused = self._held(due)
        verdicts |= refused
        units = self._units.get(
            translated(event.data.unit, self._settings.units).casefold() for event in due if event.data.unit
        )
        new: list[tuple[Event, dict[str, str]]] = []
        changes: dict[int, Values] = {}
        for event in due:
            if event.key in refused:
                continue
            try:
                if record := held.get(event.key):
                    verdicts[event.key] = self._changed(event, record, changes, units)
                else:
                    new.append((event, self._row(event, units)))
            except PermanentError as error:
                verdicts[event.key] = error
        change(self._odoo, mapping.MODEL, changes)
        verdicts |= self._create(new)
        return [verdicts[event.key] for event in events]

    def _held(self, events: Sequence[Event]) -> tuple[dict[str, Held], dict[str, PermanentError]]:
        """Return what Odoo holds by key, adopting by part number; and the events that match several."""
        rows = find(self._odoo, mapping.MODEL, KEY, [event.key for event in events], mapping.READ)
        held, refused = _by(KEY, rows, {event.key: event.key for event in events})
        unknown: dict[str, str] = {}
        for event in events:
            if event.key in held or event.key in refused:
                continue
            # Two vaults, one number, one batch: the first may have it.
            if unknown.setdefault(event.data.item.number, event.key) != event.key:
                refused[event.key] = _claimed(event.data.item.number, unknown[event.data.item.number])
        variants = find(
            self._odoo,
            "product.product",
            "default_code",
            unknown,
            (*mapping.READ, "product_tmpl_id", "product_variant_count"),
        )
        templates = [{**row, "id": row["product_tmpl_id"]} for row in variants]
        adopted, ambiguous = _by("default_code", templates, unknown)
        for key, record in adopted.items():
            if fault := _not_adoptable(record):
                ambiguous[key] = fault
        return held | adopted, refused | ambiguous

    def _changed(self, event: Event, record: Held, changes: dict[int, Values], units: Units) -> Verdict:
        """Note the fields to write into `changes`; return the verdict they will have."""
        if not mapping.is_root(event):
            if record[KEY]:
                return Applied(Result.UNCHANGED)
            changes[record["id"]] = {KEY: event.key}
            return Applied(Result.UPDATED, "adopted by its part number")
        if event.sequence < (record[SEQUENCE] or ""):
            return Applied(Result.STALE, f"Odoo holds sequence {record[SEQUENCE]}")
        fields = difference(record, mapping.owned(event, self._schema.rounded))
        changes[record["id"]] = fields
        content = fields.keys() - {SEQUENCE}
        return Applied(Result.UPDATED if content else Result.UNCHANGED, self._unit_note(event, record, units))

    def _unit_note(self, event: Event, record: Held, units: Units) -> str:
        """Say that the unit differs. It is never written: Odoo relabels stock instead of converting it."""
        if not event.data.unit:
            return ""
        try:
            wanted = unit_id(event.data.unit, self._settings.units, units)
        except PermanentError as error:
            return str(error)
        if wanted == record["uom_id"]:
            return ""
        return f"unit is {units.names.get(record['uom_id'])} in Odoo, {units.names[wanted]} in the vault"

    def _row(self, event: Event, units: Units) -> dict[str, str]:
        """Return the `load()` row of a new product: every row has every column."""
        values = mapping.empty() | (
            mapping.owned(event, self._schema.rounded) if mapping.is_root(event) else mapping.stub(event)
        )
        unit = unit_id(event.data.unit, self._settings.units, units) if event.data.unit else units.default
        values |= mapping.seed(event) | {"uom_id/.id": unit}
        return {"id": external_id("product", event.key)} | cells(values)

    def _create(self, new: Sequence[tuple[Event, dict[str, str]]]) -> dict[str, Verdict]:
        outcome = create_once(self._odoo, mapping.MODEL, [row for _, row in new])
        return {
            event.key: error if isinstance(error, PermanentError) else Applied(Result.CREATED)
            for (event, _), error in zip(new, outcome, strict=True)
        }


def _by(
    field: str, rows: Iterable[Held], keys: Mapping[str, str]
) -> tuple[dict[str, Held], dict[str, PermanentError]]:
    """Return the one record per key, and a refusal where several have the same value of `field`."""
    found: dict[str, list[Held]] = {}
    for row in rows:
        found.setdefault(keys[row[field]], []).append(row)
    one = {key: records[0] for key, records in found.items() if len(records) == 1}
    refused = {
        key: PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"{len(records)} products in Odoo have {field} {records[0][field]!r} "
            f"(templates {', '.join(str(record['id']) for record in records[:10])}); leave it to one of them",
        )
        for key, records in found.items()
        if len(records) > 1
    }
    return one, refused


def _not_adoptable(record: Held) -> PermanentError | None:
    if record[KEY]:
        return _claimed(record["default_code"], record[KEY])
    if record["product_variant_count"] > 1:
        return PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"product {record['default_code']!r} in Odoo is one of {record['product_variant_count']} "
            f"variants of template {record['id']}",
        )
    return None


def _claimed(number: str, key: str) -> PermanentError:
    return PermanentError(
        Reason.AMBIGUOUS_MATCH,
        f"product {number!r} in Odoo already belongs to the item with key {key!r}; "
        "two items claim one number",
    )
