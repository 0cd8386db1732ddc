"""The limit: the calls that the product consumer makes, in a bare loop without queue, profile or pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from consumers.odoo.records import change, create_once, find
from schemas.event import Event
from schemas.keys import external_id

BATCH = 100
MODEL = "product.template"
READ = (KEY, SEQUENCE, REVISION, "default_code", "name", "weight", "uom_id")


def create_products(odoo: Odoo, events: Sequence[Event]) -> None:
    """Create one product per event: two reads and one `load()` per hundred."""
    for batch in _batches(events):
        find(odoo, MODEL, KEY, [event.key for event in batch], READ)
        find(odoo, "product.product", "default_code", [event.subject for event in batch], READ)
        create_once(odoo, MODEL, [_row(event) for event in batch])


def change_products(odoo: Odoo, events: Sequence[Event]) -> None:
    """Write name and sequence of one product per event: one read and one write per hundred."""
    for batch in _batches(events):
        held = find(odoo, MODEL, KEY, [event.key for event in batch], READ)
        wanted = {event.key: event for event in batch}
        changes: dict[int, Values] = {}
        for row in held:
            event = wanted[row[KEY]]
            changes[row["id"]] = {"name": event.data.name, SEQUENCE: event.sequence}
        change(odoo, MODEL, changes)


def read_products(odoo: Odoo, events: Sequence[Event]) -> None:
    """Read one product per event: one read per hundred."""
    for batch in _batches(events):
        find(odoo, MODEL, KEY, [event.key for event in batch], READ)


def _row(event: Event) -> dict[str, str]:
    return {
        "id": external_id("product", event.key),
        KEY: event.key,
        SEQUENCE: event.sequence,
        REVISION: event.data.item.revision,
        "default_code": event.subject,
        "name": event.data.name,
        "weight": str(event.data.weight or 0),
        "type": "consu",
        "is_storable": "1",
        "purchase_ok": "1",
    }


def _batches(events: Sequence[Event]) -> list[Sequence[Event]]:
    return [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
