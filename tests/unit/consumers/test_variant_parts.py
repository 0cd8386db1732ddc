"""BOMs and files of items that are one variant of a product."""

from __future__ import annotations

from pathlib import Path

from consumers.results import Result
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import VARIANT, Plm
from tests.unit.consumers.products import CREATED, UNCHANGED, apply
from tests.unit.consumers.screws import screws
from tests.unit.consumers.structures import apply as apply_bom
from tests.unit.consumers.structures import only_bom, structure
from tests.unit.documents import Works, event


def test_a_bom_finds_variants_as_components_and_stands_at_the_variant_that_is_its_item(odoo: Plm) -> None:
    made = screws(odoo, "S-10", "S-20")
    odoo.add_product("P")
    apply(odoo, seen("S-10"), seen("S-20"))
    ids = {one["default_code"]: one["id"] for one in odoo.records(VARIANT)}

    assert apply_bom(odoo, structure("S-10", lines=(("P", 1), ("S-20", 4)))) == [CREATED]
    assert apply_bom(odoo, structure("S-10", lines=(("P", 1), ("S-20", 4)))) == [UNCHANGED]

    bom = only_bom(odoo)
    assert (bom["product_tmpl_id"], bom["product_id"]) == (made, ids["S-10"])
    assert [line["product_id"] for line in odoo.lines(bom["id"])] == [ids["P"], ids["S-20"]]


def test_a_bom_of_products_asks_for_variants_only_what_is_missing(odoo: Plm) -> None:
    odoo.add_product("A")
    odoo.add_product("P")
    odoo.calls.clear()

    assert apply_bom(odoo, structure("A", lines=(("P", 1),))) == [CREATED]
    assert odoo.methods().count(f"{VARIANT}.search_read") == 1
    assert "product_id" not in only_bom(odoo)


def test_a_file_of_such_an_item_belongs_to_the_variant(tmp_path: Path) -> None:
    works = Works(tmp_path)
    bolt = works.odoo.add("product.product", x_pdm_variant_key="Works.S-10")

    assert works.result(event(number="S-10")) is Result.CREATED
    assert works.result(event(number="S-10")) is Result.UNCHANGED

    document = works.document()
    assert (document["res_model"], document["res_id"]) == ("product.product", bolt)
