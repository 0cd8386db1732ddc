"""What a profile can say of products beside the default: each rule does what it says, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import ConflictError, MisconfiguredError, PermanentError
from consumers.odoo.schema import KEY, SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.factories import profile
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, UNIT, Plm
from tests.unit.consumers.profiles import ruled

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
FIELDS = '[models."product.template".fields]\n'


@pytest.fixture
def odoo() -> Plm:
    found = Plm()
    found.warm()
    return found


def apply(odoo: Plm, rules: Profile, *events: Event) -> list[Verdict]:
    return ProductHandler(odoo, odoo.schema, rules).apply(events)


def told(number: str = "A", version: int = 1, /, **attributes: str) -> Event:
    """Return a root event with attributes of the vault."""
    return seen(number, version, attributes=attributes)


def refused(verdict: Verdict, reason: Reason) -> str:
    assert isinstance(verdict, PermanentError), verdict
    assert verdict.reason is reason
    return str(verdict)


def held(odoo: Plm, *names: str, number: str = "A") -> list[Any]:
    record = odoo.by_number(number)
    return [record.get(name) for name in names]


def change(odoo: Plm, number: str = "A", **values: Any) -> None:
    """Let somebody in Odoo change a product."""
    odoo._records[TEMPLATE][odoo.by_number(number)["id"]] |= values


def test_create_false_refuses_what_is_not_there_and_updates_what_is(odoo: Plm) -> None:
    odoo.add_product("A")
    rules = ruled('[models."product.template"]\ncreate = false')

    there, new, stub = apply(odoo, rules, seen("A"), seen("B"), sighting("C"))

    assert there == UPDATED
    assert "create = false for product.template" in refused(new, Reason.NOT_ALLOWED)
    refused(stub, Reason.NOT_ALLOWED)
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["A"]


def test_update_false_creates_and_leaves_what_is_there_alone_with_a_note(odoo: Plm) -> None:
    odoo.add_product("A", name="As in Odoo")
    rules = ruled('[models."product.template"]\nupdate = false')

    there, new = apply(odoo, rules, seen("A"), seen("B"))

    assert new == CREATED
    assert isinstance(there, Applied)
    assert there.result is Result.UNCHANGED
    assert there.note == "differs in name, and the profile says update = false"
    assert held(odoo, "name") == ["As in Odoo"]
    assert "product.template.web_save_multi" not in odoo.methods()


def test_update_false_still_gives_a_product_its_key_for_boms_find_it_by_that(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old")
    rules = ruled('[models."product.template"]\nupdate = false')

    [adopted] = apply(odoo, rules, seen("A"))
    [again] = apply(odoo, rules, seen("A", 2))

    assert adopted == Applied(Result.UPDATED, "differs in name, and the profile says update = false")
    assert isinstance(again, Applied)
    assert again.result is Result.UNCHANGED
    assert held(odoo, KEY, "name", SEQUENCE) == ["Works.A", "Old", None]


INSERTED = FIELDS + 'description_sale = { from = "Text", update = false }'


def test_the_first_own_event_of_a_stub_fills_what_only_an_insert_may_and_leaves_the_seeds(odoo: Plm) -> None:
    rules = ruled(INSERTED)
    apply(odoo, rules, sighting("A", unit="pcs", attributes={"Text": "as seen"}))
    assert held(odoo, "description_sale", SEQUENCE, "is_storable") == [None, False, True]
    change(odoo, is_storable=False, uom_id=odoo.units["kg"])

    [completed] = apply(odoo, rules, told("A", 1, Text="its own"))
    [after] = apply(odoo, rules, told("A", 2, Text="another"))

    assert isinstance(completed, Applied)
    assert completed.result is Result.UPDATED
    assert isinstance(after, Applied)
    assert after.result is Result.UNCHANGED
    assert held(odoo, "description_sale", "is_storable", "uom_id") == ["its own", False, odoo.units["kg"]]
    assert held(odoo, SEQUENCE) == [from_version(2)]


def test_an_adopted_product_is_updated_and_not_filled_like_a_new_one(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old", description_sale="Odoo's own")

    assert apply(odoo, ruled(INSERTED), told("A", 1, Text="the vault's")) == [UPDATED]

    assert held(odoo, "description_sale", "name") == ["Odoo's own", "Drive unit"]


def test_only_the_empty_fields_of_a_product_are_filled_where_odoo_is_master(odoo: Plm) -> None:
    odoo.add_product("A", description_sale="Odoo's own")
    odoo.add_product("B")
    rules = ruled(FIELDS + 'description_sale = { from = "Text", master = "odoo" }')

    apply(odoo, rules, told("A", Text="the vault's"), told("B", Text="the vault's"))

    assert held(odoo, "description_sale") == ["Odoo's own"]
    assert held(odoo, "description_sale", number="B") == ["the vault's"]


def test_what_people_wrote_on_a_stub_stands_where_odoo_is_master(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'description_sale = { from = "Text", master = "odoo" }')
    apply(odoo, rules, sighting("A"), sighting("B"))
    change(odoo, description_sale="Odoo's own")

    apply(odoo, rules, told("A", Text="the vault's"), told("B", Text="the vault's"))

    assert held(odoo, "description_sale") == ["Odoo's own"]
    assert held(odoo, "description_sale", number="B") == ["the vault's"]


def test_the_unit_of_a_product_or_stub_is_never_changed_whatever_its_rule_says(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'uom_id = { from = "item.unit" }')
    odoo.add_product("A", uom_id=odoo.units["kg"])
    apply(odoo, rules, sighting("B", unit="m"))
    assert held(odoo, "uom_id", number="B") == [odoo.units["m"]]

    verdicts = apply(odoo, rules, seen("A", unit="pcs"), seen("B", unit="pcs"), seen("C", unit="m"))

    assert [verdict.note for verdict in verdicts if isinstance(verdict, Applied)] == [
        "uom_id is kg in Odoo, Units in the vault",
        "uom_id is m in Odoo, Units in the vault",
        "",
    ]
    units = [held(odoo, "uom_id", number=number)[0] for number in "ABC"]
    assert units == [odoo.units["kg"], odoo.units["m"], odoo.units["m"]]


BARCODE = '[key]\nidentify = "barcode"\n' + FIELDS + 'barcode = { from = "EAN" }'


def test_a_product_is_recognised_by_the_field_that_the_profile_names(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, default_code="OTHER", barcode="4711", name="Old")
    odoo.add(TEMPLATE, default_code="B", name="Of the same number")

    adopted, new, nameless = apply(
        odoo, ruled(BARCODE), told("A", EAN="4711"), told("B", EAN="4712"), told("C")
    )

    assert (adopted, new, nameless) == (UPDATED, CREATED, CREATED)
    assert held(odoo, "id", KEY) == [template, "Works.A"]
    assert [record["default_code"] for record in odoo.records(TEMPLATE)].count("B") == 2


def test_two_products_of_one_barcode_are_refused_by_it(odoo: Plm) -> None:
    for number in "XY":
        odoo.add(TEMPLATE, default_code=number, barcode="4711", name=number)

    [verdict] = apply(odoo, ruled(BARCODE), told("A", EAN="4711"))

    assert "2 products in Odoo have barcode '4711'" in refused(verdict, Reason.AMBIGUOUS_MATCH)


def test_what_an_event_of_a_batch_does_not_speak_of_is_what_odoo_would_give_it(odoo: Plm) -> None:
    odoo.defaults[TEMPLATE] |= {"list_price": 1.0, "categ_id": 7, "product_tag_ids": [[6, 0, [3, 4]]]}
    category = odoo.add("product.category", name="Screws")
    tags = [odoo.add("product.tag", name=name) for name in ("Steel", "Zinc")]
    odoo.schema.refresh()
    rules = ruled(
        FIELDS
        + 'list_price = { from = "Price" }\ncateg_id = { from = "Category" }\n'
        + 'product_tag_ids = { from = "Tags", separator = ";" }'
    )

    verdicts = apply(
        odoo,
        rules,
        told("A", Price="5", Category="screws", Tags="Zinc;Steel"),
        told("B"),
        told("C", Price=""),
    )

    assert verdicts == [CREATED] * 3
    fields = ("list_price", "categ_id", "product_tag_ids")
    assert held(odoo, *fields) == [5.0, category, tags]
    assert held(odoo, *fields, number="B") == [1.0, 7, [3, 4]]
    assert held(odoo, *fields, number="C") == [0.0, 7, [3, 4]]


def test_a_related_record_that_is_missing_refuses_its_own_event_only(odoo: Plm) -> None:
    odoo.add("product.category", name="Screws")
    rules = ruled(FIELDS + 'categ_id = { from = "Category" }')

    good, bad = apply(odoo, rules, told("A", Category="Screws"), told("B", Category="Screw"))

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
        ruled(COMPANIES),
        told("A", Plant="P1"),
        told("B", Plant="P2"),
        told("C", Plant="P9"),
        told("D"),
        told("E", Plant="p1"),
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

    apply(odoo, ruled(COMPANIES), told("A", Plant="P1"), told("B", Plant="P2"))

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
    assert handler.apply([told("A", Text="x")]) == [CREATED]
    assert held(odoo, "description_sale") == ["x"]


def test_a_field_that_now_has_another_type_is_read_anew(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'description_sale = { from = "Text" }'))
    handler.apply([told("A", Text="12")])
    odoo.fields[TEMPLATE]["description_sale"] = odoo.fields[TEMPLATE]["weight"]
    odoo.schema.outdated()

    handler.apply([told("A", 2, Text="12.345")])

    assert held(odoo, "description_sale") == [12.35]
