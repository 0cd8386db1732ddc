"""What `pdm-odoo profile explain` says of an event is what the consumer then does."""

from __future__ import annotations

import pytest

from consumers.odoo.own_fields import SEQUENCE
from schemas.sequence import from_version
from tests import factories
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import FIELDS, VENDOR, VENDORS, apply, change, told
from tests.unit.consumers.profiles import ruled
from tests.unit.explaining import effects, explain

TEXT = FIELDS + 'description_sale = { from = "Text" }'
COST = '[models."product.product".fields]\nstandard_price = { from = "Cost", master = "seed" }\n'


@pytest.fixture
def odoo() -> Plm:
    found = Plm()
    found.warm()
    return found


def test_of_a_new_product_every_field_is_new(odoo: Plm) -> None:
    found = explain(odoo, told("A", Text="x"), TEXT)

    assert found.outcome == "created"
    assert set(effects(found).values()) <= {"new", "left alone: not in the event"}
    assert effects(found)["uom_id"] == effects(found)["description_sale"] == "new"
    assert {row.now for row in found.rows} == {""}


def test_a_field_that_is_not_for_new_products_is_left_alone(odoo: Plm) -> None:
    found = explain(
        odoo, told("A", Text="x"), FIELDS + 'description_sale = { from = "Text", insert = false }'
    )

    assert effects(found)["description_sale"] == "left alone: insert = false"


def test_of_a_new_product_an_empty_value_that_odoo_requires_is_left_to_its_default(odoo: Plm) -> None:
    odoo.defaults[TEMPLATE]["categ_id"] = odoo.add("product.category", name="All")
    odoo.fields[TEMPLATE]["categ_id"] = odoo.fields[TEMPLATE]["categ_id"] | {"required": True}

    found = explain(odoo, told("A", Category=""), FIELDS + 'categ_id = { from = "Category" }')

    assert effects(found)["categ_id"] == "left alone: Odoo has a default"


@pytest.mark.parametrize("master", ["pdm", "odoo"])
def test_a_stub_is_completed_with_what_only_an_insert_may_write_and_keeps_its_seeds(
    odoo: Plm, master: str
) -> None:
    rules = FIELDS + f'description_sale = {{ from = "Text", update = false, master = "{master}" }}\n' + COST
    apply(odoo, sighting("A"), rules=ruled(rules))
    change(odoo, is_storable=False)

    found = explain(odoo, told("A", Text="its own", Cost="2"), rules)

    assert found.outcome == "updated"
    assert effects(found)["description_sale"] == "changes"
    assert effects(found)["standard_price"] == "changes"
    assert effects(found)["is_storable"] == "left alone: only written when the record is created"

    apply(odoo, told("A", Text="its own", Cost="2"), rules=ruled(rules))
    assert (odoo.by_number("A")["description_sale"], odoo.by_number("A")["is_storable"]) == ("its own", False)
    assert odoo.records(VARIANT)[0]["standard_price"] == 2.0


def test_what_people_wrote_on_a_stub_is_left_alone_where_odoo_is_master(odoo: Plm) -> None:
    rules = FIELDS + 'description_sale = { from = "Text", master = "odoo" }'
    apply(odoo, sighting("A"), rules=ruled(rules))
    change(odoo, description_sale="Odoo's own")

    found = explain(odoo, told("A", Text="its own"), rules)

    assert effects(found)["description_sale"] == "left alone: Odoo has a value"


def test_a_stub_is_completed_even_where_products_are_left_alone(odoo: Plm) -> None:
    rules = '[models."product.template"]\nupdate = false\n' + TEXT
    apply(odoo, sighting("A"), rules=ruled(rules))

    assert effects(explain(odoo, told("A", Text="x"), rules))["description_sale"] == "changes"

    apply(odoo, told("A", Text="x"), rules=ruled(rules))
    assert odoo.by_number("A")["description_sale"] == "x"


def test_an_adopted_product_shows_what_odoo_has_and_keeps_its_seeds(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old", is_storable=False)

    found = explain(odoo, seen("A"))

    assert found.outcome == "updated"
    assert {row.field: row.now for row in found.rows}["name"] == "Old"
    assert effects(found)["name"] == "changes"
    assert effects(found)["default_code"] == "same"
    assert effects(found)["is_storable"] == "left alone: only written when the record is created"


def test_what_does_not_differ_is_the_same(odoo: Plm) -> None:
    apply(odoo, told("A", Text="x"), rules=ruled(TEXT))

    found = explain(odoo, told("A", Text="x"), TEXT)

    assert found.outcome == "unchanged"
    assert set(effects(found).values()) <= {"same", "left alone: not in the event"}


def test_a_field_changes_or_is_left_alone_where_odoo_is_master_or_nothing_may_change(odoo: Plm) -> None:
    odoo.add_product("A", description_sale="Odoo's own")
    master = FIELDS + 'description_sale = { from = "Text", master = "odoo" }'

    assert effects(explain(odoo, told("A", Text="x"), TEXT))["description_sale"] == "changes"
    assert effects(explain(odoo, told("A", Text="x"), master))["description_sale"] == (
        "left alone: Odoo has a value"
    )
    kept = explain(odoo, told("A", Text="x"), '[models."product.template"]\nupdate = false\n' + TEXT)
    assert effects(kept)["description_sale"] == "left alone: update = false"
    assert kept.outcome.startswith("unchanged; differs in")


@pytest.mark.parametrize("unit", ["pcs", "stone"])
def test_a_unit_is_a_seed_whatever_its_rule_says(odoo: Plm, unit: str) -> None:
    odoo.add_product("A", uom_id=odoo.units["kg"])

    found = explain(odoo, seen("A", unit=unit), FIELDS + 'uom_id = { from = "item.unit" }')

    assert effects(found)["uom_id"] == "left alone: only written when the record is created"
    assert found.outcome.startswith("updated; ")


def test_a_refused_value_is_named_and_nothing_else_is_written(odoo: Plm) -> None:
    odoo.add_product("A", weight=1.0)

    found = explain(odoo, told("A", Weight="heavy"), FIELDS + 'weight = { from = "Weight" }')

    assert found.outcome.startswith("dead letter, invalid_value: product.template.weight")
    assert effects(found)["weight"].startswith("refused: product.template.weight")
    assert (effects(found)["name"], effects(found)["default_code"]) == ("not written", "same")


def test_an_absent_attribute_leaves_its_field_alone(odoo: Plm) -> None:
    odoo.add_product("A", description_sale="kept")

    found = explain(odoo, seen("A"), TEXT)

    assert effects(found)["description_sale"] == "left alone: not in the event"


@pytest.mark.parametrize("there", [True, False])
def test_a_related_record_that_would_be_created_is_not(odoo: Plm, there: bool) -> None:
    if there:
        odoo.add_product("A", categ_id=odoo.add("product.category", name="Old"))
    rules = FIELDS + 'categ_id = { from = "Category", missing = "create" }'

    found = explain(odoo, told("A", Category="Fresh"), rules)

    assert {row.field: row.value for row in found.rows}["categ_id"] == "(would be created)"
    assert effects(found)["categ_id"] == ("changes" if there else "new")


def test_a_stale_event_and_one_of_an_unknown_state_have_no_rows(odoo: Plm) -> None:
    odoo.add_product("A", **{SEQUENCE: from_version(5)})

    stale = explain(odoo, seen("A", 4))
    unknown = explain(odoo, seen("A", transition=factories.transition(to_state="Frozen")))

    assert (stale.outcome, stale.rows) == (f"stale; Odoo holds sequence {from_version(5)}", [])
    assert unknown.outcome.startswith("dead letter, unknown_state: ")
    assert unknown.rows == []


def test_what_was_only_seen_becomes_a_stub_is_adopted_or_is_there(odoo: Plm) -> None:
    odoo.add_product("B")
    odoo.add(TEMPLATE, default_code="C", name="Odoo's")

    outcomes = [explain(odoo, sighting(number)).outcome for number in "ABC"]

    assert outcomes == ["created as a stub", "unchanged", "updated; adopted by its number"]


def test_a_vendor_line_is_new_changes_stays_or_is_not_written(odoo: Plm) -> None:
    odoo.add("res.partner", name="V1 Inc.", ref="V1")

    assert effects(explain(odoo, told("A", Vendor="V1", Price="3"), VENDORS))["price"] == "new"
    apply(odoo, told("A", Vendor="V1", Price="3"), rules=ruled(VENDORS))
    changed = explain(odoo, told("A", 2, Vendor="V1", Price="4"), VENDORS)
    assert changed.outcome == "updated"
    assert {row.field: (row.now, row.effect) for row in changed.rows}["price"] == ("3.0", "changes")
    same = explain(odoo, told("A", Vendor="V1", Price="3"), VENDORS)
    assert (same.outcome, effects(same)["price"]) == ("unchanged", "same")
    nameless = explain(odoo, told("A", 2, Vendor="", Price="5"), VENDORS)
    assert (nameless.outcome, effects(nameless)["price"]) == ("unchanged", "not written")
    guarded = VENDORS + f'[models."{VENDOR}"]\nupdate = false'
    kept = explain(odoo, told("A", 2, Vendor="V1", Price="5"), guarded)
    assert effects(kept)["price"] == "left alone: update = false"


def test_a_text_in_another_language_that_is_written_has_its_row(odoo: Plm) -> None:
    odoo.add("res.lang", code="de_DE", name="German")
    rules = FIELDS + 'name = { from = "item.name", languages = { de_DE = "Benennung" } }'
    apply(odoo, seen("A"), rules=ruled(rules))

    [row] = [row for row in explain(odoo, told("A", Benennung="Welle"), rules).rows if "(" in row.field]

    assert (row.field, row.source, row.value, row.effect) == (
        "name (de_DE)",
        "Benennung = 'Welle'",
        "Welle",
        "changes",
    )
