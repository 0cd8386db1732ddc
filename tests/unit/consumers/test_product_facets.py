"""What belongs to a product beside its template: variant, vendor, texts in other languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from consumers.errors import MisconfiguredError, PermanentError, UnavailableError
from consumers.odoo.schema import SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.unit.consumers.deliveries import sighting
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.test_product_rules import (
    CREATED,
    FIELDS,
    UNCHANGED,
    UPDATED,
    apply,
    change,
    held,
    refused,
    told,
)

VENDOR = "product.supplierinfo"


@pytest.fixture
def odoo() -> Plm:
    found = Plm()
    found.warm()
    return found


@contextmanager
def down_at(odoo: Plm, method: str) -> Iterator[None]:
    """Let Odoo be away as soon as `method` is called."""
    with pytest.MonkeyPatch.context() as patch:
        known = odoo.call

        def call(model: str, name: str, **arguments: Any) -> Any:
            if f"{model}.{name}" == method:
                raise UnavailableError("connection refused")
            return known(model, name, **arguments)

        patch.setattr(odoo, "call", call)
        yield


COST = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost" }')
SEEDED = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost", master = "seed" }')


def cost(odoo: Plm, number: str = "A") -> Any:
    [found] = [record for record in odoo.records(VARIANT) if record.get("default_code") == number]
    return found.get("standard_price")


def test_a_new_product_costs_two_calls_more_for_its_variant_and_has_its_fence_from_the_second(
    odoo: Plm,
) -> None:
    assert apply(odoo, COST, told("A", 3, Cost="7.5"), told("B", 4, Cost="8")) == [CREATED] * 2

    assert (cost(odoo), cost(odoo, "B")) == (7.5, 8.0)
    assert held(odoo, SEQUENCE) == [from_version(3)]
    assert odoo.methods()[-3:] == [
        "product.template.load",
        "product.product.search_read",
        "product.product.web_save_multi",
    ]


def test_a_variant_is_changed_alone_and_the_product_is_called_updated(odoo: Plm) -> None:
    apply(odoo, COST, told("A", Cost="7.5"))
    handler = ProductHandler(odoo, odoo.schema, COST)
    odoo.calls.clear()

    assert handler.apply([told("A", Cost="7.50")]) == [UNCHANGED]
    assert not [method for method in odoo.methods() if "save" in method]
    assert handler.apply([told("A", Cost="9")]) == [UPDATED]
    assert cost(odoo) == 9.0


@pytest.mark.parametrize("rules", [COST, SEEDED])
def test_a_crash_between_product_and_variant_leaves_the_fence_open_and_the_next_try_closes_it(
    odoo: Plm, rules: Any
) -> None:
    with down_at(odoo, "product.product.web_save_multi"), pytest.raises(UnavailableError):
        apply(odoo, rules, told("A", 3, Cost="7.5"))
    assert held(odoo, SEQUENCE) == [False]

    [verdict] = apply(odoo, rules, told("A", 3, Cost="7.5"))

    assert verdict == UPDATED
    assert (held(odoo, SEQUENCE), cost(odoo)) == ([from_version(3)], 7.5)


def test_a_crash_while_a_stub_is_completed_loses_no_seed_of_its_variant(odoo: Plm) -> None:
    apply(odoo, SEEDED, sighting("A"))
    with down_at(odoo, "product.product.web_save_multi"), pytest.raises(UnavailableError):
        apply(odoo, SEEDED, told("A", 3, Cost="7.5"))

    apply(odoo, SEEDED, told("A", 3, Cost="7.5"))

    assert (held(odoo, SEQUENCE), cost(odoo)) == ([from_version(3)], 7.5)


def test_seeds_of_a_variant_are_written_with_the_first_own_event_and_never_again(odoo: Plm) -> None:
    apply(odoo, SEEDED, sighting("A", attributes={"Cost": "1"}))
    assert cost(odoo) is None

    apply(odoo, SEEDED, told("A", 1, Cost="2"))
    apply(odoo, SEEDED, told("A", 2, Cost="3"))

    assert cost(odoo) == 2.0


def test_what_people_wrote_on_the_variant_of_a_stub_stands_where_odoo_is_master(odoo: Plm) -> None:
    rules = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost", master = "odoo" }')
    apply(odoo, rules, sighting("A"))
    [variant] = odoo.records(VARIANT)
    odoo._records[VARIANT][variant["id"]]["standard_price"] = 99.0

    apply(odoo, rules, told("A", Cost="2"), told("B", Cost="2"))

    assert (cost(odoo), cost(odoo, "B")) == (99.0, 2.0)


def test_seeds_of_a_variant_that_odoo_had_before_are_left_to_odoo(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, default_code="A", name="Old")
    [variant] = [record["id"] for record in odoo.records(VARIANT) if record["product_tmpl_id"] == template]
    odoo._records[VARIANT][variant]["standard_price"] = 99.0

    assert apply(odoo, SEEDED, told("A", Cost="2")) == [UPDATED]
    assert cost(odoo) == 99.0

    assert apply(odoo, COST, told("A", Cost="2")) == [UPDATED]
    assert cost(odoo) == 2.0


def test_a_product_of_several_variants_is_refused_before_anything_is_written(odoo: Plm) -> None:
    template = odoo.add_product("A")
    odoo.add_variant(template)

    [verdict] = apply(odoo, COST, told("A", Cost="2"))

    assert f"template {template} has 2 variants" in refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert held(odoo, "name") == ["A"]


def test_a_value_that_does_not_fit_the_variant_leaves_no_product_behind(odoo: Plm) -> None:
    bad, good = apply(odoo, COST, told("A", Cost="cheap"), told("B", Cost="2"))

    assert "product.product.standard_price" in refused(bad, Reason.INVALID_VALUE)
    assert good == CREATED
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["B"]


VENDORS = f"""
[models."{VENDOR}".fields]
partner_id = {{ from = "Vendor", by = "ref" }}
price = {{ from = "Price", decimal = "," }}
delay = {{ from = "Days" }}
"""


@pytest.fixture
def partners(odoo: Plm) -> dict[str, int]:
    return {ref: odoo.add("res.partner", name=f"{ref} Inc.", ref=ref) for ref in ("V1", "V2")}


def lines(odoo: Plm, number: str = "A") -> list[tuple[int, float, int]]:
    template = odoo.by_number(number)["id"]
    return [
        (line["partner_id"], line["price"], line["delay"])
        for line in odoo.records(VENDOR)
        if line["product_tmpl_id"] == template
    ]


def test_a_vendor_line_is_made_once_changed_and_joined_by_that_of_another_partner(
    odoo: Plm, partners: dict[str, int]
) -> None:
    rules = ruled(VENDORS)

    assert apply(odoo, rules, told("A", Vendor="V1", Price="12,50", Days="7")) == [CREATED]
    assert lines(odoo) == [(partners["V1"], 12.5, 7)]
    assert apply(odoo, rules, told("A", Vendor="V1", Price="12,5", Days="7")) == [UNCHANGED]
    assert apply(odoo, rules, told("A", Vendor="V1", Price="13", Days="7")) == [UPDATED]
    assert apply(odoo, rules, told("A", Vendor="V2", Price="11")) == [UPDATED]

    assert lines(odoo) == [(partners["V1"], 13.0, 7), (partners["V2"], 11.0, 1)]


def test_what_one_event_does_not_say_of_its_vendor_is_what_odoo_would_give_the_line(
    odoo: Plm, partners: dict[str, int]
) -> None:
    assert apply(odoo, ruled(VENDORS), told("A", Vendor="V1", Days="9"), told("B", Vendor="V2")) == [
        CREATED,
        CREATED,
    ]

    assert (lines(odoo), lines(odoo, "B")) == ([(partners["V1"], 0.0, 9)], [(partners["V2"], 0.0, 1)])


@pytest.mark.parametrize("attributes", [{}, {"Vendor": ""}, {"Vendor": " ", "Price": "3"}])
def test_an_event_that_names_no_vendor_makes_and_removes_none(
    odoo: Plm, partners: dict[str, int], attributes: dict[str, str]
) -> None:
    rules = ruled(VENDORS)
    apply(odoo, rules, told("A", Vendor="V1", Price="12"))

    verdicts = apply(odoo, rules, told("A", 1, **attributes), told("B", 1, **attributes))

    assert verdicts == [UNCHANGED, CREATED]
    assert lines(odoo) == [(partners["V1"], 12.0, 1)]
    assert lines(odoo, "B") == []


def test_price_breaks_and_lines_of_others_are_left_alone(odoo: Plm, partners: dict[str, int]) -> None:
    template = odoo.add_product("A")
    common = {"product_tmpl_id": template, "delay": 5}
    odoo.add(VENDOR, partner_id=partners["V1"], price=8.0, min_qty=100.0, **common)
    odoo.add(VENDOR, partner_id=partners["V2"], price=9.0, min_qty=0.0, **common)

    apply(odoo, ruled(VENDORS), told("A", Vendor="V1", Price="12"))

    assert lines(odoo) == [(partners["V1"], 8.0, 5), (partners["V2"], 9.0, 5), (partners["V1"], 12.0, 1)]


def test_two_lines_of_one_partner_are_refused_with_both(odoo: Plm, partners: dict[str, int]) -> None:
    template = odoo.add_product("A")
    twins = [
        odoo.add(VENDOR, product_tmpl_id=template, partner_id=partners["V1"], price=1.0, min_qty=0.0, delay=1)
        for _ in range(2)
    ]

    [verdict] = apply(odoo, ruled(VENDORS), told("A", Vendor="V1", Price="12"))

    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert ", ".join(map(str, twins)) in text
    assert held(odoo, "name") == ["A"]


def test_an_unknown_vendor_refuses_its_event_before_the_product_is_made(
    odoo: Plm, partners: dict[str, int]
) -> None:
    bad, good = apply(odoo, ruled(VENDORS), told("A", Vendor="V9"), told("B", Vendor="V1"))

    assert f"{VENDOR}.partner_id: no res.partner has ref 'V9'" in refused(bad, Reason.UNKNOWN_RECORD)
    assert good == CREATED
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["B"]


def test_a_vendor_line_that_odoo_refuses_is_that_events_fault(odoo: Plm, partners: dict[str, int]) -> None:
    odoo.refuse(f"pdm_odoo.vendor.Works.A.{partners['V1']}", "The price must be positive")

    bad, good = apply(odoo, ruled(VENDORS), told("A", Vendor="V1"), told("B", Vendor="V1"))

    assert "must be positive" in refused(bad, Reason.REFUSED_BY_ODOO)
    assert good == CREATED


def test_a_vendor_is_not_made_where_the_profile_forbids_it(odoo: Plm, partners: dict[str, int]) -> None:
    rules = ruled(VENDORS + f'[models."{VENDOR}"]\ncreate = false')
    template = odoo.add_product("B")
    odoo.add(VENDOR, product_tmpl_id=template, partner_id=partners["V1"], price=1.0, min_qty=0.0, delay=1)

    bad, good = apply(odoo, rules, told("A", Vendor="V1"), told("B", Vendor="V1", Price="2"))

    refused(bad, Reason.NOT_ALLOWED)
    assert good == UPDATED
    assert lines(odoo, "B") == [(partners["V1"], 2.0, 1)]


GERMAN = ruled(FIELDS + 'name = { from = "item.name", languages = { de_DE = "Benennung" } }')


@pytest.fixture
def speaking_german(odoo: Plm) -> None:
    odoo.add("res.lang", code="de_DE", name="German")


def german(odoo: Plm, number: str = "A") -> Any:
    return odoo.texts[TEMPLATE, odoo.by_number(number)["id"], "de_DE"].get("name")


def test_a_language_that_odoo_has_not_holds_the_consumer_until_it_is_installed(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, GERMAN)
    with pytest.raises(MisconfiguredError, match="de_DE is not installed in Odoo"):
        handler.prepare()

    odoo.add("res.lang", code="de_DE", name="German")

    handler.prepare()
    assert handler.apply([told("A", Benennung="Antrieb")]) == [CREATED]


@pytest.mark.usefixtures("speaking_german")
def test_a_text_in_another_language_is_written_there_with_one_call_and_only_where_it_differs(
    odoo: Plm,
) -> None:
    assert apply(odoo, GERMAN, told("A", Benennung="Antrieb"), told("B")) == [CREATED] * 2
    assert (held(odoo, "name"), german(odoo), german(odoo, "B")) == (["Drive unit"], "Antrieb", None)

    assert apply(odoo, GERMAN, told("A", Benennung="Antrieb")) == [UNCHANGED]
    odoo.calls.clear()
    events = [told("A", Benennung="Getriebe"), told("B", Benennung="Welle")]
    assert apply(odoo, GERMAN, *events) == [UPDATED] * 2

    assert (german(odoo), german(odoo, "B")) == ("Getriebe", "Welle")
    writes = [call for call in odoo.calls if call.method == "web_save_multi"]
    assert [call.context for call in writes] == [{"lang": "de_DE"}]


@pytest.mark.usefixtures("speaking_german")
def test_an_empty_text_leaves_the_other_language_as_it_is(odoo: Plm) -> None:
    apply(odoo, GERMAN, told("A", Benennung="Antrieb"))

    assert apply(odoo, GERMAN, told("A", Benennung=" ")) == [UNCHANGED]

    assert german(odoo) == "Antrieb"


def test_a_product_that_odoo_refuses_has_no_facets_written(odoo: Plm, partners: dict[str, int]) -> None:
    odoo.refuse("pdm_odoo.product.Works.A", "no")
    rules = ruled(VENDORS + '[models."product.product".fields]\nstandard_price = { from = "Cost" }')

    bad, good = apply(odoo, rules, told("A", Vendor="V1", Cost="3"), told("B", Vendor="V1", Cost="4"))

    assert isinstance(bad, PermanentError)
    assert good == CREATED
    assert cost(odoo, "B") == 4.0
    assert len(odoo.records(VENDOR)) == 1


def test_facets_without_rules_cost_nothing(odoo: Plm) -> None:
    apply(odoo, ruled(""), told("A"))
    change(odoo, weight=3.0)
    odoo.calls.clear()

    [verdict] = apply(odoo, ruled(""), told("A"))

    assert verdict == Applied(Result.UNCHANGED)
    assert {call.model for call in odoo.calls} == {TEMPLATE, "uom.uom"}
