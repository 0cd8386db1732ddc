"""Odoo 16 to 18 by their recorded shapes: the same work through other calls and other fields."""

from __future__ import annotations

import pytest

from consumers.errors import RefusedModelError
from consumers.odoo import boms, units
from consumers.odoo.own_fields import KEY, POSITION, REVISION, SEQUENCE
from consumers.odoo.records import change, create_once
from ops.setup_odoo import setup
from schemas.facts import BYPRODUCT
from tests.fakes import FakeOdoo
from tests.series import become
from tests.unit.consumers.plm import BOM, LINE, TEMPLATE, VARIANT, Plm

OLDER = [16, 17, 18]
WANTED = boms.Wanted("product_uom_id")


@pytest.mark.parametrize("series", OLDER)
def test_changes_are_written_by_equal_values(series: int) -> None:
    odoo = FakeOdoo()
    become(odoo, series)
    ids = [odoo.add(TEMPLATE, name=name) for name in "abcd"]

    change(
        odoo,
        TEMPLATE,
        {ids[0]: {"name": "new"}, ids[1]: {"weight": 2.0}, ids[2]: {"name": "new"}, ids[3]: {}},
        context={"one": 1},
    )

    assert [record["name"] for record in odoo.records(TEMPLATE)] == ["new", "b", "new", "d"]
    assert [(call.method, call.ids) for call in odoo.calls] == [
        ("write", [ids[0], ids[2]]),
        ("write", [ids[1]]),
    ]
    assert [call.context for call in odoo.calls] == [{"one": 1}] * 2


@pytest.mark.parametrize("series", OLDER)
def test_a_missing_right_is_no_fault_of_the_rows(series: int) -> None:
    odoo = FakeOdoo()
    become(odoo, series)
    odoo.refuse("pdm_odoo.product.a", "You are not allowed to create 'Product' (product.template) records.")
    odoo.may_create = False

    with pytest.raises(RefusedModelError, match="lacks a right"):
        create_once(odoo, TEMPLATE, [{"id": "pdm_odoo.product.a", "name": "a"}])


@pytest.mark.parametrize("series", OLDER)
def test_units_of_one_category_can_be_converted(series: int) -> None:
    odoo = FakeOdoo()
    become(odoo, series)
    piece, dozen = (odoo.add("uom.uom", name=name, category_id=1) for name in ("Units", "Dozens"))
    kg = odoo.add("uom.uom", name="kg", category_id=2)

    known = units.read(odoo)

    assert known.convertible(piece, dozen)
    assert not known.convertible(piece, kg)


def with_two_boms() -> Plm:
    """An Odoo with two BOMs of the vault: one with two lines of it and one of manufacturing, one without."""
    odoo = Plm()
    wheel, axle = odoo.add_product("WHEEL"), odoo.add_product("AXLE")
    variants = {one["product_tmpl_id"]: one["id"] for one in odoo.records("product.product")}
    piece = odoo.units["Units"]
    header = {SEQUENCE: "1", REVISION: "A", "code": "A", "product_qty": 1.0, "product_uom_id": piece}
    full = odoo.add(BOM, **{KEY: "Works.CART", **header})
    odoo.add(BOM, **{KEY: "Works.BOX", **header})
    for place, template in enumerate((wheel, axle, axle)):
        line = {"bom_id": full, "product_id": variants[template], "product_qty": 2.0, "product_uom_id": piece}
        odoo.add(LINE, **line, **({POSITION: place + 1} if place < 2 else {}))
    return odoo


def test_odoo_16_reads_a_bom_in_three_calls_and_sees_what_19_sees() -> None:
    odoo = with_two_boms()
    keys = ["Works.CART", "Works.BOX", "Works.NONE"]
    expected = boms.read(odoo, keys, WANTED)
    become(odoo, 16)
    odoo.calls.clear()

    found = boms.read(odoo, keys, WANTED)

    assert odoo.methods() == [f"{BOM}.search_read", f"{LINE}.search_read", "product.product.search_read"]
    assert found.keys() == expected.keys() == {"Works.CART", "Works.BOX"}
    for key, bom in expected.items():
        same_bom, other_bom = found[key].current, bom.current
        assert same_bom
        assert other_bom
        assert (same_bom.id, same_bom.lines, same_bom.components, same_bom.sequence) == (
            other_bom.id,
            other_bom.lines,
            other_bom.components,
            other_bom.sequence,
        )


def test_odoo_16_needs_one_call_when_there_is_no_bom_yet() -> None:
    odoo = Plm()
    become(odoo, 16)

    assert boms.read(odoo, ["Works.CART"], WANTED) == {}
    assert odoo.methods() == [f"{BOM}.search_read"]


@pytest.mark.parametrize(("series", "model"), [(16, "ir.attachment"), (17, "product.document")])
def test_setup_adds_our_fields_where_the_files_are(series: int, model: str) -> None:
    odoo = FakeOdoo()
    become(odoo, series)
    odoo.fields["ir.model"] = {"model": {"type": "char"}}
    odoo.fields["ir.model.fields"] = {name: {"type": "char"} for name in ("model", "name", "ttype")}
    names = (TEMPLATE, VARIANT, BOM, LINE, BYPRODUCT, model)
    ids = odoo.call("ir.model", "create", vals_list=[{"model": name} for name in names])

    setup(odoo, lambda _: None)

    added = [(one["model_id"], one["name"]) for one in odoo.records("ir.model.fields")]
    assert (ids[-1], KEY) in added
    assert len(added) == 19
