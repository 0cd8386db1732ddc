"""An item that is a template as a whole, of which a person made several variants."""

from __future__ import annotations

from consumers.results import Applied
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import FIELDS, UNCHANGED, apply, told
from tests.unit.consumers.profiles import ruled


def test_an_item_whose_product_has_got_several_variants_writes_nothing_that_only_these_have(
    odoo: Plm,
) -> None:
    rules = ruled(FIELDS + 'barcode = { from = "Barcode" }')
    apply(odoo, told("A", 1, Barcode="1"), rules=rules)
    template = odoo.by_number("A")["id"]
    odoo.add_variant(template, default_code="A-2")
    # What Odoo shows of a template with several variants, whatever is written to it.
    odoo._records[TEMPLATE][template] |= {"default_code": False, "barcode": False, "weight": 0.0}

    [verdict] = apply(odoo, told("A", 2, Barcode="2"), rules=rules)

    assert isinstance(verdict, Applied)
    assert verdict.note.startswith(f"template {template} has 2 variants, to which is left: ")
    assert "barcode" in verdict.note
    assert odoo._records[TEMPLATE][template]["barcode"] is False
    odoo.calls.clear()
    assert apply(odoo, told("A", 2, Barcode="2"), rules=rules) == [UNCHANGED]
    assert not {"load", "web_save_multi"} & {call.method for call in odoo.calls}
