"""What Odoo would refuse of products is found before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.profile import Profile
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import (
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
from tests.unit.consumers.profiles import ruled

BARCODES = ruled(FIELDS + 'barcode = { from = "Barcode" }')
OF_VARIANTS = ruled('[models."product.product".fields]\nbarcode = { from = "Barcode" }')


def of_products(odoo: Plm) -> list[str]:
    return [call for call in odoo.methods() if call.startswith("product.")]


def test_a_barcode_of_another_product_is_refused_and_the_other_events_are_applied(odoo: Plm) -> None:
    odoo.add_product("X", barcode="123", x_pdm_key=False)

    bad, good = apply(odoo, told("A", Barcode="123"), told("B", Barcode="124"), rules=BARCODES)

    assert "product.template.barcode: barcode '123' is that of product 'X'" in refused(
        bad, Reason.REFUSED_BY_ODOO
    )
    assert good == CREATED
    assert {record["default_code"] for record in odoo.records(TEMPLATE)} == {"X", "B"}


def test_a_barcode_of_the_variant_is_refused_before_its_product_is_made(odoo: Plm) -> None:
    odoo.add_product("X", barcode="123", x_pdm_key=False)

    [bad] = apply(odoo, told("A", Barcode="123"), rules=OF_VARIANTS)

    assert "product.product.barcode" in refused(bad, Reason.REFUSED_BY_ODOO)
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["X"]


def test_a_changed_barcode_is_looked_up_once_and_an_unchanged_one_not_at_all(odoo: Plm) -> None:
    events = [told(number, 1, Barcode=f"1-{number}") for number in "ABC"]
    assert apply(odoo, *events, rules=BARCODES) == [CREATED] * 3
    odoo.warm()

    assert apply(odoo, *events, rules=BARCODES) == [UNCHANGED] * 3
    assert of_products(odoo) == [f"{TEMPLATE}.search_read"]
    changed = [told(number, 2, Barcode=f"2-{number}") for number in "ABC"]
    odoo.calls.clear()

    assert apply(odoo, *changed, rules=BARCODES) == [UPDATED] * 3
    assert of_products(odoo) == [
        f"{TEMPLATE}.search_read",
        f"{VARIANT}.search_read",
        f"{TEMPLATE}.web_save_multi",
    ]


def test_a_barcode_that_its_product_gives_up_in_the_batch_is_emptied_before_another_gets_it(
    odoo: Plm,
) -> None:
    odoo.add_product("X", barcode="123")
    odoo.warm()

    new, giving = apply(odoo, told("A", Barcode="123"), told("X", 2, Barcode="124"), rules=BARCODES)

    assert (new, giving) == (CREATED, UPDATED)
    assert odoo.methods()[-4:] == [
        f"{VARIANT}.web_save_multi",
        f"{TEMPLATE}.web_save_multi",
        f"{TEMPLATE}.load",
        f"{TEMPLATE}.search_read",
    ]
    assert held(odoo, "barcode") == ["123"]


def test_an_event_that_is_stale_gives_nothing_up(odoo: Plm) -> None:
    odoo.add_product("X", barcode="123")
    change(odoo, "X", x_pdm_sequence="9" * 20)

    new, stale = apply(odoo, told("A", Barcode="123"), told("X", 2, Barcode="124"), rules=BARCODES)

    assert isinstance(new, TransientError)
    assert "is that of the item with key 'Works.X' too" in str(new)
    assert isinstance(stale, Applied)
    assert stale.result is Result.STALE


def test_a_field_that_odoo_requires_is_named_when_the_event_leaves_it_empty(odoo: Plm) -> None:
    rules = ruled(FIELDS + 'name = { from = "Title" }')
    odoo.add_product("A")

    changed, new, good = apply(
        odoo, told("A", 1, Title=""), told("B", 1, Title=""), told("C", 1, Title="Wheel"), rules=rules
    )

    for one in (changed, new):
        assert "product.template.name: Odoo requires 'Name'" in refused(one, Reason.MISSING_VALUE)
    assert good == CREATED
    assert held(odoo, "name") == ["A"]


def test_a_product_of_choices_is_refused_before_odoo_is_asked(odoo: Plm) -> None:
    rules: Profile = ruled(FIELDS + 'type = { from = "Type" }')

    [bad] = apply(odoo, told("A", Type="combo"), rules=rules)

    assert "combo choices" in refused(bad, Reason.REFUSED_BY_ODOO)
    assert f"{TEMPLATE}.load" not in odoo.methods()


def test_without_rules_for_barcodes_nothing_is_asked(odoo: Plm) -> None:
    apply(odoo, seen("A"))
    odoo.warm()

    apply(odoo, seen("A", 2, name="Other"))

    assert of_products(odoo) == [f"{TEMPLATE}.search_read", f"{TEMPLATE}.web_save_multi"]


@pytest.mark.parametrize("rules", [BARCODES, OF_VARIANTS], ids=["of templates", "of variants"])
def test_who_is_refused_for_another_reason_keeps_its_barcode_and_who_counted_on_it_waits(
    odoo: Plm, rules: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, barcode in zip("ABC", "123", strict=True):
        template = odoo.add_product(number)
        [of] = [one["id"] for one in odoo.records(VARIANT) if one["product_tmpl_id"] == template]
        odoo._records[VARIANT][of]["barcode"] = odoo._records[TEMPLATE][template]["barcode"] = barcode
    before = odoo.records(VARIANT)
    call = odoo.call

    def refusing(model: str, method: str, **arguments: Any) -> Any:
        if method == "web_save_multi" and any(one.get("name") == "bad" for one in arguments["vals_list"]):
            raise PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses: a constraint")
        return call(model, method, **arguments)

    monkeypatch.setattr(odoo, "call", refusing)

    bad, *waiting, good = apply(
        odoo,
        seen("A", 2, name="bad", attributes={"Barcode": "9"}),
        seen("B", 2, name="B", attributes={"Barcode": "1"}),
        seen("C", 2, name="C", attributes={"Barcode": "2"}),
        seen("D", 2, attributes={"Barcode": "3"}),
        seen("E", 2, attributes={"Barcode": "8"}),
        rules=rules,
    )

    refused(bad, Reason.REFUSED_BY_ODOO)
    for one, giver in zip(waiting, "ABC", strict=True):
        assert isinstance(one, TransientError)
        assert f"still that of the item with key 'Works.{giver}'" in str(one)
    assert good == CREATED
    assert [one for one in odoo.records(VARIANT) if one["default_code"] in set("ABC")] == before
