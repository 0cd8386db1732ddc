"""One product event → the fields that the pipeline itself keeps, and which rules a mere sighting may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.mapping.order import twice
from consumers.mapping.rules import ModelMapping
from consumers.odoo.client import Values
from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, REVISION, SEQUENCE
from consumers.results import Applied, Result
from consumers.states import archives
from schemas.event import Event
from schemas.facts import PRODUCT
from schemas.field_rule import Master
from schemas.product import Authority, Product
from schemas.profile import Profile

ACTIVE = "active"
UNIT = "uom_id"
"""The unit of a product: a seed, whatever its rule says."""


def is_root(event: Event) -> bool:
    """Return whether the event is the item's own transition and may overwrite."""
    product: Product = event.data
    return product.authority is Authority.ROOT


def is_stub(record: Mapping[str, Any]) -> bool:
    """Return whether we made `record`, and no event of the item itself has been applied whole."""
    return bool(record[KEY]) and not record[SEQUENCE] and record[DIGEST] != ADOPTED


def owned(event: Event) -> Values:
    """Return our own fields. A sighting has no sequence and no revision: any root event is newer."""
    if is_root(event):
        return {
            KEY: event.key,
            SEQUENCE: event.sequence,
            DIGEST: event.digest,
            REVISION: event.data.item.revision,
        }
    return {KEY: event.key, SEQUENCE: "", DIGEST: "", REVISION: ""}


def shown(
    event: Event, record: Mapping[str, Any], profile: Profile, model: str = PRODUCT
) -> tuple[Values, str]:
    """Return what becomes of `active` of the `record` of `model`, and a note about it."""
    archive, rules = archives(event, profile), profile.rules(model)
    if bool(record[ACTIVE]) is not archive or not rules.update:
        return {}, ""
    if not rules.archive:
        return {}, guarded(archive=archive)
    return turned(event, record, archive=archive)


def guarded(*, archive: bool) -> str:
    """Say that the profile leaves a record where it is, in use or in the archive."""
    return f"{'not archived' if archive else 'left archived'}: the profile says archive = false"


def turned(event: Event, record: Mapping[str, Any], *, archive: bool) -> tuple[Values, str]:
    """Return what becomes of `active` of `record`, whatever the profile allows, and a note about it.

    An event that was applied before leaves it alone: a person may have changed that since.
    """
    if bool(record[ACTIVE]) is not archive:
        return {}, ""
    if event.sequence == record[SEQUENCE] and not twice(event, record):
        return {}, f"{'not archived again' if archive else 'left archived'}: a person changed that in Odoo"
    return {ACTIVE: not archive}, "archived" if archive else "taken out of the archive"


def never_there(event: Event, profile: Profile) -> Applied | None:
    """Return the verdict of an event that archives an item which Odoo neither has nor may get; else None."""
    if not archives(event, profile) or profile.rules(PRODUCT).create:
        return None
    state = event.data.transition.to_state
    note = f"state {state!r} archives, Odoo does not have the item, and the profile says create = false"
    return Applied(Result.UNCHANGED, note)


def stub(mapping: ModelMapping, profile: Profile) -> ModelMapping:
    """Return the rules for an item that was only seen as a component: what it is called, its unit, seeds.

    Whatever else the export says of it is not released with its parent.
    """
    rules = profile.rules(PRODUCT).fields
    seeds = [name for name, rule in rules.items() if rule.master is Master.SEED]
    return mapping.only(profile.key.identify, "name", UNIT, *seeds)
