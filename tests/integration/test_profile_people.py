"""What people do in Odoo meanwhile, over both transports: it stays, and no message dies of it."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import ConflictError, PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.product import Authority
from schemas.profile import Profile
from tests import factories
from tests.integration.carrier import Carrier, profile
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols


def handler(odoo: Odoo, schema: Schema, rules: Profile) -> ProductHandler:
    made = ProductHandler(Watched(odoo, schema), schema, rules)
    made.prepare()
    return made


def event(number: str, sequence: int, attributes: dict[str, str], **product: Any) -> Event:
    data = factories.product(
        item=factories.item(number=number), attributes=attributes, **({"unit": None} | product)
    )
    return factories.event(data, sequence=f"{sequence:020}")


def test_what_a_product_of_odoo_holds_survives_a_sighting_before_its_own_event(
    carrier: Carrier, odoo: Odoo
) -> None:
    add(odoo, "product.template", name="Old", default_code=carrier.number, standard_price=42.0, weight=7.0)
    rules = profile(
        'weight = { from = "W", update = false }',
        models={"product.product": {"fields": {"standard_price": {"from": "Cost", "master": "seed"}}}},
    )
    attributes = {"W": "1", "Cost": "1"}

    assert carrier.apply(rules, carrier.event({}, authority=Authority.SIGHTING)) == Applied(
        Result.UPDATED, "adopted by its number"
    )
    assert carrier.apply(rules, carrier.event(attributes)) == Applied(Result.UPDATED)

    assert carrier.held("name", "standard_price", "weight") == ["Drive unit", 42.0, 7.0]


def test_a_category_of_ours_that_a_person_renamed_keeps_its_name(odoo: Odoo, schema: Schema) -> None:
    path, name = unique("Vault category"), unique("Nicer name")
    rules = profile('categ_id = { from = "C", by = "complete_name", missing = "create" }')
    first, second = unique("N"), unique("N")
    handler(odoo, schema, rules).apply([event(first, 1, {"C": path})])
    made = odoo.call("product.category", "search", domain=[["complete_name", "=", path]])
    odoo.call("product.category", "write", ids=made, vals={"name": name})

    handler(odoo, schema, rules).apply([event(second, 1, {"C": path})])

    [held] = odoo.call("product.category", "read", ids=made, fields=["name"])
    assert held["name"] == name
    [product] = odoo.call(
        "product.template",
        "search_read",
        domain=[["default_code", "=", second]],
        fields=["categ_id"],
        load=None,
    )
    assert [product["categ_id"]] == made


def test_a_related_record_that_was_made_anew_is_a_conflict_and_not_the_messages_fault(
    odoo: Odoo, schema: Schema
) -> None:
    name = unique("Category")
    old = add(odoo, "product.category", name=name)
    products = handler(odoo, schema, profile('categ_id = { from = "C" }'))
    products.apply([event(unique("N"), 1, {"C": name})])
    used = odoo.call("product.template", "search", domain=[["categ_id", "=", old]])
    new = add(odoo, "product.category", name=unique("Other"))
    odoo.call("product.template", "write", ids=used, vals={"categ_id": new})
    odoo.call("product.category", "unlink", ids=[old])
    anew = add(odoo, "product.category", name=name)
    later = event(unique("N"), 1, {"C": name})

    with pytest.raises(ConflictError):
        products.apply([later])
    assert products.apply([later]) == [Applied(Result.CREATED)]

    held = odoo.call("product.template", "search_count", domain=[["categ_id", "=", anew]])
    assert held == 1


def test_each_row_of_a_batch_has_what_odoo_gives_a_record_of_its_own(odoo: Odoo, schema: Schema) -> None:
    rules = profile('purchase_method = { from = "PM" }')
    told, silent = unique("N"), unique("N")

    handler(odoo, schema, rules).apply([event(told, 1, {"PM": "purchase"}), event(silent, 1, {})])

    rows = odoo.call(
        "product.template",
        "search_read",
        domain=[["default_code", "in", [told, silent]]],
        fields=["default_code", "purchase_method"],
    )
    assert {row["default_code"]: row["purchase_method"] for row in rows} == {
        told: "purchase",
        silent: "receive",
    }


def test_a_rule_about_one_product_refuses_its_event_alone(
    carrier: Carrier, odoo: Odoo, administrator: Odoo
) -> None:
    rules = 'description_sale = { from = "A" }'
    carrier.carry(rules, {"A": "one"})
    [template] = carrier.held("id")
    [model] = administrator.call("ir.model", "search", domain=[["model", "=", "product.template"]])
    guard = add(
        administrator,
        "ir.rule",
        name="hands off",
        model_id=model,
        domain_force=f"[('id', '!=', {template})]",
        perm_read=False,
        perm_create=False,
        perm_unlink=False,
    )
    try:
        verdict = carrier.carry(rules, {"A": "two"})
    finally:
        administrator.call("ir.rule", "unlink", ids=[guard])

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.REFUSED_BY_ODOO
    assert carrier.held("description_sale") == ["one"]


def test_price_breaks_that_purchasing_made_of_our_line_stay(carrier: Carrier, administrator: Odoo) -> None:
    ref = unique("V")
    add(administrator, "res.partner", name=ref, ref=ref)
    fields = {"partner_id": {"from": "Vendor", "by": "ref"}, "price": {"from": "Price"}}
    rules = profile("", models={"product.supplierinfo": {"fields": fields}})
    carrier.apply(rules, carrier.event({"Vendor": ref, "Price": "5"}))
    [template] = carrier.held("id")
    line = carrier.odoo.call("product.supplierinfo", "search", domain=[["product_tmpl_id", "=", template]])
    carrier.odoo.call("product.supplierinfo", "write", ids=line, vals={"min_qty": 100, "price": 3})

    assert carrier.apply(rules, carrier.event({"Vendor": ref, "Price": "5"})) == Applied(Result.UNCHANGED)

    [held] = carrier.odoo.call("product.supplierinfo", "read", ids=line, fields=["min_qty", "price"])
    assert (held["min_qty"], held["price"]) == (100.0, 3.0)


def test_one_item_has_a_bom_line_and_vendor_in_each_company(
    carrier: Carrier, administrator: Odoo, odoo: Odoo
) -> None:
    plants, ref = (unique("North"), unique("South")), unique("V")
    companies = [add(administrator, "res.company", name=plant) for plant in plants]
    users = administrator.call("res.users", "search", domain=[["login", "=", "pdm-odoo"]])
    administrator.call("res.users", "write", ids=users, vals={"company_ids": [[4, one] for one in companies]})
    add(administrator, "res.partner", name=ref, ref=ref)
    fields = {
        "partner_id": {"from": "Vendor", "by": "ref"},
        "company_id": {"from": "Plant", "map": dict(zip(("N", "S"), plants, strict=True))},
    }
    rules = profile(
        "",
        company={"from": "Plant", "map": dict(zip(("N", "S"), plants, strict=True))},
        models={"product.supplierinfo": {"fields": fields}},
    )

    for plant, result in (("N", Result.CREATED), ("S", Result.UPDATED), ("N", Result.UNCHANGED)):
        verdict = carrier.apply(rules, carrier.event({"Vendor": ref, "Plant": plant}))
        assert verdict == Applied(result)

    [template] = carrier.held("id")
    lines = odoo.call(
        "product.supplierinfo",
        "search_read",
        domain=[["product_tmpl_id", "=", template]],
        fields=["company_id"],
        load=None,
        context={"allowed_company_ids": companies},
    )
    assert sorted(line["company_id"] for line in lines) == companies
