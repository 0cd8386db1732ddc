"""Time the profile: reading and checking a large one, and mapping one event. No calls to Odoo."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from consumers.fitted import described
from consumers.mapping.check import Spoken, check
from consumers.mapping.convert import TYPES
from consumers.mapping.facts import facts
from consumers.mapping.rules import compiled
from consumers.mapping.values import difference
from consumers.odoo.client import Odoo
from consumers.odoo.fields import ModelInfo
from consumers.odoo.relations import Relations
from consumers.odoo.schema import Schema
from schemas.event import Event, new_event
from schemas.facts import MODELS, PRODUCT
from schemas.item import Item, Transition
from schemas.kinds import PRODUCT as PRODUCT_KIND
from schemas.product import Product
from schemas.profile_rules import is_owned
from schemas.profile_text import examine, parse

_HEAD = 'version = 1\n[states]\nReleased = "upsert"\n'
_TWENTY = """
default_code = { from = "item.number", required = true }
name = { from = "item.name", default = "{item.number}" }
weight = { from = "item.weight" }
uom_id = { from = "item.unit", master = "seed" }
type = { constant = "consu", master = "seed" }
is_storable = { constant = true, master = "seed" }
purchase_ok = { from = "item.has_components", map = { true = false, false = true } }
categ_id = { from = "Category", by = "complete_name" }
route_ids = { from = "Routes", separator = ";" }
list_price = { from = "Price", decimal = "," }
volume = { from = "Volume", unit = "m3", source_unit = "l" }
sale_delay = { from = "Days" }
sale_ok = { from = "Sold" }
tracking = { from = "Tracking", default = "none" }
description = { from = "Remark" }
description_sale = { template = "{Material} {Surface}" }
description_purchase = { from = "Material", map = { Steel = "S235" } }
description_picking = { from = "Remark", max_length = 200, too_long = "cut" }
description_pickingin = { from = "Surface" }
description_pickingout = { from = "Surface", master = "odoo" }
"""
_RELATED = frozenset(
    {"uom.uom", "product.category", "stock.route", "res.partner", "res.company", "res.currency"}
)
_TIMES = 2000


@dataclass(frozen=True)
class MappingFigures:
    """What a profile costs."""

    rules: int
    check_seconds: float
    """To read and check a profile of `rules` field rules, the fields of Odoo being known."""
    event_seconds: float
    """To map one event under twenty rules, three of them relations, and compare it with what Odoo holds."""


def measure_mapping(odoo: Odoo, schema: Schema) -> MappingFigures:
    """Return what a profile costs against the Odoo of `schema`; best of three."""
    infos = described(parse(f"{_HEAD}[models]", "none.toml"), schema, MODELS)
    infos |= {model: _doubled(infos[model]) for model in MODELS}
    text, rules = _large(infos)
    infos |= {model: schema.model(model) for model in _RELATED}

    def look() -> None:
        profile, found, lines = examine(text)
        assert profile is not None  # noqa: S101 - it is ours
        found += check(profile, lines, infos, Spoken())
        assert not found, found  # noqa: S101 - what is refused would not be measured

    return MappingFigures(rules, _best(look), _best(_mapping(odoo, schema)) / _TIMES)


def _doubled(info: ModelInfo | None) -> ModelInfo:
    """Return the model with as many fields again, as a customer may have added: a stock Odoo has too few."""
    assert info is not None  # noqa: S101 - the sandbox has them all
    more = {
        f"x_{name}": replace(field, name=f"x_{name}", required=False) for name, field in info.fields.items()
    }
    return replace(info, fields={**info.fields, **more})


def _large(infos: Mapping[str, ModelInfo | None]) -> tuple[str, int]:
    """Return a profile with a rule for every field that one can write, and how many these are."""
    parts, count = [_HEAD], 0
    for model in MODELS:
        parts.append(f'[models."{model}".fields]')
        info = infos[model]
        for field in info.fields.values() if info else ():
            if field.readonly or field.type not in TYPES or is_owned(model, field.name):
                continue
            if field.relation and field.relation not in _RELATED:
                continue
            separator = ', separator = ";"' if field.type == "many2many" else ""
            parts.append(f'{field.name} = {{ from = "{field.label or field.name}"{separator} }}')
            count += 1
    return "\n".join(part.replace("\\", "") for part in parts), count


def _mapping(odoo: Odoo, schema: Schema) -> Callable[[], None]:
    profile = parse(f'{_HEAD}[models."{PRODUCT}".fields]{_TWENTY}', "twenty.toml")
    mapping = compiled(profile, PRODUCT, schema.model(PRODUCT))
    relations, event = Relations(odoo, profile.unit), _event()
    relations.look_up(mapping.wanted(facts(event)))
    held = mapping.values(facts(event), relations)

    def map_events() -> None:
        for _ in range(_TIMES):
            known = facts(event)
            mapping.wanted(known)
            difference(held, mapping.for_update(mapping.values(known, relations), held))

    return map_events


def _event() -> Event:
    now = datetime.now(UTC)
    attributes = {
        "Category": "Goods",
        "Routes": "",
        "Price": "1.234,50",
        "Volume": "2 l",
        "Days": "14",
        "Sold": "ja",
        "Tracking": "",
        "Remark": "Deburr < 0.2 mm",
        "Material": "Steel",
        "Surface": "zinc",
    }
    data = Product(
        transition=Transition(to_state="Released", at=now),
        item=Item(number="BD-1000", revision="A"),
        name="Bearing plate",
        unit="Units",
        weight=Decimal("1.25"),
        attributes=attributes,
    )
    return new_event(
        PRODUCT_KIND,
        data,
        event_id="bench",
        source="/pdm/Bench",
        time=now,
        sequence="1",
        correlationid="bench",
    )


def _best(work: Callable[[], None]) -> float:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
