"""Languages, companies, guards: in the real Odoo, over both transports."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from tests.integration.carrier import Carrier, profile
from tests.integration.records import add, install_german, unique

pytestmark = pytest.mark.both_protocols


@pytest.fixture(scope="module")
def german(administrator: Odoo) -> str:
    return install_german(administrator)


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
