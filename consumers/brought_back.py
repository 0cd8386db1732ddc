"""BOMs that Odoo brings back with their product, and that have to stay in the archive.

Odoo un-archives every BOM of a product or variant that comes back: older versions, of which it may then take
one, BOMs that are half built, and those that the vault has archived. A newcomer would get wrong when to put
them back: not afterwards, for a process that dies in between leaves them in use, and the redelivered event
finds the product active. They go in the very write that un-archives, as commands of its list of BOMs.
Calls: none unless a product comes back; then 1 per model, and 1 more where such a BOM of a template is for
one variant alone: that one Odoo brings back after the write, and a crash leaves it to the BOM's next event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from consumers.mapping.product import ACTIVE
from consumers.odoo.client import Odoo
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.odoo.records import change, find
from consumers.results import joined
from schemas.event import Event
from schemas.facts import BOM, PRODUCT, VARIANT
from schemas.profile import Action, Profile

if TYPE_CHECKING:
    from consumers.product_planner import ProductPlan

_UPDATE = 1
_ALONE = "product_id"
_LINKS = {PRODUCT: ("product_tmpl_id", "bom_ids"), VARIANT: (_ALONE, "variant_bom_ids")}
"""Model → the field of a BOM that names it, and its own list of BOMs."""
LISTS = tuple(listed for _, listed in _LINKS.values())
"""Fields of products in which BOMs are written."""


def keep_archived(
    plans: Sequence[ProductPlan], odoo: Odoo, infos: Mapping[str, ModelInfo], profile: Profile
) -> None:
    """Let those `plans` that take a product out of the archive leave there the BOMs that have to stay."""
    for model, (link, listed) in _LINKS.items():
        back = {
            int(plan.held["id"]): plan
            for plan in plans
            if plan.held and plan.model == model and plan.values.get(ACTIVE)
        }
        if not back or listed not in infos[model].fields:
            continue
        fields = (KEY, SEQUENCE, ACTIVE, link, _ALONE)
        boms: dict[int, list[Mapping[str, Any]]] = {}
        for row in find(odoo, BOM, link, back, tuple(dict.fromkeys(fields))):
            boms.setdefault(row[link], []).append(row)
        for record, rows in boms.items():
            plan = back[record]
            stay, newer = staying(rows, plan.event, profile)
            if stay:
                commands = [[_UPDATE, one, {ACTIVE: False}] for one in stay]
                plan.values = {**plan.values, listed: commands}
                # Odoo brings the variants back after it has written the template, and their BOMs with them.
                plan.left = tuple(row["id"] for row in rows if row["id"] in stay and row[_ALONE])
            if newer:
                plan.note = joined(plan.note, "its BOM holds a newer event and stays archived")


def staying(
    boms: Sequence[Mapping[str, Any]], event: Event, profile: Profile
) -> tuple[Collection[int], bool]:
    """Return which of the `boms` of the product of `event` stay archived, and whether a newer one does.

    BOMs without a key of ours are Odoo's own: they come back, as Odoo means it. So does one that holds a
    newer event, where no state archives a BOM without its product.
    """
    stay: list[int] = []
    newer = False
    ranked = sorted(
        (bom for bom in boms if bom[KEY]), key=lambda bom: (bom[KEY], bom[SEQUENCE] or "", -bom["id"])
    )
    for key, group in groupby(ranked, key=lambda bom: bom[KEY]):
        *older, last = group
        stay += [bom["id"] for bom in older]
        sequence = last[SEQUENCE] or ""
        # Odoo has archived it along with the product, unless its own newer event did. Where such an event
        # archives the product too, that one will: nothing has to be kept back now.
        ahead = key == event.key and sequence > event.sequence and not last[ACTIVE] and _boms_alone(profile)
        # The event of that BOM with this very state is there already, or comes yet.
        archives = key == event.key and _archives_boms(event, profile) and not last[ACTIVE]
        if not sequence or ahead or archives:
            stay.append(last["id"])
        newer |= ahead
    return stay, newer


def settle(plans: Sequence[ProductPlan], odoo: Odoo) -> None:
    """Archive again the BOMs for one variant alone that Odoo has brought back with the variants."""
    change(odoo, BOM, {bom: {ACTIVE: False} for plan in plans for bom in plan.left})


def _boms_alone(profile: Profile) -> bool:
    """Return whether a state archives a BOM, and its product not."""
    return any(
        actions.bom is Action.ARCHIVE and actions.product is not Action.ARCHIVE
        for actions in profile.states.values()
    )


def _archives_boms(event: Event, profile: Profile) -> bool:
    actions = profile.states.get(event.data.transition.to_state)
    return actions is not None and actions.bom is Action.ARCHIVE
