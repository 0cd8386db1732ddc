"""An item that is one variant of a product: what of its rules is the variant's own. Pure.

A newcomer would get wrong what a variant has: nearly all its fields are its template's, and writing one of
them through the variant changes all its siblings. So an item that is a variant writes only what the variant
has for itself, such as number, barcode, weight and cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consumers.mapping.facts import Facts
from consumers.mapping.product import owned, shown
from consumers.mapping.references import Links
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import DIGEST, KEY, OF_VARIANT, SEQUENCE
from schemas.event import Event
from schemas.facts import PRODUCT, VENDOR
from schemas.profile import Profile

TEMPLATE = "product_tmpl_id"
COUNT = "product_variant_count"
"""How many variants the template has, archived ones too."""
READ = (TEMPLATE, COUNT, *OF_VARIANT.values())
"""What is read of a `product.product` beside what the rules write."""


@dataclass(frozen=True)
class VariantRules:
    """The rules for an item that is a variant."""

    writes: ModelMapping
    """Those for the product whose field is the variant's own, and all for the variant."""
    kept: ModelMapping
    """Those for the product that the profile does not let change what is there."""
    left: tuple[str, ...]
    """What is the template's, and therefore not written."""

    @classmethod
    def of(cls, product: ModelMapping, variant: ModelMapping, info: ModelInfo, vendor: bool) -> VariantRules:
        """Return what of the rules for `product` and `variant` concerns one variant; `info` is its model's.

        `vendor` says whether there are rules for vendor lines.
        """
        updating = product.updating
        own = updating.only(*(name for name in updating.fields if is_own(name, info)))
        left = tuple(name for name in updating.fields if name not in own.fields)
        nothing = own.only()
        return cls(
            (own if product.may_update else nothing).joined(
                variant.updating if variant.may_update else nothing
            ),
            nothing if product.may_update else own,
            (*left, VENDOR) if vendor else left,
        )


def is_own(name: str, info: ModelInfo) -> bool:
    """Return whether a variant has the field `name` for itself, as `info` of its model says."""
    field = info.fields.get(name)
    return field is not None and not field.related.startswith(f"{TEMPLATE}.")


def left_to(record: Mapping[str, Any], event: Event, values: Values, info: ModelInfo) -> tuple[Values, str]:
    """Return what of `values` the template `record` can have, and a note where its variants have the others.

    Odoo stores nothing of what several variants have each for itself. The note comes with a newer event.
    """
    count = record.get(COUNT, 1)
    left = [name for name in values if is_own(name, info)] if count > 1 else []
    if not left:
        return values, ""
    note = f"template {record['id']} has {count} variants, to which is left: {', '.join(left)}"
    kept = {name: value for name, value in values.items() if name not in left}
    return kept, note if event.sequence > (record[SEQUENCE] or "") else ""


def as_variant(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `product.product` that was read as that of an item, ours under the usual names."""
    return {**row, **{name: row[own] for name, own in OF_VARIANT.items()}}


def as_template(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `product.product` that was read as its template, whose only variant it is."""
    return {name: value for name, value in row.items() if name not in READ} | {"id": row[TEMPLATE]}


def is_variant(record: Mapping[str, Any]) -> bool:
    """Return whether the product `record` of an item is a variant."""
    return TEMPLATE in record


def as_written(values: Values) -> Values:
    """Return `values` of a variant with our fields as it has them."""
    return {OF_VARIANT.get(name, name): value for name, value in values.items()}


def changes(
    event: Event, record: Mapping[str, Any], known: Facts, links: Links, rules: VariantRules, profile: Profile
) -> tuple[Values, list[str]]:
    """Return what differs at the variant `record` under the usual names, and notes about it.

    Raises:
        PermanentError: a value does not fit.
    """
    values = rules.writes.values(known, links)
    ours = difference(record, owned(event))
    kept = difference(record, rules.kept.values(known, links))
    if not (rules.writes.fields or profile.rules(PRODUCT).update):
        ours = {name: value for name, value in ours.items() if name == KEY}
    active, note = shown(event, record, profile)
    notes = [f"differs in {', '.join(kept)}, and the profile says update = false"] if kept else []
    notes += [_left(record, rules), note]
    return ours | difference(record, rules.writes.for_update(values, record)) | active, notes


def is_news(values: Values) -> bool:
    """Return whether `values` are more than the news that a newer event came."""
    return bool(values.keys() - {SEQUENCE, DIGEST})


def _left(record: Mapping[str, Any], rules: VariantRules) -> str:
    """Say what is not written, with the first event of the item's own."""
    if not rules.left or record[SEQUENCE]:
        return ""
    return f"one variant of template {record[TEMPLATE]}, to which is left: {', '.join(rules.left)}"
