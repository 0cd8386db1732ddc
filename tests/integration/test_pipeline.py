"""The main job, end to end: a release goes through RabbitMQ and is in Odoo, once."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, POSITION, REVISION
from ops.consume import Wiring
from ops.demo.release import Expected, expected
from schemas.kinds import Consumer
from tests.factories import profile
from tests.pipeline import running

MODELS = ("product.template", "product.product", "mrp.bom", "mrp.bom.line", "product.document")


@pytest.fixture
def release(wiring: Wiring) -> Expected:
    return expected(profile())


def write_dates(odoo: Connection) -> dict[tuple[str, int], str]:
    """Every record's write date, by model and id."""
    return {
        (model, row["id"]): row["write_date"]
        for model in MODELS
        for row in odoo.call(model, "search_read", domain=[], fields=["write_date"])
    }


def test_a_release_published_three_times_shuffled_with_duplicates_is_in_odoo_once(
    wiring: Wiring, release: Expected, odoo: Connection
) -> None:
    chance = random.Random(20)
    total = 0
    with running(wiring) as pipeline:
        for round_number in range(3):
            events = list(release.events) + chance.choices(release.events, k=20)
            chance.shuffle(events)
            before = write_dates(odoo)
            pipeline.publish(events)
            total += len(events)
            results = pipeline.wait_for(total)
            if round_number == 2:
                assert before == write_dates(odoo), "the last round wrote to Odoo"
        deaths = {name: len(pipeline.dead_letters(name)) for name in Consumer}

    assert_products(odoo, release)
    assert_boms(odoo, release)
    assert_documents(odoo, release)
    assert_pictures(odoo, release)
    assert results["dead_letter"] == sum(deaths.values())
    assert deaths[Consumer.PRODUCT] >= 3


def assert_products(odoo: Connection, release: Expected) -> None:
    rows = odoo.call(
        "product.template",
        "search_read",
        domain=[[KEY, "!=", False]],
        fields=["default_code", "name", REVISION],
    )
    assert max(Counter(row["default_code"] for row in rows).values()) == 1
    held = {row["default_code"]: (row["name"], row[REVISION] or "") for row in rows}
    wanted = {
        number: (product.name or number, product.item.revision if product.rank else "")
        for number, product in release.products.items()
    }
    assert wanted == held


def assert_boms(odoo: Connection, release: Expected) -> None:
    boms = odoo.call(
        "mrp.bom", "search_read", domain=[[KEY, "!=", False]], fields=["product_tmpl_id", "active"]
    )
    lines = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[],
        fields=["bom_id", "product_id", "product_qty", POSITION],
        load=None,
    )
    numbers = {
        row["id"]: row["default_code"]
        for row in odoo.call("product.product", "search_read", domain=[], fields=["default_code"])
    }
    templates = {
        row["id"]: row["default_code"]
        for row in odoo.call("product.template", "search_read", domain=[], fields=["default_code"])
    }
    assert all(bom["active"] for bom in boms)
    assert len({bom["product_tmpl_id"][0] for bom in boms}) == len(boms)
    held = {
        templates[bom["product_tmpl_id"][0]]: sorted(
            (line[POSITION], numbers[line["product_id"]], line["product_qty"])
            for line in lines
            if line["bom_id"] == bom["id"]
        )
        for bom in boms
    }
    wanted = {
        number: sorted((line.position, line.number, round(float(line.quantity), 2)) for line in bom.lines)
        for number, bom in release.boms.items()
    }
    assert wanted == held


def assert_documents(odoo: Connection, release: Expected) -> None:
    rows = odoo.call("product.document", "search_read", domain=[[KEY, "!=", False]], fields=["name", KEY])
    assert len(rows) == len({row[KEY] for row in rows}) == len(release.attachments)


def assert_pictures(odoo: Connection, release: Expected) -> None:
    rows = odoo.call(
        "product.template", "search_read", domain=[["image_128", "!=", False]], fields=["default_code"]
    )
    assert {row["default_code"] for row in rows} == set(release.pictures)
