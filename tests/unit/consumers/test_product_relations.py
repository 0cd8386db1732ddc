"""What a product's rules need from Odoo: related records, companies, fields that stay as they were."""

from __future__ import annotations

import pytest

from consumers.errors import ConflictError, MisconfiguredError
from consumers.odoo.doubts import AGAIN_AFTER
from consumers.product import ProductHandler
from schemas.dead_letter import Reason
from tests.factories import profile
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import TEMPLATE, UNIT, Plm
from tests.unit.consumers.products import CREATED, FIELDS, apply, held, refused, told
from tests.unit.consumers.profiles import ruled


def test_a_related_record_that_is_missing_refuses_its_own_event_only(odoo: Plm) -> None:
    odoo.add("product.category", name="Screws")
    rules = ruled(FIELDS + 'categ_id = { from = "Category" }')

    good, bad = apply(odoo, told("A", Category="Screws"), told("B", Category="Screw"), rules=rules)

    assert good == CREATED
    text = refused(bad, Reason.UNKNOWN_RECORD)
    assert "no product.category has name 'Screw' (near: Screws)" in text


def test_after_a_conflict_related_records_are_looked_up_again(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, profile())
    handler.apply([seen("A", unit="kg")])
    [old] = [record["id"] for record in odoo.records(UNIT) if record["name"] == "kg"]
    del odoo._records[UNIT][old]
    new = odoo.add(UNIT, name="kg")
    odoo.fail(ConflictError("a record it needs was deleted"))

    with pytest.raises(ConflictError):
        handler.apply([seen("B", unit="kg")])
    assert handler.apply([seen("B", unit="kg")]) == [CREATED]

    assert held(odoo, "uom_id", number="B") == [new]


COMPANIES = '[company]\nfrom = "Plant"\nmap = { P1 = "North", P2 = "South" }\n'


def test_a_batch_is_split_by_company_and_an_unknown_one_is_refused_alone(odoo: Plm) -> None:
    north, south = (odoo.add("res.company", name=name) for name in ("North", "South"))

    verdicts = apply(
        odoo,
        told("A", Plant="P1"),
        told("B", Plant="P2"),
        told("C", Plant="P9"),
        told("D"),
        told("E", Plant="p1"),
        rules=ruled(COMPANIES),
    )

    assert [verdicts[0], verdicts[1], verdicts[4]] == [CREATED] * 3
    assert "'P9'" in refused(verdicts[2], Reason.UNKNOWN_RECORD)
    assert "names no company" in refused(verdicts[3], Reason.MISSING_VALUE)
    loads = [call for call in odoo.calls if call.method == "load"]
    assert [
        (call.context["allowed_company_ids"], [row[0] for row in call.arguments["data"]]) for call in loads
    ] == [
        ([north], ["pdm_odoo.product.Works.A", "pdm_odoo.product.Works.E"]),
        ([south], ["pdm_odoo.product.Works.B"]),
    ]


def test_what_a_name_means_is_remembered_by_company(odoo: Plm) -> None:
    for name in ("North", "South"):
        odoo.add("res.company", name=name)

    apply(odoo, told("A", Plant="P1"), told("B", Plant="P2"), rules=ruled(COMPANIES))

    looked = [call.context["allowed_company_ids"] for call in odoo.calls if call.model == UNIT]
    assert len(looked) == 2
    assert looked[0] != looked[1]


def test_a_field_that_vanished_from_odoo_holds_the_consumer_and_names_it_until_it_is_back(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'description_sale = { from = "Text" }'))
    handler.prepare()
    lost = odoo.fields[TEMPLATE].pop("description_sale")
    odoo.schema.outdated()

    for attempt in (handler.prepare, lambda: handler.apply([told("A", Text="x")])):
        with pytest.raises(MisconfiguredError, match="Odoo has no field 'description_sale'"):
            attempt()
    assert odoo.records(TEMPLATE) == []

    odoo.fields[TEMPLATE]["description_sale"] = lost
    odoo.clock.pass_by(AGAIN_AFTER)
    assert handler.apply([told("A", Text="x")]) == [CREATED]
    assert held(odoo, "description_sale") == ["x"]


def test_a_field_that_now_has_another_type_is_read_anew(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'description_sale = { from = "Text" }'))
    handler.apply([told("A", Text="12")])
    odoo.fields[TEMPLATE]["description_sale"] = odoo.fields[TEMPLATE]["weight"]
    odoo.schema.outdated()

    handler.apply([told("A", 2, Text="12.345")])

    assert held(odoo, "description_sale") == [12.35]
