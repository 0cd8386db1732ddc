"""Relations, vendors, variants, languages, companies, guards: in the real Odoo, over both transports."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from tests import factories
from tests.integration.test_profile_fields import Carrier, profile


@pytest.fixture(scope="module", params=["jsonrpc", "json2"])
def protocol(request: pytest.FixtureRequest) -> str:
    """Everything here holds over both."""
    return str(request.param)


@pytest.fixture(scope="module")
def schema(odoo: Odoo) -> Schema:
    return Schema(odoo)


@pytest.fixture
def carrier(odoo: Odoo, schema: Schema) -> Carrier:
    return Carrier(odoo, schema)


DEFAULTED = {"list_price", "sale_ok", "purchase_ok", "tracking", "type", "categ_id", "route_ids", "taxes_id"}


def unique(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:8]}"


def add(odoo: Odoo, model: str, **values: Any) -> int:
    [record] = odoo.call(model, "create", vals_list=[values])
    return int(record)


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


VENDOR = {
    "product.supplierinfo": {
        "fields": {
            "partner_id": {"from": "Vendor", "by": "ref"},
            "price": {"from": "Price", "decimal": ","},
            "delay": {"from": "Days"},
            "date_start": {"from": "Since", "formats": ["%d.%m.%Y"]},
        }
    }
}


def vendors(carrier: Carrier) -> list[list[Any]]:
    [template] = carrier.held("id")
    rows = carrier.odoo.call(
        "product.supplierinfo",
        "search_read",
        domain=[["product_tmpl_id", "=", template]],
        fields=["partner_id", "price", "delay", "date_start"],
        order="id",
        load=None,
    )
    return [[row["partner_id"], row["price"], row["delay"], row["date_start"]] for row in rows]


def test_a_vendor_comes_with_price_and_lead_time(carrier: Carrier, administrator: Odoo) -> None:
    refs = [unique("V"), unique("V")]
    partners = [add(administrator, "res.partner", name=ref, ref=ref) for ref in refs]
    rules = profile("", models=VENDOR)

    def carry(**attributes: str) -> Any:
        return carrier.apply(rules, carrier.event(attributes))

    told = {"Vendor": refs[0], "Price": "12,50", "Days": "7", "Since": "01.02.2026"}
    assert carry(**told) == Applied(Result.CREATED)
    assert vendors(carrier) == [[partners[0], 12.5, 7, "2026-02-01"]]
    assert carry(**told) == Applied(Result.UNCHANGED)
    assert carry(**told | {"Price": "13"}) == Applied(Result.UPDATED)
    assert vendors(carrier) == [[partners[0], 13.0, 7, "2026-02-01"]]
    assert carry(**told | {"Vendor": refs[1]}) == Applied(Result.UPDATED)
    assert len(vendors(carrier)) == 2
    assert vendors(carrier)[1][0] == partners[1]
    assert carry(Vendor="", Price="") == Applied(Result.UNCHANGED)

    unknown = carry(Vendor=unique("V"))
    assert isinstance(unknown, PermanentError)
    assert unknown.reason is Reason.UNKNOWN_RECORD


def test_a_field_of_the_variant_is_written_there(carrier: Carrier) -> None:
    rules = profile("", models={"product.product": {"fields": {"standard_price": {"from": "Cost"}}}})

    assert carrier.apply(rules, carrier.event({"Cost": "7.5"})) == Applied(Result.CREATED)
    assert carrier.held("standard_price") == [7.5]
    assert carrier.apply(rules, carrier.event({"Cost": "7.50"})) == Applied(Result.UNCHANGED)
    assert carrier.apply(rules, carrier.event({"Cost": "8"})) == Applied(Result.UPDATED)
    assert carrier.held("standard_price") == [8.0]


@pytest.fixture(scope="module")
def german(administrator: Odoo) -> str:
    wizard = administrator.call(
        "base.language.install",
        "create",
        vals_list=[
            {
                "lang_ids": [
                    [
                        6,
                        0,
                        administrator.call("res.lang", "search", domain=[["code", "=", "de_DE"]]),
                    ]
                ]
            }
        ],
    )
    administrator.call("base.language.install", "lang_install", ids=wizard)
    return "de_DE"


def test_a_text_has_its_translation(carrier: Carrier, odoo: Odoo, german: str) -> None:
    rules = f'description_sale = {{ from = "EN", languages = {{ {german} = "DE" }} }}'

    def texts() -> list[str]:
        return [
            odoo.call(
                "product.template",
                "search_read",
                domain=[["default_code", "=", carrier.number]],
                fields=["description_sale"],
                context={"lang": language},
            )[0]["description_sale"]
            for language in ("en_US", german)
        ]

    assert carrier.carry(rules, {"EN": "Shaft", "DE": "Welle"}) == Applied(Result.CREATED)
    assert texts() == ["Shaft", "Welle"]
    assert carrier.carry(rules, {"EN": "Shaft", "DE": "Welle"}) == Applied(Result.UNCHANGED)
    assert carrier.carry(rules, {"EN": "Shaft", "DE": "Antriebswelle"}) == Applied(Result.UPDATED)
    assert texts() == ["Shaft", "Antriebswelle"]
    assert carrier.carry(rules, {"EN": "Axle", "DE": "Antriebswelle"}) == Applied(Result.UPDATED)
    assert texts() == ["Axle", "Antriebswelle"]


def test_each_event_is_for_its_company(carrier: Carrier, administrator: Odoo, schema: Schema) -> None:
    plant = unique("Plant")
    company = add(administrator, "res.company", name=plant)
    [user] = administrator.call(
        "res.users", "search", domain=[["id", "=", carrier.odoo.call("res.users", "context_get").get("uid")]]
    )
    administrator.call("res.users", "write", ids=[user], vals={"company_ids": [[4, company]]})
    rules = profile(
        f'company_id = {{ from = "Plant", map = {{ P1 = "{plant}" }} }}',
        company={"from": "Plant", "map": {"P1": plant}},
        models={"product.product": {"fields": {"standard_price": {"from": "Cost"}}}},
    )

    assert carrier.apply(rules, carrier.event({"Plant": "P1", "Cost": "5"})) == Applied(Result.CREATED)

    assert carrier.held("company_id") == [company]
    [there] = carrier.odoo.call(
        "product.product",
        "search_read",
        domain=[["default_code", "=", carrier.number]],
        fields=["standard_price"],
        context={"allowed_company_ids": [company]},
    )
    assert there["standard_price"] == 5.0
    assert carrier.apply(rules, carrier.event({"Plant": "P1", "Cost": "5"})) == Applied(Result.UNCHANGED)
    unknown = carrier.apply(rules, carrier.event({"Plant": "P9", "Cost": "5"}))
    assert isinstance(unknown, PermanentError)
    assert "P9" in str(unknown)


def guarded(**guards: Any) -> Any:
    rules = profile('description_sale = { from = "A" }')
    product = rules.models["product.template"].model_copy(update=guards)
    return rules.model_copy(update={"models": {**rules.models, "product.template": product}})


def test_guards_forbid_to_create_or_to_update(carrier: Carrier) -> None:
    refused = carrier.apply(guarded(create=False), carrier.event({"A": "one"}))
    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.NOT_ALLOWED

    carrier.apply(guarded(), carrier.event({"A": "one"}))
    verdict = carrier.apply(guarded(update=False), carrier.event({"A": "two"}))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UNCHANGED
    assert "description_sale" in verdict.note
    assert carrier.held("description_sale") == ["one"]


def test_a_batch_costs_one_read_one_call_per_related_model_and_the_writes(
    odoo: Odoo, administrator: Odoo, schema: Schema
) -> None:
    """500 events with 20 fields, three of them relations."""
    name, route = unique("Bulk"), unique("Route")
    add(odoo, "product.category", name=name)
    add(administrator, "stock.route", name=route, product_selectable=True)
    texts = "\n".join(
        f'{field} = {{ from = "{field}" }}'
        for field in ("description", "description_sale", "description_purchase", "description_picking")
    )
    numbers = "\n".join(
        f'{field} = {{ from = "N" }}' for field in ("weight", "volume", "list_price", "sale_delay")
    )
    booleans = "\n".join(f'{field} = {{ from = "B" }}' for field in ("sale_ok", "purchase_ok"))
    rules = profile(
        f"""
        {texts}
        {numbers}
        {booleans}
        categ_id = {{ from = "C" }}
        route_ids = {{ from = "R", separator = ";" }}
        uom_id = {{ from = "item.unit", master = "seed" }}
        description_pickingin = {{ from = "description" }}
        description_pickingout = {{ from = "description" }}
        type = {{ constant = "consu", master = "seed" }}
        is_storable = {{ constant = true, master = "seed" }}
        tracking = {{ constant = "none" }}
        """
    )
    assert len(rules.models["product.template"].fields) == 20
    counted = Counting(odoo)
    handler = ProductHandler(counted, schema, rules)
    handler.prepare()

    def batch(text: str, sequence: int) -> list[Event]:
        attributes = {
            "description": text,
            "description_sale": text,
            "description_purchase": text,
            "description_picking": text,
            "N": "3",
            "B": "yes",
            "C": name,
            "R": route,
        }
        return [
            factories.event(
                factories.product(item=factories.item(number=f"{name}-{index}"), attributes=attributes),
                sequence=f"{sequence:020}",
            )
            for index in range(500)
        ]

    counted.calls = []
    assert handler.apply(batch("one", 1)) == [Applied(Result.CREATED)] * 500
    reads = [call for call in counted.calls if not call.endswith(".load")]
    # The product is looked for by our key, and what is not ours yet by its number.
    assert sorted(reads) == [
        "product.category.search_read",
        "product.product.search_read",
        "product.template.search_read",
        "stock.route.search_read",
        "uom.uom.search_read",
    ]

    fresh = ProductHandler(counted, schema, rules)
    fresh.prepare()
    counted.calls = []
    assert fresh.apply(batch("two", 2)) == [Applied(Result.UPDATED)] * 500
    assert sorted(counted.calls) == [
        "product.category.search_read",
        "product.template.search_read",
        "product.template.web_save_multi",
        "stock.route.search_read",
        "uom.uom.search_read",
    ]
    counted.calls = []
    assert fresh.apply(batch("two", 2)) == [Applied(Result.UNCHANGED)] * 500
    assert counted.calls == ["product.template.search_read"]


class Counting:
    """An Odoo that notes its calls."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo
        self.calls: list[str] = []

    def version(self) -> str:
        return self._odoo.version()

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        self.calls.append(f"{model}.{method}")
        return self._odoo.call(model, method, **arguments)
