"""What the series of Odoo want differently."""

from __future__ import annotations

import pytest

from consumers.errors import MisconfiguredError
from consumers.odoo.capabilities import TABLE, bom_unit, capabilities
from consumers.odoo.own_fields import own_fields


@pytest.mark.parametrize(
    ("version", "series"),
    [
        ("16.0", 16),
        ("17.0", 17),
        ("saas~17.4", 17),
        ("18.0", 18),
        ("saas~18.4", 18),
        ("19.0", 19),
        ("19.2", 19),
    ],
)
def test_a_version_belongs_to_a_series(version: str, series: int) -> None:
    assert capabilities(version) is TABLE[series]


@pytest.mark.parametrize("version", ["15.0", "saas~14.3", "8.0", "", "master"])
def test_an_older_odoo_is_refused_by_name(version: str) -> None:
    with pytest.raises(MisconfiguredError, match=f"Odoo '{version}' is not supported; 16 to 19 are"):
        capabilities(version)


def test_a_newer_odoo_is_taken_for_the_newest_that_is_known() -> None:
    newer = capabilities("20.0")

    assert newer.series == 20
    assert newer.saves_many
    assert newer.documents == "product.document"


@pytest.mark.parametrize(
    ("series", "storable"),
    [
        (16, {"detailed_type": "product"}),
        (17, {"detailed_type": "product"}),
        (18, {"type": "consu", "is_storable": True}),
        (19, {"type": "consu", "is_storable": True}),
    ],
)
def test_each_series_has_its_own_way_to_keep_a_product_in_stock(
    series: int, storable: dict[str, object]
) -> None:
    assert TABLE[series].storable == storable


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"product_uom_id": 1, "product_qty": 1}, "product_uom_id"),
        ({"uom_id": 1, "product_qty": 1}, "uom_id"),
        ({"product_uom_id": 1, "uom_id": 1}, "product_uom_id"),
    ],
)
def test_the_unit_of_a_bom_is_found_by_its_field(fields: dict[str, int], name: str) -> None:
    assert bom_unit(fields) == name


def test_where_there_are_no_documents_our_fields_go_to_the_attachments() -> None:
    assert own_fields(TABLE[16]).keys() == {
        "product.template",
        "product.product",
        "mrp.bom",
        "ir.attachment",
        "mrp.bom.line",
        "mrp.bom.byproduct",
    }
    assert "ir.attachment" not in own_fields(TABLE[17])
