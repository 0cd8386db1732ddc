"""Which product of Odoo is an item's own: by key, by number, as a stub, or refused."""

from __future__ import annotations

from consumers.errors import TransientError
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import CREATED, FIELDS, apply, refused, results, told
from tests.unit.consumers.profiles import ruled


def test_an_item_that_odoo_knows_by_its_number_alone_is_adopted(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, default_code="A", name="Old name", barcode="4711")

    assert results(odoo, seen("A")) == [Result.UPDATED]

    [product] = odoo.records(TEMPLATE)
    assert (product["id"], product["name"], product["barcode"]) == (template, "Drive unit", "4711")
    assert (product[KEY], product[SEQUENCE]) == ("Works.A", from_version(1))


def test_several_products_of_one_number_are_refused_by_name(odoo: Plm) -> None:
    first, second = (odoo.add(TEMPLATE, default_code="A", name=name) for name in "xy")
    before = odoo.records(TEMPLATE)

    bad, good = apply(odoo, seen("A"), seen("B"))

    text = refused(bad, Reason.AMBIGUOUS_MATCH)
    assert text.startswith(f"2 products in Odoo have default_code 'A' (templates {first}, {second})")
    assert "rchived" not in text
    assert good == Applied(Result.CREATED)
    assert odoo.records(TEMPLATE)[:2] == before


def test_which_of_several_products_of_one_number_are_archived_is_told(odoo: Plm) -> None:
    shown = odoo.add(TEMPLATE, default_code="A", name="shown")
    hidden = odoo.add(TEMPLATE, default_code="A", name="hidden", active=False)
    for variant in odoo.records(VARIANT):
        odoo._records[VARIANT][variant["id"]]["active"] = variant["product_tmpl_id"] == shown

    [verdict] = apply(odoo, seen("A"))

    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert f"(templates {shown}, {hidden} (archived))" in text
    assert "under the filter Archived" in text


def test_which_of_several_variants_of_one_number_are_archived_is_told(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, name="Several")
    hidden = odoo.add_variant(template, default_code="A", active=False)
    shown = odoo.add_variant(template, default_code="A")

    [verdict] = apply(odoo, seen("A"))

    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert (
        f"variant {hidden} of template {template} (archived), variant {shown} of template {template})" in text
    )


def test_several_products_of_one_key_are_refused_by_name(odoo: Plm) -> None:
    odoo.add_product("A")
    odoo.add_product("A")

    [verdict] = apply(odoo, seen("A"))

    assert "2 products in Odoo have x_pdm_key 'Works.A'" in refused(verdict, Reason.AMBIGUOUS_MATCH)


def test_a_number_that_belongs_to_another_item_is_refused(odoo: Plm) -> None:
    odoo.add_product("A", **{KEY: "Other.A"})

    [verdict] = apply(odoo, seen("A"))

    assert "already belongs to the item with key 'Other.A'" in refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert odoo.by_number("A")[KEY] == "Other.A"


def test_two_vaults_that_claim_one_number_in_one_batch_make_one_product(odoo: Plm) -> None:
    other = seen("A").model_copy(update={"source": "/pdm/Other"})

    first, second = apply(odoo, seen("A"), other)
    [later] = apply(odoo, other)

    assert first == Applied(Result.CREATED)
    assert isinstance(second, TransientError)
    assert "with key 'Works.A', claims default_code 'A' first" in str(second)
    assert "key 'Works.A'; two items claim one number" in refused(later, Reason.AMBIGUOUS_MATCH)
    assert len(odoo.records(TEMPLATE)) == 1


def test_the_second_to_claim_a_number_has_it_where_the_first_of_the_batch_is_refused(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'weight = { from = "W" }')
    other = told("A", 1, W="2").model_copy(update={"source": "/pdm/Other"})

    bad, waits = apply(odoo, told("A", 1, W="heavy"), other, rules=rules)

    refused(bad, Reason.INVALID_VALUE)
    assert isinstance(waits, TransientError)
    assert "in Odoo already" not in str(waits)
    assert apply(odoo, other, rules=rules) == [CREATED]
    assert odoo.by_number("A")[KEY] == "Other.A"


def test_a_sighting_makes_a_stub_that_any_root_event_may_overwrite(odoo: Plm) -> None:
    assert results(odoo, sighting("A", 9)) == [Result.CREATED]
    assert not odoo.by_number("A").get(SEQUENCE)

    assert results(odoo, seen("A", 1, name="Its own name")) == [Result.UPDATED]
    assert odoo.by_number("A")["name"] == "Its own name"


def test_a_sighting_never_overwrites(odoo: Plm) -> None:
    apply(odoo, seen("A", 1, name="Its own name"))
    before = odoo.records(TEMPLATE)

    assert results(odoo, sighting("A", 9, name="As seen elsewhere")) == [Result.UNCHANGED]
    assert odoo.records(TEMPLATE) == before


def test_a_sighting_adopts_by_number_and_leaves_the_rest_as_it_is(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Odoo's name")

    assert results(odoo, sighting("A")) == [Result.UPDATED]
    assert (odoo.by_number("A")[KEY], odoo.by_number("A")["name"]) == ("Works.A", "Odoo's name")


def test_an_item_that_odoo_archived_is_found_and_not_doubled(odoo: Plm) -> None:
    odoo.add_product("A", active=False)

    assert results(odoo, seen("A")) == [Result.UPDATED]
    assert len(odoo.records(TEMPLATE)) == 1
