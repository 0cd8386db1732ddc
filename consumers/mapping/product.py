"""One product event → the values of a `product.template`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from consumers.odoo.client import Values
from consumers.odoo.schema import KEY, REVISION, SEQUENCE
from schemas.event import Event
from schemas.product import Authority, Product

MODEL = "product.template"
READ = ("default_code", "name", "weight", "uom_id", KEY, SEQUENCE, REVISION)

Rounding = Callable[[str, str, Decimal], float]
"""(model, field, value) → the value as Odoo will store it."""


def empty() -> Values:
    """Return the owned fields without values: what a new product has of which nobody says more."""
    return {KEY: "", "default_code": "", "name": "", "weight": 0.0, SEQUENCE: "", REVISION: ""}


def is_root(event: Event) -> bool:
    """Return whether the event is the item's own transition and may overwrite."""
    product: Product = event.data
    return product.authority is Authority.ROOT


def owned(event: Event, rounded: Rounding) -> Values:
    """Return the fields that a root event decides, new or not.

    An absent weight is not sent: a vault without that column must not empty Odoo's.
    """
    product: Product = event.data
    values: Values = {
        KEY: event.key,
        "default_code": product.item.number,
        "name": product.name or product.item.number,
        SEQUENCE: event.sequence,
        REVISION: product.item.revision,
    }
    if product.weight is not None:
        values["weight"] = rounded(MODEL, "weight", product.weight)
    return values


def stub(event: Event) -> Values:
    """Return the fields of a product that was only seen as a component: no sequence, no revision.

    Without a sequence any root event is newer, so the stub never outlives the item's own transition.
    """
    product: Product = event.data
    number = product.item.number
    return {KEY: event.key, "default_code": number, "name": product.name or number}


def seed(event: Event) -> Values:
    """Return the fields that are set once, at creation, and belong to Odoo afterwards."""
    product: Product = event.data
    return {"type": "consu", "is_storable": True, "purchase_ok": not product.has_components}
