"""One event → its facts: what a rule may name. The attributes of the vault, and what the event itself says.

A newcomer would get wrong that absent and empty differ: what is not here leaves Odoo's field alone, an
empty text empties it. The event's own optional values (`item.weight`, `item.unit`) are absent when the
vault has none of them: a vault without that column must not empty Odoo's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from consumers.mapping.paths import parts
from schemas.attachment import Attachment
from schemas.bom import BomLine
from schemas.event import Event
from schemas.item import Item, Transition
from schemas.product import Product

Fact = str | Decimal | int | float | bool
Facts = Mapping[str, Fact]

UNITS: Mapping[str, str] = {"item.weight": "kg"}
"""Unit of a fact that has one by the schema of its event."""


def facts(event: Event) -> Facts:
    """Return the attributes of `event` and its facts, which win over an attribute of that name.

    Names are those of `schemas.facts.FACTS` for the models that such an event becomes.

    Raises:
        PermanentError: the path of a file is one that is refused.
    """
    data = event.data
    known: dict[str, Fact | None] = {**data.attributes, **_item(data.item), **_transition(data.transition)}
    if isinstance(data, Product):
        known |= {
            "item.name": data.name,
            "item.unit": data.unit,
            "item.weight": data.weight,
            "item.state": data.state,
            "item.has_components": data.has_components,
        }
    elif isinstance(data, Attachment):
        known |= {"file.name": parts(data.file.path)[-1], "file.role": data.role}
    return _present(known)


def line_facts(line: BomLine) -> Facts:
    """Return the attributes of one line of a BOM, and its facts."""
    return _present(
        {
            **line.attributes,
            "line.position": line.position,
            "line.number": line.number,
            "line.quantity": line.quantity,
            "line.unit": line.unit,
            "line.revision": line.revision,
            "line.configuration": line.configuration,
            "line.state": line.state,
        }
    )


def _item(item: Item) -> dict[str, Fact | None]:
    return {
        "item.number": item.number,
        "item.revision": item.revision,
        "item.configuration": item.configuration,
        "item.vault_object_id": item.vault_object_id,
        "item.file_version": item.file_version,
    }


def _transition(transition: Transition) -> dict[str, Fact | None]:
    return {
        "transition.to_state": transition.to_state,
        "transition.from_state": transition.from_state,
        "transition.workflow": transition.workflow,
        "transition.actor": transition.actor,
        "transition.at": transition.at.isoformat(),
    }


def _present(known: Mapping[str, Fact | None]) -> Facts:
    return {name: value for name, value in known.items() if value is not None}
