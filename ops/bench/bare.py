"""The limit: the calls that the product consumer makes, in a bare loop without queue or pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from consumers.mapping import product as mapping
from consumers.mapping.values import cells
from consumers.odoo.client import Odoo
from consumers.odoo.records import change, create_once, find
from consumers.odoo.schema import KEY, Schema
from schemas.event import Event
from schemas.keys import external_id

BATCH = 100


def create_products(odoo: Odoo, schema: Schema, events: Sequence[Event]) -> None:
    """Create one product per event: two reads and one `load()` per hundred."""
    for batch in _batches(events):
        find(odoo, mapping.MODEL, KEY, [event.key for event in batch], mapping.READ)
        find(odoo, "product.product", "default_code", [event.subject for event in batch], mapping.READ)
        rows = [
            {"id": external_id("product", event.key)}
            | cells(mapping.owned(event, schema.rounded) | mapping.seed(event))
            for event in batch
        ]
        create_once(odoo, mapping.MODEL, rows)


def change_products(odoo: Odoo, schema: Schema, events: Sequence[Event]) -> None:
    """Write name and sequence of one product per event: one read and one write per hundred."""
    for batch in _batches(events):
        held = find(odoo, mapping.MODEL, KEY, [event.key for event in batch], mapping.READ)
        wanted = {event.key: mapping.owned(event, schema.rounded) for event in batch}
        fields = ("name", "x_pdm_sequence")
        changes = {row["id"]: {field: wanted[row[KEY]][field] for field in fields} for row in held}
        change(odoo, mapping.MODEL, changes)


def read_products(odoo: Odoo, _schema: Schema, events: Sequence[Event]) -> None:
    """Read one product per event: one read per hundred."""
    for batch in _batches(events):
        find(odoo, mapping.MODEL, KEY, [event.key for event in batch], mapping.READ)


def _batches(events: Sequence[Event]) -> list[Sequence[Event]]:
    return [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
