"""A related record that a person deleted and made anew: in the real Odoo, over both transports."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.product import ProductHandler
from consumers.results import Applied, Handler, Result, Verdict
from consumers.work import isolated
from schemas.event import Event
from tests import factories
from tests.integration.carrier import Carrier
from tests.integration.records import add, add_field, unique

pytestmark = pytest.mark.both_protocols

TAG = "product.tag"
CREATED, UPDATED = Applied(Result.CREATED), Applied(Result.UPDATED)
FIELDS = {
    "product.template": "x_tag",
    "product.product": "x_tag_of_variant",
    "product.supplierinfo": "x_tag",
    "mrp.bom": "x_tag",
    "mrp.bom.line": "x_tag",
}
"""Model → a field of the customer's own that refers to a tag."""
VERSIONS = itertools.count(1)


@pytest.fixture(scope="module")
def schema(odoo: Odoo, administrator: Connection) -> Schema:
    for model, field in FIELDS.items():
        add_field(administrator, model, field, "many2one", relation=TAG)
    return Schema(odoo)


class Tags:
    """Two tags, of which a person deletes one and makes it anew."""

    def __init__(self, administrator: Odoo) -> None:
        self._administrator = administrator
        self.old, self.other = unique("Old"), unique("Other")
        self._id = add(administrator, TAG, name=self.old)
        add(administrator, TAG, name=self.other)

    def remade(self) -> int:
        self._administrator.call(TAG, "unlink", ids=[self._id])
        self._id = add(self._administrator, TAG, name=self.old)
        return self._id


@pytest.fixture
def tags(administrator: Odoo) -> Tags:
    return Tags(administrator)


def work(handler: Handler, *events: Event) -> list[Verdict]:
    return isolated(events, handler, lambda _: None)


def first_and_last(handler: Handler, event: Callable[[str], Event], tags: Tags) -> tuple[list[Verdict], int]:
    """Let the handler learn the old tag and write the other; return what comes of the tag made anew."""
    work(handler, event(tags.old))
    work(handler, event(tags.other))
    new = tags.remade()
    return work(handler, event(tags.old)), new


def written(odoo: Odoo, model: str, field: str, domain: Sequence[Any]) -> list[Any]:
    rows = odoo.call(model, "search_read", domain=domain, fields=[field], load=None)
    return [row[field] for row in rows]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        *(one for one in FIELDS.items() if one[0].startswith("product.")),
        ("product.template", "product_tag_ids"),
    ],
)
def test_an_update_of_a_product_gets_the_record_that_took_its_place(
    carrier: Carrier, administrator: Odoo, schema: Schema, tags: Tags, model: str, field: str
) -> None:
    carrier.number = unique("Gone")
    several = field == "product_tag_ids"
    rule = {"from": "Tag", "by": "name"} | ({"separator": ";"} if several else {})
    fields: dict[str, dict[str, Any]] = {field: rule}
    if model == "product.supplierinfo":
        vendor = unique("Vendor")
        add(administrator, "res.partner", name=vendor)
        fields["partner_id"] = {"constant": vendor}
    basic = {"default_code": {"from": "item.number"}, "name": {"from": "item.name"}}
    models: dict[str, Any] = {"product.template": {"fields": basic}}
    models[model] = {"fields": {**(basic if model == "product.template" else {}), **fields}}
    handler = ProductHandler(carrier.odoo, schema, factories.profile(models=models))
    handler.prepare()

    verdicts, new = first_and_last(handler, lambda tag: carrier.event({"Tag": tag}), tags)

    assert verdicts == [UPDATED]
    path = "default_code" if model != "product.supplierinfo" else "product_tmpl_id.default_code"
    found = written(carrier.odoo, model, field, [[path, "=", carrier.number]])
    assert found == [[new] if several else new]


@pytest.mark.parametrize("model", ["mrp.bom", "mrp.bom.line"])
@pytest.mark.parametrize("structural", [False, True], ids=["same lines", "other lines"])
def test_a_bom_gets_the_record_that_took_its_place(
    carrier: Carrier, schema: Schema, tags: Tags, model: str, *, structural: bool
) -> None:
    number = unique("Gone")
    products = ProductHandler(carrier.odoo, schema, factories.profile())
    made = [
        factories.event(factories.product(item=factories.item(number=one), unit=None))
        for one in (number, f"{number}-1", f"{number}-2")
    ]
    assert products.apply(made) == [CREATED] * 3
    rules = factories.profile(models={model: {"fields": {"x_tag": {"from": "Tag", "by": "name"}}}})
    handler = BomHandler(carrier.odoo, schema, UnitCache(carrier.odoo), rules)
    handler.prepare()

    def event(tag: str) -> Event:
        version = next(VERSIONS)
        parts = [f"{number}-{one}" for one in ((1, 2) if structural and version % 2 else (1,))]
        lines = [
            factories.bom_line(position, number=part, unit=None, attributes={"Tag": tag})
            for position, part in enumerate(parts, 1)
        ]
        data = factories.bom(item=factories.item(number=number), lines=lines, attributes={"Tag": tag})
        return factories.event(data, sequence=f"{version:020}")

    verdicts, new = first_and_last(handler, event, tags)

    assert verdicts == [UPDATED]
    path = "product_tmpl_id" if model == "mrp.bom" else "bom_id.product_tmpl_id"
    assert set(written(carrier.odoo, model, "x_tag", [[f"{path}.default_code", "=", number]])) == {new}


def test_a_new_bom_gets_the_record_that_took_its_place(carrier: Carrier, schema: Schema, tags: Tags) -> None:
    numbers = [unique("Gone") for _ in range(3)]
    products = ProductHandler(carrier.odoo, schema, factories.profile())
    made = [factories.event(factories.product(item=factories.item(number=one), unit=None)) for one in numbers]
    assert products.apply(made) == [CREATED] * 3
    rule = {"fields": {"x_tag": {"from": "Tag", "by": "name"}}}
    rules = factories.profile(models={"mrp.bom.line": rule})
    handler = BomHandler(carrier.odoo, schema, UnitCache(carrier.odoo), rules)
    handler.prepare()

    def event(number: str) -> Event:
        line = factories.bom_line(1, number=numbers[2], unit=None, attributes={"Tag": tags.old})
        return factories.event(factories.bom(item=factories.item(number=number), lines=[line]))

    assert work(handler, event(numbers[0])) == [CREATED]
    carrier.odoo.call(
        "mrp.bom",
        "unlink",
        ids=carrier.odoo.call(
            "mrp.bom", "search", domain=[["bom_line_ids.product_id.default_code", "=", numbers[2]]]
        ),
    )
    new = tags.remade()

    assert work(handler, event(numbers[1])) == [CREATED]

    domain = [["bom_id.product_tmpl_id.default_code", "=", numbers[1]]]
    assert written(carrier.odoo, "mrp.bom.line", "x_tag", domain) == [new]
