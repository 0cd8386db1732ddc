"""Barcodes in the real Odoo: refused where it would refuse them, and passed on where items exchange them."""

from __future__ import annotations

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from tests import factories
from tests.integration.carrier import profile
from tests.integration.counting import Counting
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols

OF_TEMPLATES = profile('barcode = { from = "Barcode" }')
OF_VARIANTS = profile("", models={"product.product": {"fields": {"barcode": {"from": "Barcode"}}}})


@pytest.fixture(params=[OF_TEMPLATES, OF_VARIANTS], ids=["of templates", "of variants"])
def rules(request: pytest.FixtureRequest) -> Profile:
    found: Profile = request.param
    return found


def told(number: str, version: int, barcode: str) -> Event:
    item = factories.item(number=number)
    data = factories.product(item=item, unit=None, attributes={"Barcode": barcode})
    return factories.event(data, sequence=f"{version:020}")


def apply(odoo: Odoo, schema: Schema, rules: Profile, *events: Event) -> list[Verdict]:
    handler = ProductHandler(odoo, schema, rules)
    handler.prepare()
    return handler.apply(events)


def results(verdicts: list[Verdict]) -> list[Result | str]:
    return [one.result if isinstance(one, Applied) else str(one) for one in verdicts]


def barcodes(odoo: Odoo, *numbers: str) -> list[str]:
    rows = odoo.call(
        "product.product",
        "search_read",
        domain=[["default_code", "in", numbers]],
        fields=["default_code", "barcode"],
    )
    found = {row["default_code"]: row["barcode"] or "" for row in rows}
    assert len(rows) == len(numbers)
    return [found[number] for number in numbers]


def test_products_exchange_barcodes_and_one_is_passed_on_to_a_new_product_in_one_batch(
    odoo: Odoo, schema: Schema, rules: Profile
) -> None:
    a, b, c, new = (unique(name) for name in "ABCN")
    first = apply(odoo, schema, rules, told(a, 1, f"1{a}"), told(b, 1, f"1{b}"), told(c, 1, f"1{c}"))
    assert results(first) == [Result.CREATED] * 3
    events = [told(a, 2, f"1{b}"), told(b, 2, f"1{a}"), told(new, 1, f"1{c}"), told(c, 2, "")]
    counted = Counting(odoo)

    again = apply(counted, schema, rules, *events)

    assert results(again) == [Result.UPDATED, Result.UPDATED, Result.CREATED, Result.UPDATED]
    assert barcodes(odoo, a, b, c, new) == [f"1{b}", f"1{a}", "", f"1{c}"]
    assert len(counted.calls) <= 10, counted.calls
    counted.calls.clear()
    assert results(apply(counted, schema, rules, *events)) == [Result.UNCHANGED] * 4
    assert not [call for call in counted.calls if call.endswith(("load", "web_save_multi"))]


def test_a_barcode_of_a_person_s_product_of_a_packaging_or_of_the_same_batch_is_refused_before_odoo_is_asked(
    odoo: Odoo, administrator: Odoo, schema: Schema, rules: Profile
) -> None:
    theirs, packed, archived = unique("T"), unique("P"), unique("O")
    add(odoo, "product.product", name="Theirs", default_code=theirs, barcode=theirs)
    add(odoo, "product.product", name="Obsolete", default_code=archived, barcode=archived, active=False)
    product = add(odoo, "product.product", name="Packed", default_code=packed)
    [unit] = administrator.call("uom.uom", "search", domain=[["name", "=", "Units"]])
    add(administrator, "product.uom", product_id=product, uom_id=unit, barcode=packed)
    numbers = [unique("R") for _ in range(5)]
    claimed = [theirs, packed, archived, "same", "same"]
    counted = Counting(odoo)

    verdicts = apply(
        counted,
        schema,
        rules,
        *(told(number, 1, barcode) for number, barcode in zip(numbers, claimed, strict=True)),
    )

    assert verdicts[3] == Applied(Result.CREATED)
    for number, barcode, verdict in zip(numbers, claimed, verdicts, strict=True):
        if number != numbers[3]:
            # What another item has, an event may free.
            assert isinstance(verdict, TransientError if barcode == "same" else PermanentError)
            assert verdict.reason is Reason.REFUSED_BY_ODOO
            assert f"barcode: barcode '{barcode}' is " in str(verdict)
    assert counted.calls.count("product.template.load") == 1
    odoo.call(
        "product.product",
        "write",
        ids=odoo.call("product.product", "search", domain=[["barcode", "=", "same"]]),
        vals={"barcode": False},
    )


def test_what_is_foreseen_is_what_odoo_says_itself(odoo: Odoo, rules: Profile) -> None:
    """Should Odoo drop the rule one day, ours has to go too."""
    theirs = unique("T")
    add(odoo, "product.product", name="Theirs", barcode=theirs)

    with pytest.raises(PermanentError, match="already assigned"):
        add(odoo, "product.product", name="Other", barcode=theirs)


def test_a_product_that_has_got_several_variants_is_unchanged_the_second_time(
    odoo: Odoo, schema: Schema
) -> None:
    number, attribute = unique("S"), add(odoo, "product.attribute", name=unique("Length"))
    lengths = [add(odoo, "product.attribute.value", name=one, attribute_id=attribute) for one in "12"]
    apply(odoo, schema, OF_TEMPLATES, told(number, 1, f"1{number}"))
    [made] = odoo.call(
        "product.template", "search_read", domain=[["default_code", "=", number]], fields=["name"]
    )
    values = {"product_tmpl_id": made["id"], "attribute_id": attribute, "value_ids": [[6, 0, lengths]]}
    add(odoo, "product.template.attribute.line", **values)

    [first] = apply(odoo, schema, OF_TEMPLATES, told(number, 2, f"2{number}"))
    [second] = apply(odoo, schema, OF_TEMPLATES, told(number, 2, f"2{number}"))

    assert isinstance(first, Applied)
    assert "has 2 variants, to which is left" in first.note
    assert second == Applied(Result.UNCHANGED)
