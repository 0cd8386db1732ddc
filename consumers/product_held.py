"""Which products of Odoo a batch of events is about: templates and variants, by key or by number.

A newcomer would get wrong when the second call is made: for items that no template has the key of. They are
new, known as variants, or Odoo's own under their number; one question tells all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from consumers.companies import Scope
from consumers.elsewhere import elsewhere
from consumers.errors import PermanentError
from consumers.mapping.claims import Held, Names, Refused, claiming, several, taken
from consumers.mapping.facts import Facts
from consumers.mapping.variant import as_variant
from consumers.odoo.either import find_either
from consumers.odoo.own_fields import KEY, VARIANT_KEY
from consumers.odoo.records import find
from consumers.product_rules import ProductRules
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT
from schemas.keys import title


def held_products(
    scope: Scope, rules: ProductRules, events: Sequence[Event], told: Mapping[str, Facts]
) -> tuple[dict[str, Held], dict[str, Refused]]:
    """Return what Odoo holds by key, adopting by the identifying field; and the events that are refused.

    Calls: 1, and 1 where a template has not the key of every event; where events are for companies, 1 more
    for those that are new to theirs, and 1 where one of them has the product of another company.
    """
    field = rules.profile.key.identify
    held, refused = _by_key(KEY, find(scope.odoo, PRODUCT, KEY, [event.key for event in events], rules.read))
    names = Names(field, _named(scope, rules, events, told))
    clear = [event for event in events if event.key not in refused]
    asked = {
        field: [names.of[event.key] for event in claiming(clear, held, names)],
        VARIANT_KEY: [event.key for event in clear if event.key not in held],
    }
    unknown = frozenset(asked[VARIANT_KEY])
    rows = find_either(scope.odoo, VARIANT, asked, rules.read_of_variant)
    variants, doubled = _by_key(VARIANT_KEY, [row for row in rows if row[VARIANT_KEY] in unknown])
    held |= {key: as_variant(row) for key, row in variants.items()}
    refused |= doubled
    # Before a product is taken by its number: an item never has two.
    refused |= elsewhere(
        scope,
        {
            event.key: title(event.data.item, event.key_parts)
            for event in clear
            if event.key not in held and event.key not in refused
        },
    )
    claims = claiming([event for event in clear if event.key not in refused], held, names)
    adopted, unclear = taken(claims, held, rows, names)
    return held | adopted, refused | unclear


def _named(
    scope: Scope, rules: ProductRules, events: Sequence[Event], told: Mapping[str, Facts]
) -> dict[str, str]:
    """Return by key what the identifying field of the event's product is, where it has one."""
    field = rules.profile.key.identify
    mapping = rules.stub.only(field)
    named: dict[str, str] = {}
    for event in events:
        try:
            value = mapping.values(told[event.key], scope.relations).get(field)
        except PermanentError:
            continue  # its plan says why
        if value:
            named[event.key] = value
    return named


def _by_key(name: str, rows: Iterable[Held]) -> tuple[dict[str, Held], dict[str, Refused]]:
    """Return the one record of each key in the field `name`, and a refusal where several have it."""
    found: dict[str, list[Held]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return (
        {key: records[0] for key, records in found.items() if len(records) == 1},
        {key: several(name, records) for key, records in found.items() if len(records) > 1},
    )
