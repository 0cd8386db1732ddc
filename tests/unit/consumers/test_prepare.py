"""Before anything is taken from the queue: can Odoo be worked with, and are our fields there?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.errors import MisconfiguredError, UnavailableError
from consumers.lookup import LookupHandler
from consumers.odoo.own_fields import KEY, POSITION, SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Handler
from schemas.facts import DOCUMENT, VENDOR
from tests.factories import AT, profile
from tests.unit.consumers.deliveries import consumer_settings
from tests.unit.consumers.plm import BOM, LINE, TEMPLATE, VARIANT, Plm

SETTINGS = consumer_settings(attachment_roots=(Path("/vault"),))


def product(odoo: Plm) -> Handler:
    return ProductHandler(odoo, odoo.schema, profile())


def bom(odoo: Plm) -> Handler:
    return BomHandler(odoo, odoo.schema, odoo.cache, profile())


def attachment(odoo: Plm) -> Handler:
    return AttachmentHandler(odoo, odoo.schema, profile(), SETTINGS)


def lookup(odoo: Plm) -> Handler:
    return LookupHandler(odoo, odoo.schema, SETTINGS, lambda _: None, lambda: AT, lambda: "id-1")


def reads(*models: str) -> list[str]:
    """Return the calls that ask for the fields of `models`."""
    return [f"{model}.{method}" for model in models for method in ("fields_get", "default_get")]


CHECK, UNITS = "ir.module.module.search_read", "uom.uom"
CALLS: list[tuple[Callable[[Plm], Handler], list[str], list[str]]] = [
    (product, [CHECK, *reads(TEMPLATE, VARIANT, VENDOR, UNITS)], [CHECK]),
    (bom, [CHECK, *reads(BOM, LINE, VARIANT)], [CHECK]),
    (attachment, [CHECK, *reads(DOCUMENT, VARIANT)], [CHECK]),
    (lookup, ["res.users.context_get"], ["res.users.context_get"]),
]


@pytest.mark.parametrize(("make", "first", "again"), CALLS)
def test_each_preparation_asks_odoo_and_writes_nothing(
    make: Callable[[Plm], Handler], first: list[str], again: list[str]
) -> None:
    odoo = Plm()
    handler = make(odoo)

    handler.prepare()
    assert sorted(odoo.methods()) == sorted(first), "each once"

    odoo.calls.clear()
    handler.prepare()
    assert odoo.methods() == again


@pytest.mark.parametrize("make", [make for make, _, _ in CALLS])
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
    odoo.schema.outdated()

    with pytest.raises(MisconfiguredError, match=rf"{model} has no {field} .*run `pdm-odoo odoo setup`"):
        handler.prepare()

    odoo.fields[model][field] = lost
    handler.prepare()
