"""The demo's release holds what it promises."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ops.demo import release
from ops.demo.release import Expected
from schemas.bom import Bom
from schemas.product import Authority, Product
from tests.factories import profile


@pytest.fixture(scope="module")
def expected() -> Expected:
    return release.expected(profile())


def test_one_file_is_refused_and_says_where(expected: Expected) -> None:
    (error,) = expected.refused

    assert str(error).startswith("BD-1112.XML:9: is not well-formed XML")


def test_one_event_dead_letters(expected: Expected) -> None:
    (event,) = expected.dead

    assert (event.subject, event.data.transition.to_state) == ("BD-1125", "Quarantine")
    assert "BD-1125" not in expected.products


def test_every_component_becomes_a_product(expected: Expected) -> None:
    components = {line.number for bom in expected.boms.values() for line in bom.lines}

    assert components <= set(expected.products)
    assert len(expected.products) >= 40
    assert len(expected.boms) == 5


def test_what_has_an_export_of_its_own_is_authoritative(expected: Expected) -> None:
    roots = {number for number, data in expected.products.items() if data.authority is Authority.ROOT}
    names = {path.stem for path in release.exports()}

    assert roots == {name for name in names if len(name) == 7} - {"BD-1112", "BD-1125"}


def test_three_levels_hang_together(expected: Expected) -> None:
    def levels(number: str) -> int:
        bom = expected.boms.get(number)
        return 1 + max(levels(line.number) for line in bom.lines) if bom else 1

    assert levels("BD-1000") == 3
    assert {number for number, data in expected.products.items() if data.has_components} == set(expected.boms)


def test_a_part_released_again_ends_at_the_newer_revision(expected: Expected) -> None:
    assert expected.products["BD-1120"].item.revision == "B"


def test_units_agree_wherever_an_item_appears(expected: Expected) -> None:
    units = {
        (data.item.number, data.unit)
        for data in (e.data for e in expected.events)
        if isinstance(data, Product)
    }
    used = {
        (line.number, line.unit) for e in expected.events if isinstance(e.data, Bom) for line in e.data.lines
    }

    assert used <= units
    assert len(units) == len({number for number, _ in units})
    assert {unit for _, unit in units} == {"pcs", "m", "kg"}


def test_quantities_lost_their_noise(expected: Expected) -> None:
    quantities = {line.number: line.quantity for bom in expected.boms.values() for line in bom.lines}

    assert quantities["PU-0925"] == Decimal("0.053")
    assert quantities["PU-4120"] == Decimal("3.47")


def test_every_attached_file_is_there(expected: Expected) -> None:
    assert len(expected.attachments) == 2
    for data in expected.attachments.values():
        path = release.folder() / data.file.path.replace("\\", "/")
        content = path.read_bytes()
        assert content.startswith(b"%PDF-")
        assert content.endswith(b"%%EOF\n")
        assert len(content) < 5000


def test_the_machine_has_a_picture(expected: Expected) -> None:
    [(number, data)] = expected.pictures.items()
    content = (release.folder() / data.file.path).read_bytes()

    assert number == "BD-1000"
    assert content.startswith(b"\x89PNG")
    assert len(content) < 10_000
