"""Archived products that something still uses: reported, never refused.

A newcomer would get wrong when to ask: before the write. A report that is asked for afterwards is lost
with the process that dies in between, for the redelivered event has nothing to archive any more.
Calls: none unless a batch archives a product that was active; then as in `odoo/usage.py`, 8 at most.
"""

from __future__ import annotations

from collections.abc import Sequence

from consumers.mapping.product import ACTIVE
from consumers.odoo.client import Odoo
from consumers.odoo.usage import of_products
from consumers.product_planner import ProductPlan
from consumers.results import joined
from schemas.dead_letter import cut
from schemas.facts import PRODUCT, VARIANT

_NOTE = 600


def tell(plans: Sequence[ProductPlan], odoo: Odoo) -> None:
    """Say in the notes of those `plans` that archive a product what still uses it.

    Raises:
        UnavailableError: Odoo cannot work. What it refuses to say is part of the note.
    """
    # Of a variant nothing is said that its siblings are used for.
    archived = {
        (plan.model, int(plan.held["id"])): plan
        for plan in plans
        if plan.held and plan.values.get(ACTIVE) is False
    }
    if not archived:
        return
    templates, variants = ([one for known, one in archived if known == model] for model in (PRODUCT, VARIANT))
    uses = of_products(odoo, templates, variants)
    unknown = f"Odoo does not say: {', '.join(uses.unknown)}" if uses.unknown else ""
    for product, plan in archived.items():
        usage = uses.of.get(product)
        used = f"still used: {usage.sentence}" if usage and usage.sentence else ""
        plan.note = cut(joined(plan.note, used, unknown), _NOTE)
        plan.warns |= bool(used or unknown)
