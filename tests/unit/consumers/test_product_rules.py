"""What a profile can say of products beside the default: each rule does what it says, and no more."""

from __future__ import annotations

from decimal import Decimal

from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, SEQUENCE
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import CREATED, FIELDS, UPDATED, apply, change, held, refused, told
from tests.unit.consumers.profiles import ruled


def test_create_false_refuses_what_is_not_there_and_updates_what_is(odoo: Plm) -> None:
    odoo.add_product("A")
    rules = ruled('[models."product.template"]\ncreate = false')

    there, new, stub = apply(odoo, seen("A"), seen("B"), sighting("C"), rules=rules)

    assert there == UPDATED
    assert "create = false for product.template" in refused(new, Reason.NOT_ALLOWED)
    refused(stub, Reason.NOT_ALLOWED)
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["A"]


def test_update_false_creates_and_leaves_what_is_there_alone_with_a_note(odoo: Plm) -> None:
    odoo.add_product("A", name="As in Odoo")
    rules = ruled('[models."product.template"]\nupdate = false')

    there, new = apply(odoo, seen("A"), seen("B"), rules=rules)

    assert new == CREATED
    assert isinstance(there, Applied)
    assert there.result is Result.UNCHANGED
    assert there.note == "differs in name, and the profile says update = false"
    assert held(odoo, "name") == ["As in Odoo"]
    assert "product.template.web_save_multi" not in odoo.methods()


def test_update_false_still_gives_a_product_its_key_for_boms_find_it_by_that(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old")
    rules = ruled('[models."product.template"]\nupdate = false')

    [adopted] = apply(odoo, seen("A"), rules=rules)
    [again] = apply(odoo, seen("A", 2), rules=rules)

    assert adopted == Applied(Result.UPDATED, "differs in name, and the profile says update = false")
    assert isinstance(again, Applied)
    assert again.result is Result.UNCHANGED
    assert held(odoo, KEY, "name", SEQUENCE, DIGEST) == ["Works.A", "Old", None, ADOPTED]


INSERTED = FIELDS + 'description_sale = { from = "Text", update = false }'


def test_the_first_own_event_of_a_stub_fills_what_only_an_insert_may_and_leaves_the_seeds(odoo: Plm) -> None:
    rules = ruled(INSERTED)
    apply(odoo, sighting("A", unit="pcs", attributes={"Text": "as seen"}), rules=rules)
    assert held(odoo, "description_sale", SEQUENCE, "is_storable") == [None, False, True]
    change(odoo, is_storable=False, uom_id=odoo.units["kg"])

    [completed] = apply(odoo, told("A", 1, Text="its own"), rules=rules)
    [after] = apply(odoo, told("A", 2, Text="another"), rules=rules)

    assert isinstance(completed, Applied)
    assert completed.result is Result.UPDATED
    assert isinstance(after, Applied)
    assert after.result is Result.UNCHANGED
    assert held(odoo, "description_sale", "is_storable", "uom_id") == ["its own", False, odoo.units["kg"]]
    assert held(odoo, SEQUENCE) == [from_version(2)]


def test_an_adopted_product_is_updated_and_not_filled_like_a_new_one(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old", description_sale="Odoo's own")

    assert apply(odoo, told("A", 1, Text="the vault's"), rules=ruled(INSERTED)) == [UPDATED]

    assert held(odoo, "description_sale", "name") == ["Odoo's own", "Drive unit"]


def test_only_the_empty_fields_of_a_product_are_filled_where_odoo_is_master(odoo: Plm) -> None:
    odoo.add_product("A", description_sale="Odoo's own")
    odoo.add_product("B")
    rules = ruled(FIELDS + 'description_sale = { from = "Text", master = "odoo" }')

    apply(odoo, told("A", Text="the vault's"), told("B", Text="the vault's"), rules=rules)

    assert held(odoo, "description_sale") == ["Odoo's own"]
    assert held(odoo, "description_sale", number="B") == ["the vault's"]


def test_what_people_wrote_on_a_stub_stands_where_odoo_is_master(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'description_sale = { from = "Text", master = "odoo" }')
    apply(odoo, sighting("A"), sighting("B"), rules=rules)
    change(odoo, description_sale="Odoo's own")

    apply(odoo, told("A", Text="the vault's"), told("B", Text="the vault's"), rules=rules)

    assert held(odoo, "description_sale") == ["Odoo's own"]
    assert held(odoo, "description_sale", number="B") == ["the vault's"]


def test_the_unit_of_a_product_or_stub_is_never_changed_whatever_its_rule_says(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'uom_id = { from = "item.unit" }')
    odoo.add_product("A", uom_id=odoo.units["kg"])
    apply(odoo, sighting("B", unit="m"), rules=rules)
    assert held(odoo, "uom_id", number="B") == [odoo.units["m"]]

    verdicts = apply(odoo, seen("A", unit="pcs"), seen("B", unit="pcs"), seen("C", unit="m"), rules=rules)

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
        odoo, told("A", EAN="4711"), told("B", EAN="4712"), told("C"), rules=ruled(BARCODE)
    )

    assert (adopted, new, nameless) == (UPDATED, CREATED, CREATED)
    assert held(odoo, "id", KEY) == [template, "Works.A"]
    assert [record["default_code"] for record in odoo.records(TEMPLATE)].count("B") == 2


def test_two_products_of_one_barcode_are_refused_by_it(odoo: Plm) -> None:
    for number in "XY":
        odoo.add(TEMPLATE, default_code=number, barcode="4711", name=number)

    [verdict] = apply(odoo, told("A", EAN="4711"), rules=ruled(BARCODE))

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
        told("A", Price="5", Category="screws", Tags="Zinc;Steel"),
        told("B"),
        told("C", Price=""),
        rules=rules,
    )

    assert verdicts == [CREATED] * 3
    fields = ("list_price", "categ_id", "product_tag_ids")
    assert held(odoo, *fields) == [5.0, category, tags]
    assert held(odoo, *fields, number="B") == [1.0, 7, [3, 4]]
    assert held(odoo, *fields, number="C") == [0.0, 7, [3, 4]]


def test_a_product_that_a_sighting_adopted_is_no_stub_of_ours(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old", weight=7.0, purchase_ok=True)
    rules = ruled(
        '[models."product.template".fields]\nweight = { from = "item.weight", update = false }\n'
        'purchase_ok = { constant = false, master = "seed" }'
    )

    apply(odoo, sighting("A"), rules=rules)
    [verdict] = apply(odoo, seen("A", 1, weight=Decimal(1)), rules=rules)

    assert verdict == Applied(Result.UPDATED)
    assert held(odoo, "name", "weight", "purchase_ok") == ["Drive unit", 7.0, True]


def test_the_unit_that_a_stub_took_from_a_line_is_warned_of_once(odoo: Plm) -> None:
    apply(odoo, sighting("A", unit="m"))

    [first] = apply(odoo, seen("A", 1, unit="kg"))
    [again] = apply(odoo, seen("A", 1, unit="kg"))

    note = "uom_id is m in Odoo, kg in the vault"
    assert first == Applied(Result.UPDATED, note, warns=True)
    assert again == Applied(Result.UNCHANGED, note)


def test_update_false_moves_the_fence_where_facets_may_be_written(odoo: Plm) -> None:
    rules = ruled(
        '[models."product.template"]\nupdate = false\n'
        '[models."product.product".fields]\nstandard_price = { from = "Cost" }'
    )
    odoo.add_product("A")

    apply(odoo, seen("A", 5, attributes={"Cost": "5"}), rules=rules)
    [late] = apply(odoo, seen("A", 2, attributes={"Cost": "2"}), rules=rules)

    assert isinstance(late, Applied)
    assert late.result is Result.STALE
    assert [one["standard_price"] for one in odoo.records("product.product")] == [5.0]
