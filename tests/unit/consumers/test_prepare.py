"""Before anything is taken from the queue: can Odoo be worked with, and are our fields there?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.errors import MisconfiguredError, UnavailableError
from consumers.lookup import LookupHandler
from consumers.odoo.schema import KEY, POSITION, SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Handler
from tests.factories import AT
from tests.unit.consumers.deliveries import consumer_settings
from tests.unit.consumers.plm import BOM, LINE, TEMPLATE, Plm

DOCUMENT = "product.document"
SETTINGS = consumer_settings(attachment_roots=(Path("/vault"),))


def product(odoo: Plm) -> Handler:
    return ProductHandler(odoo, odoo.schema, odoo.cache, SETTINGS)


def bom(odoo: Plm) -> Handler:
    return BomHandler(odoo, odoo.schema, odoo.cache, SETTINGS)


def attachment(odoo: Plm) -> Handler:
    return AttachmentHandler(odoo, odoo.schema, SETTINGS)


def lookup(odoo: Plm) -> Handler:
    return LookupHandler(odoo, SETTINGS, lambda _: None, lambda: AT, lambda: "id-1")


CALLS: list[tuple[Callable[[Plm], Handler], list[str]]] = [
    (product, [f"{TEMPLATE}.fields_get"]),
    (bom, [f"{BOM}.fields_get", f"{LINE}.fields_get"]),
    (attachment, [f"{DOCUMENT}.fields_get"]),
    (lookup, ["res.users.context_get"]),
]


@pytest.mark.parametrize(("make", "calls"), CALLS)
def test_each_preparation_asks_odoo_and_writes_nothing(
    make: Callable[[Plm], Handler], calls: list[str]
) -> None:
    odoo = Plm()
    handler = make(odoo)

    handler.prepare()
    handler.prepare()

    assert odoo.methods() == calls * 2


@pytest.mark.parametrize("make", [make for make, _ in CALLS])
def test_when_odoo_is_away_nobody_is_prepared(make: Callable[[Plm], Handler]) -> None:
    odoo = Plm()
    odoo.fail(UnavailableError("connection refused"))
    handler = make(odoo)

    with pytest.raises(UnavailableError, match="connection refused"):
        handler.prepare()

    handler.prepare()


@pytest.mark.parametrize(
    ("make", "model", "field"),
    [
        (product, TEMPLATE, KEY),
        (product, TEMPLATE, SEQUENCE),
        (bom, BOM, KEY),
        (bom, LINE, POSITION),
        (attachment, DOCUMENT, KEY),
    ],
)
def test_fields_that_were_lost_since_are_missed_and_setup_is_named(
    make: Callable[[Plm], Handler], model: str, field: str
) -> None:
    odoo = Plm()
    handler = make(odoo)
    handler.prepare()
    lost = odoo.fields[model].pop(field)

    with pytest.raises(MisconfiguredError, match=rf"{model} has no {field} .*run `pdm-odoo odoo setup`"):
        handler.prepare()

    odoo.fields[model][field] = lost
    handler.prepare()
