"""Which product of Odoo an item may take by its number, where its key does not find one. Pure.

A product with one variant is taken as a whole; of one with several, the variant that has the number.
A newcomer would get wrong that a product with another key is not always a foreign one: where the key has
the configuration in it, the configurations of an item are products with one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.errors import PermanentError, TransientError
from consumers.mapping.product import ACTIVE, is_root
from consumers.mapping.variant import COUNT, TEMPLATE, as_template, as_variant
from consumers.odoo.own_fields import KEY, SEQUENCE, VARIANT_KEY
from schemas import keys
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.keys import KeyParts, external_id

Held = Mapping[str, Any]
"""The product of an item as read, a template or a variant; for `taken`, any `product.product`."""

Refused = PermanentError | TransientError


@dataclass(frozen=True)
class Names:
    """By what products are recognised that the pipeline does not know by key."""

    field: str
    """Identifying field of `product.product`, the part number by default."""
    of: Mapping[str, str]
    """Key of an event → value of that field for its item."""


def claiming(events: Sequence[Event], held: Mapping[str, Held], names: Names) -> list[Event]:
    """Return the events whose name is to be looked up: the item is not `held` by key, or has another name.

    An item without a name is new: there is nothing to recognise it by.
    """
    return [
        event
        for event in events
        if event.key in names.of and (event.key not in held or _renamed(event, held[event.key], names))
    ]


def _renamed(event: Event, record: Held, names: Names) -> bool:
    """Return whether the event gives the item of `record` another name, which its key does not have."""
    return (
        event.key_parts is KeyParts.VAULT_OBJECT
        and is_root(event)
        and event.sequence >= (record[SEQUENCE] or "")
        and names.of[event.key] != record.get(names.field)
    )


def taken(
    events: Sequence[Event], held: Mapping[str, Held], found: Iterable[Held], names: Names
) -> tuple[dict[str, Held], dict[str, Refused]]:
    """Return by key the products among `found`, which have names of `events`, that their items take over.

    And by key the events whose name another item has. An event in neither may have its name.
    """
    having: dict[str, list[Held]] = {}
    for record in found:
        having.setdefault(record[names.field], []).append(record)
    claimed: dict[str, list[str]] = {}
    adopted: dict[str, Held] = {}
    refused: dict[str, Refused] = {}
    gone: set[int] = set()
    for event in events:
        name, own = names.of[event.key], held.get(event.key)
        others = [
            record for record in having.get(name, ()) if record["id"] not in gone and not _own(event, record)
        ]
        # Two items, one name, one batch: the first may have it.
        earlier = [key for key in claimed.get(name, ()) if not _of_same_number(event, key)]
        fault = _behind(names, name, earlier[0]) if earlier else _not_adoptable(event, names, own, others)
        if fault:
            refused[event.key] = fault
            continue
        claimed.setdefault(name, []).append(event.key)
        if others:
            adopted[event.key] = as_variant(others[0]) if _one_of_many(others[0]) else as_template(others[0])
            gone.add(others[0]["id"])
    return adopted, refused


def several(field: str, records: Sequence[Held]) -> PermanentError:
    """Return the refusal of what `records` have in common: one value of `field`."""
    hidden = (
        "; Odoo lists those archived only under the filter Archived" if any(map(_hidden, records)) else ""
    )
    return PermanentError(
        Reason.AMBIGUOUS_MATCH,
        f"{len(records)} products in Odoo have {field} {records[0][field]!r} "
        f"({_places(records[:10])}); leave it to one of them{hidden}",
    )


def place(record: Held) -> str:
    """Return where people find the product `record`."""
    if TEMPLATE not in record:
        return f"template {record['id']}"
    variant = f"variant {record['id']} of " if _one_of_many(record) else ""
    return f"{variant}template {record[TEMPLATE]}"


def _places(records: Sequence[Held]) -> str:
    if any(TEMPLATE in record and _one_of_many(record) for record in records):
        return ", ".join(f"{place(record)}{_state(record)}" for record in records)
    named = (f"{record.get(TEMPLATE, record['id'])}{_state(record)}" for record in records)
    return f"templates {', '.join(named)}"


def _state(record: Held) -> str:
    return " (archived)" if _hidden(record) else ""


def _hidden(record: Held) -> bool:
    return not record[ACTIVE]


def _one_of_many(record: Held) -> bool:
    return bool(record[COUNT] > 1)


def _own(event: Event, record: Held) -> bool:
    """Return whether `record` is the item's own already, or rightly has its number."""
    owners = {record[KEY], record[VARIANT_KEY]}
    return event.key in owners or any(_of_same_number(event, key) for key in owners)


def _of_same_number(event: Event, key: str) -> bool:
    """Return whether `key` is that of a configuration of the event's item, which rightly has its number.

    The key of another vault, or one made of other parts, is not.
    """
    return event.key_parts is KeyParts.NUMBER_AND_CONFIGURATION and (key or "").startswith(
        f"{keys.key(event.source, event.data.item.number)}."
    )


def _not_adoptable(event: Event, names: Names, own: Held | None, others: Sequence[Held]) -> Refused | None:
    if len(others) > 1:
        return several(names.field, others)
    for other in others:
        name = other[names.field]
        if other[VARIANT_KEY] or (other[KEY] and not _one_of_many(other)):
            return _claimed(event, name, other[VARIANT_KEY] or other[KEY])
        if other[KEY]:
            return PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"product {name!r} in Odoo is {place(other)}, which as a whole is the item with key "
                f"{other[KEY]!r}; if its variants are the items, empty {KEY} of the template and delete its "
                f"external id {external_id('product', other[KEY])}, for while that is there, events of that "
                "item are refused",
            )
        if own:
            return PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"product {name!r} in Odoo ({place(other)}) is not of the vault, "
                f"whose item of that number is {place(own)} now; leave the number to one of them",
            )
    return None


def _behind(names: Names, name: str, key: str) -> TransientError:
    # That one may be refused yet: what becomes of it is only known when it has been applied.
    return TransientError(
        Reason.AMBIGUOUS_MATCH,
        f"another item of this batch, with key {key!r}, claims {names.field} {name!r} first; if both are "
        "to be in Odoo, give one of them another number",
    )


def _claimed(event: Event, name: str, key: str) -> Refused:
    # Where items are renumbered, the other one may be about to give the number up.
    fate = TransientError if event.key_parts is KeyParts.VAULT_OBJECT else PermanentError
    return fate(
        Reason.AMBIGUOUS_MATCH,
        f"product {name!r} in Odoo already belongs to the item with key {key!r}; two items claim one number",
    )
