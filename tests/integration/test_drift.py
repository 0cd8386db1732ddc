"""Odoo loses a field that the profile names: the consumer concerned holds and says so, no message dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from consumers import worker
from consumers.odoo import doubts
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from ops.consume import Wiring
from schemas.event import Event
from schemas.kinds import Consumer
from schemas.lookup import LookupRequest
from tests import factories
from tests.integration.carrier import profile
from tests.integration.records import add_field
from tests.pipeline import running

FIELD = "x_material"


def event(number: str, sequence: int, material: str) -> Event:
    data = factories.product(item=factories.item(number=number), attributes={"Material": material})
    return factories.event(data, sequence=f"{sequence:020}")


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_a_field_that_vanishes_holds_its_consumer_until_it_is_back(
    wiring: Wiring,
    administrator: Connection,
    odoo: Odoo,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(worker, "PAUSE_FOR_A_PERSON", 0.3)
    # The schema is read anew once a minute, which is as long as a pipeline is waited for here.
    monkeypatch.setattr(doubts, "AGAIN_AFTER", 3.0)
    found = add_field(administrator, "product.template", FIELD)
    rules = profile(f'{FIELD} = {{ from = "Material" }}')

    with running(replace(wiring, profile=rules)) as pipeline:
        pipeline.publish([event("DRIFT-1", 1, "steel")])
        pipeline.wait_for(1)
        administrator.call("ir.model.fields", "unlink", ids=[found])
        pipeline.publish([event(f"DRIFT-{index}", 2, "brass") for index in range(1, 6)])
        held = {"consumer": Consumer.PRODUCT.value}
        until(lambda: pipeline.registry.get_sample_value("pdm_odoo_held", held) == 1)
        # Whoever does not need the field goes on.
        request = LookupRequest(name="units", model="uom.uom", fields=("name",))
        pipeline.publish([factories.event(request)])
        assert pipeline.wait_for(2)["dead_letter"] == 0
        said = f"product.template.{FIELD}: Odoo has no field '{FIELD}'"
        until(lambda: said in capfd.readouterr().err)
        add_field(administrator, "product.template", FIELD)
        results = pipeline.wait_for(7)

    assert results["dead_letter"] == 0
    rows = odoo.call(
        "product.template", "search_read", domain=[["default_code", "like", "DRIFT-"]], fields=[FIELD]
    )
    assert [row[FIELD] for row in rows] == ["brass"] * 5
