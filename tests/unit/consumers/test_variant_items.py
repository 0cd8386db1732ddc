"""An item that is one of several variants of a product in Odoo: only what is the variant's is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.errors import AmbiguousError
from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, OF_VARIANT, REVISION, SEQUENCE, VARIANT_KEY
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event, decode, encode
from schemas.keys import KeyParts
from schemas.sequence import from_version
from tests.factories import event, item, product, transition
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import CREATED, UNCHANGED, UPDATED, VENDORS, apply, refused, results, told
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.screws import screws, variant
from tests.unit.explaining import effects, explain

OWN = (VARIANT_KEY, OF_VARIANT[SEQUENCE])
ARCHIVE = 'states = { Released = "upsert", Obsolete = "archive" }'
OBSOLETE = transition(to_state="Obsolete")


def template(odoo: Plm) -> dict[str, Any]:
    [found] = odoo.records(TEMPLATE)
    return found


def test_the_variant_gets_key_fence_and_what_is_its_own_and_its_template_nothing(odoo: Plm) -> None:
    made = screws(odoo, "S-10", "S-20")
    before = template(odoo)

    [verdict] = apply(odoo, seen("S-10", 3, name="Screw M5x10", weight=Decimal("0.25")))

    assert verdict == Applied(Result.UPDATED, f"one variant of template {made}, to which is left: name")
    assert variant(odoo, "S-10", *OWN, "weight") == ["Works.S-10", from_version(3), 0.25]
    assert variant(odoo, "S-10", OF_VARIANT[REVISION]) == ["B"]
    assert variant(odoo, "S-20", *OWN, "weight") == [None, None, None]
    assert template(odoo) == before


def test_what_is_left_to_the_template_is_said_once(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10"))

    assert apply(odoo, seen("S-10", 2, weight=Decimal(2))) == [UPDATED]
    assert apply(odoo, seen("S-10", 2, weight=Decimal(2))) == [UNCHANGED]


def test_a_variant_is_found_and_written_without_a_call_more_than_a_new_product(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10"), seen("S-20"))
    handler = ProductHandler(odoo, odoo.schema, ruled(""))
    odoo.calls.clear()

    again = [seen("S-10", weight=Decimal(1)), seen("S-20")]
    handler.apply(again)
    assert odoo.methods()[:2] == [f"{TEMPLATE}.search_read", f"{VARIANT}.search_read"]
    assert odoo.methods()[-1] == f"{VARIANT}.web_save_multi"

    odoo.calls.clear()
    assert handler.apply(again) == [UNCHANGED, UNCHANGED]
    assert odoo.methods() == [f"{TEMPLATE}.search_read", f"{VARIANT}.search_read"]


def test_a_known_variant_is_found_by_its_key_also_when_a_person_took_its_number_away(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10"))
    [record] = [one["id"] for one in odoo.records(VARIANT) if one["default_code"] == "S-10"]
    odoo._records[VARIANT][record]["default_code"] = "mine"

    assert apply(odoo, seen("S-10", 2)) == [UPDATED]

    assert variant(odoo, "S-10", *OWN) == ["Works.S-10", from_version(2)]
    assert len(odoo.records(TEMPLATE)) == 1


def test_an_older_event_is_stale_and_another_of_its_sequence_is_reported(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10", 5))
    before = odoo.records(VARIANT)

    assert apply(odoo, seen("S-10", 4, weight=Decimal(9))) == [
        Applied(Result.STALE, f"Odoo holds sequence {from_version(5)}")
    ]
    assert odoo.records(VARIANT) == before

    other = seen("S-10", 5, name="Other")
    [verdict] = apply(odoo, other)
    note = f"another event of sequence {from_version(5)} was applied before, with other content"
    assert verdict == Applied(Result.UNCHANGED, note, warns=True)
    assert variant(odoo, "S-10", OF_VARIANT[DIGEST]) == [other.digest]


def test_archiving_archives_the_variant_alone_and_an_upsert_takes_it_out_again(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    rules = ruled(ARCHIVE)
    apply(odoo, seen("S-10"), seen("S-20"), rules=rules)

    assert apply(odoo, seen("S-10", 2, transition=OBSOLETE), rules=rules) == [
        Applied(Result.UPDATED, "archived")
    ]
    assert [variant(odoo, code, "active")[0] for code in ("S-10", "S-20")] == [False, True]
    assert template(odoo)["active"] is True
    assert apply(odoo, seen("S-10", 2, transition=OBSOLETE), rules=rules) == [UNCHANGED]

    assert apply(odoo, seen("S-10", 3), rules=rules) == [Applied(Result.UPDATED, "taken out of the archive")]
    assert variant(odoo, "S-10", "active") == [True]


def test_rules_for_the_variant_win_and_vendors_are_left_to_the_template(odoo: Plm) -> None:
    made = screws(odoo, "S-10", "S-20")
    odoo.add("res.partner", name="V1", ref="V1")
    rules = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost" }' + VENDORS)

    [verdict] = apply(odoo, told("S-10", Cost="7.5", Vendor="V1", Price="1", Days="2"), rules=rules)

    assert verdict == Applied(
        Result.UPDATED, f"one variant of template {made}, to which is left: name, product.supplierinfo"
    )
    assert variant(odoo, "S-10", "standard_price") == [7.5]
    assert variant(odoo, "S-20", "standard_price") == [None]
    assert odoo.records("product.supplierinfo") == []


def test_a_value_that_does_not_fit_refuses_its_item_alone(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    rules = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost" }')

    bad, good = apply(odoo, told("S-10", Cost="cheap"), told("S-20", Cost="2"), rules=rules)

    refused(bad, Reason.INVALID_VALUE)
    assert isinstance(good, Applied)
    assert [variant(odoo, code, VARIANT_KEY)[0] for code in ("S-10", "S-20")] == [None, "Works.S-20"]


def test_a_profile_that_leaves_products_alone_gives_the_variant_its_key_only(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    rules = ruled('[models."product.template"]\nupdate = false')

    [verdict] = apply(odoo, seen("S-10", weight=Decimal(3)), rules=rules)

    assert isinstance(verdict, Applied)
    assert "differs in weight, and the profile says update = false" in verdict.note
    assert variant(odoo, "S-10", *OWN, "weight") == ["Works.S-10", None, None]


def test_a_unit_that_differs_is_a_note(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20", uom_id=odoo.units["kg"])

    [verdict] = apply(odoo, seen("S-10", unit="pcs"))

    assert isinstance(verdict, Applied)
    assert verdict.note.endswith("uom_id is kg in Odoo, Units in the vault")


def test_a_sighting_adopts_a_variant_by_its_number_and_leaves_a_known_one_alone(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")

    assert apply(odoo, sighting("S-10", 9)) == [Applied(Result.UPDATED, "adopted by its number")]
    assert variant(odoo, "S-10", *OWN, OF_VARIANT[DIGEST]) == ["Works.S-10", None, ADOPTED]
    assert apply(odoo, sighting("S-10", 9)) == [UNCHANGED]

    [verdict] = apply(odoo, seen("S-10", 1))
    assert isinstance(verdict, Applied)
    assert "to which is left: name" in verdict.note
    assert variant(odoo, "S-10", *OWN) == ["Works.S-10", from_version(1)]


def test_an_unknown_number_becomes_a_product_and_never_a_variant(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")

    assert apply(odoo, seen("S-30")) == [CREATED]

    assert len(odoo.records(TEMPLATE)) == 2


def test_the_only_variant_is_addressed_by_its_template(odoo: Plm) -> None:
    screws(odoo, "S-10")

    assert results(odoo, seen("S-10", name="Screw M5x10")) == [Result.UPDATED]

    assert (template(odoo)[KEY], template(odoo)["name"]) == ("Works.S-10", "Screw M5x10")
    assert variant(odoo, "S-10", VARIANT_KEY) == [None]


def test_a_known_variant_whose_siblings_are_gone_stays_a_variant(odoo: Plm) -> None:
    made = screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10"))
    [sibling] = [one["id"] for one in odoo.records(VARIANT) if one["default_code"] == "S-20"]
    del odoo._records[VARIANT][sibling]

    assert apply(odoo, seen("S-10", 2, name="Other")) == [UNCHANGED]
    assert (template(odoo)["id"], template(odoo)["name"]) == (made, "Screw")


def test_a_product_that_gets_a_second_variant_keeps_its_item_and_its_variants_are_not_taken(
    odoo: Plm,
) -> None:
    odoo.add(TEMPLATE, default_code="S-10", name="Old")
    apply(odoo, seen("S-10"))
    made = template(odoo)["id"]
    odoo.add_variant(made, default_code="S-20")

    left = f"template {made} has 2 variants, to which is left: default_code"
    assert apply(odoo, seen("S-10", 2, name="Renamed")) == [Applied(Result.UPDATED, left)]
    assert template(odoo)["name"] == "Renamed"

    [verdict] = apply(odoo, seen("S-20"))
    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert f"of template {made}, which as a whole is the item with key 'Works.S-10'" in text
    assert f"empty {KEY} of the template and delete its external id pdm_odoo.product.Works." in text

    odoo._records[TEMPLATE][made][KEY] = False
    assert results(odoo, seen("S-20")) == [Result.UPDATED]
    assert variant(odoo, "S-20", VARIANT_KEY) == ["Works.S-20"]


def test_a_variant_of_another_item_is_refused(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, seen("S-10"))

    [verdict] = apply(odoo, seen("S-10").model_copy(update={"source": "/pdm/Other"}))

    assert "already belongs to the item with key 'Works.S-10'" in refused(verdict, Reason.AMBIGUOUS_MATCH)


def test_two_variants_of_one_number_or_one_key_are_refused_by_name(odoo: Plm) -> None:
    made = screws(odoo, "S-10", "S-10")
    first, second = (one["id"] for one in odoo.records(VARIANT))

    [verdict] = apply(odoo, seen("S-10"))
    assert f"variant {first} of template {made}, variant {second} of template {made}" in refused(
        verdict, Reason.AMBIGUOUS_MATCH
    )

    for record in (first, second):
        odoo._records[VARIANT][record][VARIANT_KEY] = "Works.S-10"
    [verdict] = apply(odoo, seen("S-10"))
    assert f"2 products in Odoo have {VARIANT_KEY} 'Works.S-10'" in refused(verdict, Reason.AMBIGUOUS_MATCH)


def vault_object(id_: int, number: str, version: int = 1) -> Event:
    data = product(item=item(number=number, vault_object_id=str(id_)))
    return decode(encode(event(data, sequence=from_version(version))), KeyParts.VAULT_OBJECT)


def test_a_renumbered_variant_gets_its_new_number_unless_another_product_has_it(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    apply(odoo, vault_object(1, "S-10"))

    assert apply(odoo, vault_object(1, "S-11", 2)) == [UPDATED]
    assert variant(odoo, "S-11", VARIANT_KEY) == ["Works.1"]

    [verdict] = apply(odoo, vault_object(1, "S-20", 3))
    assert "is not of the vault" in refused(verdict, Reason.AMBIGUOUS_MATCH)


def test_explain_shows_what_the_variant_gets(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    rules = '[models."product.product".fields]\nstandard_price = { from = "Cost" }'

    found = explain(odoo, told("S-10", Cost="2"), rules)

    assert found.outcome.startswith("updated; one variant of template")
    assert effects(found)["standard_price"] == "changes"
    assert effects(found)["default_code"] == "same"
    assert effects(found)["name"] == "left alone: it is the template's"


def test_a_crash_between_templates_and_variants_is_made_good_by_the_next_try(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")
    odoo.add_product("P")
    odoo.lose_reply("web_save_multi")
    batch = [seen("P", name="New"), seen("S-10", weight=Decimal(1))]
    with pytest.raises(AmbiguousError):
        apply(odoo, *batch)
    assert variant(odoo, "S-10", VARIANT_KEY) == [None]

    assert results(odoo, *batch) == [Result.UNCHANGED, Result.UPDATED]
    assert results(odoo, *batch) == [Result.UNCHANGED, Result.UNCHANGED]
