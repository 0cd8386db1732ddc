"""The picture of a product in the real Odoo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.odoo.connection import Connection
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.integration.documents import Works, add_product
from tests.pictures import png

pytestmark = pytest.mark.both_protocols

READ, WRITTEN = "product.template.search_read", "product.template.web_save_multi"
ROLE = "Preview File"


@pytest.fixture
def works(odoo: Connection, tmp_path: Path, request: pytest.FixtureRequest) -> Works:
    found = Works(odoo, tmp_path, f"PIC {request.node.name[:80]}")
    found.write("a.png", png(600, 400, 10))
    found.write("b.png", png(600, 400, 200))
    return found


def shot(works: Works, version: int = 1, path: str = "a.png", **more: Any) -> Event:
    return works.event(version, path, ROLE, **more)


def held(works: Works) -> dict[str, Any]:
    """Return what Odoo says of the picture: its sizes instead of its bytes."""
    [record] = works.odoo.call(
        "product.template",
        "search_read",
        domain=[["id", "=", works.product]],
        fields=["image_1920", "image_128", "x_pdm_preview", "write_date"],
        context={"bin_size": True},
    )
    return dict(record)


def test_the_product_has_its_picture_in_every_size_and_no_document(works: Works) -> None:
    sha1 = works.write("a.png", png(600, 400))

    assert works.results(shot(works, 3)) == [Result.UPDATED]

    assert works.odoo.calls == [READ, WRITTEN]
    record = held(works)
    assert record["image_1920"]
    assert record["image_128"]
    assert record["image_1920"] != record["image_128"]
    assert record["x_pdm_preview"] == f"{from_version(3)} {sha1}"
    assert works.documents() == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_redelivery_is_one_read_and_no_write(works: Works, announced: bool) -> None:
    sha1 = works.write("a.png", png(600, 400))
    again = shot(works, sha1=sha1) if announced else shot(works)
    works.apply(again)
    before = held(works)

    assert works.results(again) == [Result.UNCHANGED]

    assert works.odoo.calls == [READ]
    assert held(works) == before


def test_a_picture_that_odoo_shrinks_converges(works: Works) -> None:
    works.write("large.png", png(3000, 2000))

    assert works.results(shot(works, path="large.png")) == [Result.UPDATED]
    before = held(works)
    assert works.results(shot(works, path="large.png")) == [Result.UNCHANGED]

    assert works.odoo.calls == [READ]
    assert held(works) == before
    assert before["image_128"]


def test_a_newer_picture_replaces_it_and_an_older_one_is_stale(works: Works) -> None:
    works.apply(shot(works, 2, "a.png"))
    before = held(works)

    assert works.results(shot(works, 3, "b.png")) == [Result.UPDATED]
    after = held(works)
    assert after["x_pdm_preview"] != before["x_pdm_preview"]

    assert works.results(shot(works, 1, "a.png")) == [Result.STALE]
    assert held(works) == after


def test_a_picture_that_a_person_chose_or_removed_stays(works: Works) -> None:
    works.apply(shot(works))
    works.odoo.call("product.template", "write", ids=[works.product], vals={"image_1920": False})

    assert works.results(shot(works)) == [Result.UNCHANGED]
    assert works.results(shot(works, 2)) == [Result.UNCHANGED]
    assert not held(works)["image_1920"]

    assert works.results(shot(works, 3, "b.png")) == [Result.UPDATED]
    assert held(works)["image_128"]


def test_an_archived_item_keeps_its_picture_and_what_is_older_is_stale(works: Works) -> None:
    works.apply(shot(works))

    assert works.results(shot(works, 3, "gone.png", state="Obsolete")) == [Result.UNCHANGED]
    assert works.results(shot(works, 2, "b.png")) == [Result.STALE]
    assert held(works)["image_128"]


def test_an_archived_product_gets_its_picture_too(works: Works) -> None:
    works.odoo.call("product.template", "write", ids=[works.product], vals={"active": False})

    assert works.results(shot(works)) == [Result.UPDATED]


def test_no_picture_harms_the_others_of_its_batch(works: Works) -> None:
    works.write("text.png", b"no picture")

    bad, good = works.apply(shot(works, path="text.png"), works.event(1))

    assert isinstance(bad, PermanentError)
    assert bad.reason is Reason.INVALID_VALUE
    assert good == Applied(Result.CREATED)


@pytest.mark.parametrize(("width", "height"), [(10_000, 6_000), (20_000, 10_000)])
def test_a_picture_that_odoo_finds_too_large_is_refused_for_good(
    works: Works, width: int, height: int
) -> None:
    works.write("huge.png", png(width, height))

    [refused] = works.apply(shot(works, path="huge.png"))

    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.REFUSED_BY_ODOO
    assert re.search(r"(?i)image.*size", str(refused))
    assert not held(works)["image_1920"]


def test_ten_pictures_go_in_one_call(works: Works, odoo: Connection) -> None:
    first, number = works.number, works.number
    events = []
    for place in range(12):
        works.number = f"{number} {place}"
        add_product(odoo, works.number)
        events.append(shot(works))
    works.number = first

    assert works.results(*events) == [Result.UPDATED] * 12
    assert works.odoo.calls == [READ, WRITTEN, WRITTEN]
    assert works.results(*events) == [Result.UNCHANGED] * 12
    assert works.odoo.calls == [READ]
