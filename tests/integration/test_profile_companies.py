"""Languages, companies, guards: in the real Odoo, over both transports."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.message import Message
from tests import factories
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


def add_plant(administrator: Odoo, odoo: Odoo) -> tuple[str, int]:
    """Add a company that the runtime user may work for; return its name and id."""
    plant = unique("Plant")
    company = add(administrator, "res.company", name=plant)
    [user] = administrator.call(
        "res.users", "search", domain=[["id", "=", odoo.call("res.users", "context_get").get("uid")]]
    )
    administrator.call("res.users", "write", ids=[user], vals={"company_ids": [[4, company]]})
    return plant, company


def test_each_event_is_for_its_company(carrier: Carrier, administrator: Odoo, schema: Schema) -> None:
    plant, company = add_plant(administrator, carrier.odoo)
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


class Plants:
    """Two companies, each with the products of its events."""

    def __init__(self, carrier: Carrier, administrator: Odoo, schema: Schema, **policy: str) -> None:
        self.carrier, self.schema = carrier, schema
        (self.one, self.first), (self.two, self.second) = (
            add_plant(administrator, carrier.odoo) for _ in range(2)
        )
        names = {"P1": self.one, "P2": self.two}
        self.rules = profile(
            f'company_id = {{ from = "Plant", map = {{ P1 = "{self.one}", P2 = "{self.two}" }} }}',
            company={"from": "Plant", "map": names},
            bom=policy,
        )
        self.sent: list[Message] = []

    def bring(self, number: str, plant: str) -> Verdict:
        self.carrier.number = number
        return self.carrier.apply(self.rules, self.carrier.event({"Plant": plant}))

    def build(self, number: str, component: str, plant: str) -> Verdict:
        data = factories.bom(
            item=factories.item(number=number),
            attributes={"Plant": plant},
            lines=[factories.bom_line(1, number=component, unit=None)],
        )
        odoo = self.carrier.odoo
        handler = BomHandler(odoo, self.schema, UnitCache(odoo), self.rules, self.sent.extend)
        handler.prepare()
        [verdict] = handler.apply([factories.event(data)])
        return verdict

    def mismatch(self, verdict: Verdict, number: str) -> None:
        assert isinstance(verdict, PermanentError), verdict
        assert verdict.reason is Reason.COMPANY_MISMATCH
        assert all(word in str(verdict) for word in (number, self.one, self.two, "[company]")), verdict


@pytest.mark.parametrize("missing", ["wait", "stub"])
def test_a_component_of_another_company_is_refused_by_name(
    carrier: Carrier, administrator: Odoo, schema: Schema, missing: str
) -> None:
    plants = Plants(carrier, administrator, schema, missing=missing)
    part, assembly = unique("Part"), unique("Assembly")
    assert plants.bring(part, "P1") == Applied(Result.CREATED)
    assert plants.bring(assembly, "P2") == Applied(Result.CREATED)

    plants.mismatch(plants.build(assembly, part, "P2"), part)
    assert plants.sent == []

    # What the text says to do is enough.
    carrier.number = part
    [template] = carrier.held("id")
    administrator.call("product.template", "write", ids=[template], vals={"company_id": False})
    assert plants.build(assembly, part, "P2") == Applied(Result.CREATED)


def test_a_component_that_a_person_moved_away_refuses_its_bom_and_holds_no_other(
    carrier: Carrier, administrator: Odoo, schema: Schema
) -> None:
    plants = Plants(carrier, administrator, schema)
    part, assembly, other, bolt = (unique(name) for name in ("Part", "Assembly", "Other", "Bolt"))
    for number in (part, assembly, other, bolt):
        assert plants.bring(number, "P2") == Applied(Result.CREATED)
    assert plants.build(assembly, part, "P2") == Applied(Result.CREATED)
    carrier.number = part
    [template] = carrier.held("id")
    administrator.call("product.template", "write", ids=[template], vals={"company_id": plants.first})

    plants.mismatch(plants.build(assembly, part, "P2"), part)
    assert plants.build(other, bolt, "P2") == Applied(Result.CREATED)


def test_an_item_that_moves_to_another_company_is_refused_by_name_and_harms_no_other(
    carrier: Carrier, administrator: Odoo, schema: Schema
) -> None:
    plants = Plants(carrier, administrator, schema)
    number, other = unique("Moved"), unique("Other")
    assert plants.bring(number, "P1") == Applied(Result.CREATED)
    moved = carrier.event({"Plant": "P2"})
    carrier.number = other
    good = carrier.event({"Plant": "P2"})
    handler = ProductHandler(carrier.odoo, schema, plants.rules)

    refused, applied = handler.apply([moved, good])

    plants.mismatch(refused, number)
    assert applied == Applied(Result.CREATED)
    carrier.number = number
    assert carrier.held("company_id") == [plants.first]

    [template] = carrier.held("id")
    administrator.call("product.template", "write", ids=[template], vals={"company_id": plants.second})
    again = handler.apply([moved])
    assert all(isinstance(one, Applied) for one in again), again
    assert carrier.held("id", "company_id") == [template, plants.second]


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
