"""Barcodes that pass from one product of a batch to another: emptied at the one before the other gets it.

A newcomer would get wrong to empty them first: a product whose event Odoo then refuses for another reason
has lost its barcode, to one that should not have it yet. So all else of those that give a barcode up is
written before, and who counted on one that was refused waits for it.
Calls: none unless a barcode passes on; then 1 to empty, and 1 per model where a giver changes otherwise too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from consumers.brought_back import LISTS
from consumers.errors import TransientError
from consumers.mapping.product import ACTIVE
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import OF_VARIANT
from consumers.odoo.records import change
from consumers.results import Verdict
from schemas.dead_letter import Reason
from schemas.facts import PRODUCT, VARIANT

if TYPE_CHECKING:
    from consumers.product_planner import ProductPlan

BARCODE = "barcode"
_LAST = {BARCODE, ACTIVE, *LISTS, *OF_VARIANT, *OF_VARIANT.values()}
"""What is written with the barcode: the fence goes last, and a note about the archive only comes once."""


def pass_on(plans: Sequence[ProductPlan], odoo: Odoo) -> dict[str, Verdict]:
    """Empty the barcodes that pass from one of `plans` to another; return who is refused, or has to wait.

    What is written of a plan here is taken out of it.
    """
    giving = {giver for plan in plans for giver in plan.emptied.values()}
    if not giving:
        return {}
    refused = _others([plan for plan in plans if plan.event.key in giving], odoo)
    while waiting := {
        plan.event.key: _waits(givers[0])
        for plan in plans
        if plan.event.key not in refused
        and (givers := [giver for giver in plan.emptied.values() if giver in refused])
    }:
        refused |= waiting
    due = (plan for plan in plans if plan.event.key not in refused)
    # Without it no two products could exchange their barcodes: Odoo looks after each record.
    change(odoo, VARIANT, {one: {BARCODE: False} for plan in due for one in plan.emptied})
    return refused


def _others(givers: Sequence[ProductPlan], odoo: Odoo) -> dict[str, Verdict]:
    """Write what changes of `givers` beside their barcode; return the refusals by key."""
    refused: dict[str, Verdict] = {}
    for model in (PRODUCT, VARIANT):
        owner: dict[int, str] = {}
        changes: dict[int, Values] = {}
        for plan in givers:
            if plan.event.key in refused:
                continue
            of_plan = {int(plan.held["id"]): plan.values} if plan.held and plan.model == model else {}
            if model == VARIANT:
                of_plan |= plan.facets.variants
            for record, values in of_plan.items():
                owner[record] = plan.event.key
                changes[record] = {name: one for name, one in values.items() if name not in _LAST}
        found = change_each(odoo, model, changes)
        refused |= {owner[record]: error for record, error in found.items()}
    for plan in givers:
        plan.values = _rest(plan.values)
        variants = {one: _rest(values) for one, values in plan.facets.variants.items()}
        plan.facets = replace(plan.facets, variants=variants)
    return refused


def _rest(values: Values) -> Values:
    return {name: one for name, one in values.items() if name in _LAST}


def _waits(giver: str) -> TransientError:
    return TransientError(
        Reason.REFUSED_BY_ODOO,
        f"its new barcode is still that of the item with key {giver!r}, whose own event was not applied; "
        "correct that one first",
    )
