"""Related records by name: in the real Odoo, over both transports."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from tests import factories
from tests.integration.carrier import Carrier, profile
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols

DEFAULTED = {"list_price", "sale_ok", "purchase_ok", "tracking", "type", "categ_id", "route_ids", "taxes_id"}


def test_a_category_is_found_by_its_path(carrier: Carrier, odoo: Odoo) -> None:
    name = unique("Screws")
    parent = add(odoo, "product.category", name=unique("Parts"))
    child = add(odoo, "product.category", name=name, parent_id=parent)
    [path] = odoo.call("product.category", "read", ids=[child], fields=["complete_name"])
    rules = 'categ_id = { from = "Category", by = "complete_name" }'

    assert carrier.carry(rules, {"Category": path["complete_name"]}) == Applied(Result.CREATED)
    assert carrier.held("categ_id") == [child]
    assert carrier.carry(rules, {"Category": path["complete_name"].upper()}) == Applied(Result.UNCHANGED)


def test_a_missing_category_is_created_with_its_parents_once(carrier: Carrier, odoo: Odoo) -> None:
    top, leaf = unique("Made"), unique("Leaf")
    rules = 'categ_id = { from = "Category", by = "complete_name", missing = "create" }'

    carrier.carry(rules, {"Category": f"{top} / {leaf}"})
    Carrier(odoo, Schema(odoo)).carry(rules, {"Category": f"{top} / {leaf}"})

    [made] = carrier.held("categ_id")
    found = odoo.call(
        "product.category",
        "search_read",
        domain=[["complete_name", "in", [top, f"{top} / {leaf}"]]],
        fields=["complete_name"],
        order="id",
    )
    assert [one["complete_name"] for one in found] == [top, f"{top} / {leaf}"]
    assert found[1]["id"] == made


def test_a_missing_record_takes_the_default_or_leaves_the_field(carrier: Carrier, odoo: Odoo) -> None:
    name = unique("Fallback")
    fallback = add(odoo, "product.category", name=name)

    carrier.carry(
        f'categ_id = {{ from = "C", missing = "default", default = "{name}" }}', {"C": unique("Nowhere")}
    )
    assert carrier.held("categ_id") == [fallback]
    verdict = carrier.carry('categ_id = { from = "C", missing = "ignore" }', {"C": unique("Nowhere")})
    assert verdict == Applied(Result.UNCHANGED)
    assert carrier.held("categ_id") == [fallback]


def test_an_ambiguous_record_is_refused_with_its_candidates(carrier: Carrier, odoo: Odoo) -> None:
    name = unique("Twin")
    twins = [add(odoo, "product.category", name=name) for _ in range(2)]

    verdict = carrier.carry('categ_id = { from = "C", missing = "ignore" }', {"C": name})

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.AMBIGUOUS_MATCH
    assert all(str(twin) in str(verdict) for twin in twins)


def test_a_missing_record_is_refused_with_near_names(carrier: Carrier, odoo: Odoo) -> None:
    name = unique("Sheet metal parts")
    add(odoo, "product.category", name=name)

    verdict = carrier.carry('categ_id = { from = "C" }', {"C": name.replace("metal", "mettal")})

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.UNKNOWN_RECORD
    assert name in str(verdict)


def test_several_routes_are_told_by_name(carrier: Carrier, administrator: Odoo) -> None:
    first, second, hidden = unique("Cut"), unique("Weld"), unique("Hidden")
    ids = [add(administrator, "stock.route", name=name, product_selectable=True) for name in (first, second)]
    add(administrator, "stock.route", name=hidden, product_selectable=False)
    rules = 'route_ids = { from = "Routes", separator = ";" }'

    assert carrier.carry(rules, {"Routes": f"{second}; {first}"}) == Applied(Result.CREATED)
    assert sorted(carrier.held("route_ids")[0]) == ids
    assert carrier.carry(rules, {"Routes": f"{first};{second};"}) == Applied(Result.UNCHANGED)
    assert carrier.carry(rules, {"Routes": first}) == Applied(Result.UPDATED)
    assert carrier.held("route_ids") == [[ids[0]]]
    assert carrier.carry(rules, {"Routes": ""}) == Applied(Result.UPDATED)
    assert carrier.held("route_ids") == [[]]
    # Odoo would store this one and never show it again: the difference would never end.
    refused = carrier.carry(rules, {"Routes": hidden})
    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.UNKNOWN_RECORD


def test_what_one_event_of_a_batch_does_not_speak_of_is_what_odoo_gives_a_new_product(
    carrier: Carrier, odoo: Odoo, schema: Schema
) -> None:
    name = unique("Batch")
    schema.prepare("product.template")
    info = schema.model("product.template")
    # Fields whose defaults a `load()` has to spell: numbers, booleans, choices, one and several records.
    fields = [field for field in info.defaults if field in DEFAULTED and info.fields[field].stored]
    assert len(fields) >= 4, info.defaults
    options = {field: ', separator = ";"' for field in fields if info.fields[field].type == "many2many"}
    rules = profile(
        "\n".join(f'{field} = {{ from = "{field}"{options.get(field, "")} }}' for field in fields)
    )
    numbers = [f"{name} {index}" for index in range(2)]
    told = {"list_price": "9", "sale_ok": "no", "purchase_ok": "no", "tracking": "none", "type": "service"}
    events = [
        factories.event(
            factories.product(item=factories.item(number=number), unit=None, attributes=attributes)
        )
        for number, attributes in zip(numbers, (told, {}), strict=True)
    ]
    made = add(odoo, "product.template", name=name)

    assert ProductHandler(carrier.odoo, schema, rules).apply(events) == [Applied(Result.CREATED)] * 2

    def of(*domain: Any) -> dict[str, Any]:
        [row] = odoo.call(
            "product.template", "search_read", domain=list(domain), fields=fields, order="id", load=None
        )
        return {field: row[field] for field in fields}

    assert of(["default_code", "=", numbers[1]]) == of(["id", "=", made])
    assert of(["default_code", "=", numbers[0]])["sale_ok"] is False


def test_a_difference_in_the_unit_is_told_and_not_written(carrier: Carrier) -> None:
    rules = 'uom_id = { from = "item.unit", master = "seed" }'

    assert carrier.carry(rules, {}, unit="kg") == Applied(Result.CREATED)
    verdict = carrier.carry(rules, {}, unit="pcs")

    assert verdict == Applied(Result.UNCHANGED, "uom_id is kg in Odoo, Units in the vault")
    refused = Carrier(carrier.odoo, Schema(carrier.odoo)).carry(rules, {}, unit="crates")
    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.UNKNOWN_UNIT
    assert str(refused) == (
        "product.template.uom_id: Odoo has no active unit 'crates'; "
        "map it in [units] of the profile, or create the unit in Odoo"
    )
