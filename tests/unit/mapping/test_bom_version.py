"""Which BOM an event is for: one table of what Odoo holds and what the event says."""

from __future__ import annotations

import pytest

from consumers.mapping.bom_version import target
from consumers.odoo.boms import HeldBom, Versions
from consumers.odoo.components import Component
from consumers.odoo.own_fields import REVISION
from schemas.event import Event
from schemas.profile import Revisions
from tests.factories import bom, event, item

OVERWRITE, NEW = Revisions.OVERWRITE, Revisions.NEW_VERSION
PARENT = Component(product=9, template=4, unit=1)


def held(number: int, sequence: str = "", revision: str | bool = "A", *, active: bool = True) -> HeldBom:
    header = {REVISION: revision, "active": active, "product_tmpl_id": 4, "product_id": False, "unit": 1}
    return HeldBom(number, sequence, header, ())


def told(sequence: str, revision: str) -> Event:
    return event(bom(item=item(revision=revision)), sequence=sequence)


A2, B5, HALF = held(1, "2", active=False), held(2, "5", "B"), held(3)
UNNAMED = held(1, "2", revision=False)


@pytest.mark.parametrize(
    ("boms", "revisions", "sequence", "revision", "to", "used", "retired", "version"),
    [
        ([], NEW, "1", "A", None, None, (), ""),
        ([HALF], NEW, "1", "A", HALF, None, (), ""),
        ([A2, B5], OVERWRITE, "6", "C", B5, B5, (), ""),
        ([A2, B5], NEW, "6", "B", B5, B5, (), ""),
        ([A2, B5], NEW, "6", "C", None, None, (2,), "version-6"),
        ([A2, B5, HALF], NEW, "6", "C", HALF, None, (2,), "version-6"),
        ([A2, B5, HALF], NEW, "6", "B", B5, B5, (3,), ""),
        ([A2, B5, held(3, active=False)], NEW, "6", "B", B5, B5, (), ""),
        ([HALF, held(4)], NEW, "1", "A", HALF, None, (4,), ""),
        ([B5, HALF, held(4)], NEW, "6", "C", HALF, None, (2, 4), "version-6"),
        ([A2, B5], NEW, "5", "C", B5, B5, (), ""),
        ([held(1, "2"), B5], NEW, "6", "C", None, None, (2, 1), "version-6"),
        ([held(1, "2"), B5], OVERWRITE, "6", "B", B5, B5, (1,), ""),
        ([held(1, "2"), B5], OVERWRITE, "5", "B", B5, B5, (1,), ""),
        ([held(1, "2"), B5], OVERWRITE, "4", "B", B5, B5, (), ""),
        ([A2], NEW, "3", "B", None, None, (), "version-3"),
        ([UNNAMED], NEW, "3", "", UNNAMED, UNNAMED, (), ""),
        ([A2], NEW, "3:1_a", "B", None, None, (), "version-3_3A1_5Fa"),
    ],
)
def test_what_is_written_to_and_what_goes(
    boms: list[HeldBom],
    revisions: Revisions,
    sequence: str,
    revision: str,
    to: HeldBom | None,
    used: HeldBom | None,
    retired: tuple[int, ...],
    version: str,
) -> None:
    found = target(told(sequence, revision), Versions.of(boms), revisions, PARENT, "unit", may=True)

    assert (found.held, found.retired, found.version) == (to, retired, version)
    assert found.used == used
    assert (found.template, found.unit) == (4, 1)


def test_a_profile_that_leaves_boms_alone_makes_no_version() -> None:
    found = target(told("6", "C"), Versions.of([held(1, "2"), B5]), NEW, None, "unit", may=False)

    assert (found.held, found.retired) == (B5, ())


def test_the_current_bom_has_the_highest_sequence_and_of_equal_ones_is_the_oldest() -> None:
    found = Versions.of([held(3, "5"), held(1, "2"), held(2, "5"), HALF])

    assert found.current
    assert found.half
    assert (found.current.id, found.half.id, [one.id for one in found.older]) == (2, 3, [3, 1])
    assert (found.sequence, Versions.of([HALF]).sequence) == ("5", "")


def test_boms_made_by_hand_beside_the_first_are_told() -> None:
    parent = Component(product=9, template=4, unit=1, boms=(7, 8))

    found = target(told("1", "A"), Versions(), OVERWRITE, parent, "unit", may=True)

    assert found.note.startswith("the product has 2 other BOMs in use")
