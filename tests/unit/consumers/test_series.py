"""The consumers on Odoo 16 to 19, by recorded shapes: the same events, each Odoo's own fields and calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.odoo.capabilities import SHOWN_ON_BOMS
from consumers.odoo.own_fields import KEY
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.event import Event
from tests import factories
from tests.series import become
from tests.unit.consumers.deliveries import consumer_settings
from tests.unit.consumers.plm import BOM, TEMPLATE, Plm
from tests.unit.consumers.profiles import ruled

SERIES = [16, 17, 18, 19]
each_series = pytest.mark.parametrize("series", SERIES)


def odoo_of(series: int) -> Plm:
    odoo = Plm()
    if series < 19:
        become(odoo, series)
        for name, category in (("Units", 1), ("kg", 2), ("g", 2), ("m", 3)):
            odoo._records["uom.uom"][odoo.units[name]]["category_id"] = category
    return odoo


def results(verdicts: list[Verdict]) -> list[Any]:
    return [verdict.result if isinstance(verdict, Applied) else verdict for verdict in verdicts]


def product(number: str, sequence: str = "1", **overrides: Any) -> Event:
    return factories.event(
        factories.product(item=factories.item(number=number), **overrides), sequence=sequence
    )


def bom(number: str, quantity: str, sequence: str = "1") -> Event:
    line = factories.bom_line(1, number="WHEEL", quantity=quantity)
    data = factories.bom(item=factories.item(number=number), lines=[line])
    return factories.event(data, sequence=sequence)


@each_series
def test_products_are_created_storable_and_changed_by_what_differs(series: int) -> None:
    odoo = odoo_of(series)
    handler = ProductHandler(odoo, odoo.schema, factories.profile())
    handler.prepare()

    created = handler.apply([product("CART"), product("WHEEL")])
    changed = handler.apply([product("CART", "2", name="Other"), product("WHEEL", "2", name="Other")])

    assert results(created) == [Result.CREATED] * 2
    assert results(changed) == [Result.UPDATED] * 2
    cart = odoo.by_number("CART")
    assert cart["name"] == "Other"
    if series < 18:
        assert cart["detailed_type"] == "product"
        assert "is_storable" not in cart
    else:
        assert (cart["type"], cart["is_storable"]) == ("consu", True)
    assert ("product.template.web_save_multi" in odoo.methods()) == (series == 19)


@each_series
def test_boms_are_built_and_their_quantities_changed(series: int) -> None:
    odoo = odoo_of(series)
    for number in ("CART", "WHEEL"):
        odoo.add_product(number)
    handler = BomHandler(odoo, odoo.schema, odoo.cache, factories.profile())
    handler.prepare()

    outcome = [
        *handler.apply([bom("CART", "4")]),
        *handler.apply([bom("CART", "4")]),
        *handler.apply([bom("CART", "6", "2")]),
    ]

    assert results(outcome) == [Result.CREATED, Result.UNCHANGED, Result.UPDATED]
    [held] = odoo.records(BOM)
    assert odoo.components(held["id"]) == [(1, "WHEEL", 6.0)]


@pytest.mark.parametrize(
    ("series", "model", "shown"),
    [
        (16, "ir.attachment", None),
        (17, "product.document", None),
        (18, "product.document", "bom"),
        (19, "product.document", "bom"),
    ],
)
def test_a_file_becomes_what_this_odoo_shows_at_a_product(
    series: int, model: str, shown: str | None, tmp_path: Path
) -> None:
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings/BD-1000_B.pdf").write_bytes(b"%PDF-1")
    odoo = odoo_of(series)
    odoo.add_product("BD-1000")
    settings = consumer_settings(attachment_roots=(tmp_path,))
    handler = AttachmentHandler(odoo, odoo.schema, factories.profile(), settings, factories.later)
    event = factories.event(factories.attachment(item=factories.item(number="BD-1000")))
    handler.prepare()

    assert results(handler.apply([event])) == [Result.CREATED]
    assert results(handler.apply([event])) == [Result.UNCHANGED]

    [document] = odoo.records(model)
    assert (document[KEY], document["res_model"]) == (event.key, TEMPLATE)
    assert document.get(SHOWN_ON_BOMS) == shown


def test_where_files_cannot_be_archived_the_state_says_so_and_the_file_is_kept_up_to_date(
    tmp_path: Path,
) -> None:
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings/BD-1000_B.pdf").write_bytes(b"%PDF-1")
    odoo = odoo_of(16)
    odoo.add_product("BD-1000")
    settings = consumer_settings(attachment_roots=(tmp_path,))
    profile = ruled('[states]\nReleased = "archive"\n')
    handler = AttachmentHandler(odoo, odoo.schema, profile, settings, factories.later)
    event = factories.event(factories.attachment(item=factories.item(number="BD-1000")))
    handler.prepare()
    note = "not archived: the attachments of this Odoo cannot be"

    assert handler.apply([event]) == [Applied(Result.CREATED, note)]
    assert handler.apply([event]) == [Applied(Result.UNCHANGED, note)]

    [document] = odoo.records("ir.attachment")
    assert document["checksum"]
