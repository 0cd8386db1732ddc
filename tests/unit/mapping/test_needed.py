"""What Odoo requires is asked of the values before Odoo is."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.mapping.needed import check_changed, check_new
from consumers.odoo.fields import FieldInfo, ModelInfo
from schemas.dead_letter import Reason

INFO = ModelInfo(
    "product.template",
    {
        one.name: one
        for one in (
            FieldInfo("name", "char", "Name", required=True),
            FieldInfo("uom_id", "many2one", "Unit", required=True),
            FieldInfo("type", "selection", "Type", required=True),
            FieldInfo("price", "float", "Price", required=True),
            FieldInfo("lines", "one2many", "Lines", required=True),
            FieldInfo("told", "char", "Told", required=True, computed=True),
            FieldInfo("note", "char", "Note"),
        )
    },
    {"uom_id": None, "type": "consu"},
)


def test_a_new_record_needs_what_odoo_requires_and_neither_computes_nor_presets() -> None:
    check_new({"name": "A"}, INFO)


@pytest.mark.parametrize("values", [{}, {"name": ""}, {"name": False}])
def test_a_new_record_without_it_is_refused_by_field(values: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match=r"product\.template\.name: Odoo requires 'Name'") as caught:
        check_new(values, INFO)

    assert caught.value.reason is Reason.MISSING_VALUE


def test_a_product_of_choices_without_choices_is_refused() -> None:
    with pytest.raises(PermanentError, match="combo choices"):
        check_new({"name": "A", "type": "combo"}, INFO)


@pytest.mark.parametrize("values", [{}, {"note": False}, {"price": 0.0}, {"unknown": False}, {"name": "B"}])
def test_a_change_may_leave_out_anything_and_empty_what_is_not_required(values: dict[str, Any]) -> None:
    check_changed(values, INFO)


def test_a_change_may_not_empty_what_odoo_requires() -> None:
    with pytest.raises(PermanentError, match="Odoo requires 'Unit'"):
        check_changed({"uom_id": False}, INFO)
