"""What one event says, or leaves open, changes nothing for the others of its batch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import profile
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, Plm

KINDS: dict[str, tuple[Event, dict[str, Any]]] = {
    "KG": (seen("KG", unit="kg", weight=Decimal("1.5")), {"uom_id": "kg", "weight": 1.5}),
    "NONE": (seen("NONE", unit=None), {"uom_id": "Units", "weight": 0.0}),
    "BLANK": (seen("BLANK", unit=""), {"uom_id": "Units", "weight": 0.0}),
    "HEAVY": (seen("HEAVY", unit=None, weight=Decimal(7)), {"uom_id": "Units", "weight": 7.0}),
    "STUB": (sighting("STUB", unit=None), {"uom_id": "Units", "weight": 0.0}),
    "METRE": (sighting("METRE", unit="m"), {"uom_id": "m", "weight": 0.0}),
}
"""Number → its event, and what has to be in Odoo then."""


def results(odoo: Plm, events: Sequence[Event]) -> list[Result]:
    verdicts = ProductHandler(odoo, odoo.schema, profile()).apply(events)
    assert all(isinstance(verdict, Applied) for verdict in verdicts), verdicts
    return [verdict.result for verdict in verdicts if isinstance(verdict, Applied)]


def held(odoo: Plm, number: str) -> dict[str, Any]:
    record = odoo.by_number(number)
    names = {unit: name for name, unit in odoo.units.items()}
    return {"uom_id": names[record["uom_id"]], "weight": record.get("weight") or 0.0}


@pytest.mark.parametrize("numbers", list(itertools.permutations(KINDS, 2)), ids="-".join)
def test_any_two_are_created_each_with_its_own_unit_and_weight(odoo: Plm, numbers: tuple[str, ...]) -> None:
    assert results(odoo, [KINDS[number][0] for number in numbers]) == [Result.CREATED] * 2

    assert [held(odoo, number) for number in numbers] == [KINDS[number][1] for number in numbers]


def test_all_of_them_cost_one_call_per_question_and_one_per_set_of_columns(odoo: Plm) -> None:
    assert results(odoo, [one for one, _ in KINDS.values()]) == [Result.CREATED] * len(KINDS)

    assert odoo.methods() == [
        "product.template.search_read",
        "product.product.search_read",
        "uom.uom.search_read",
        *["product.template.load"] * 4,
        "product.template.search_read",
    ]
    assert {number: held(odoo, number) for number in KINDS} == {
        number: expected for number, (_, expected) in KINDS.items()
    }


def test_a_root_and_a_stub_of_one_batch_have_a_fence_and_none(odoo: Plm) -> None:
    results(odoo, [seen("ROOT", 3), sighting("STUB", 9)])

    fences = [
        (record[KEY], record[SEQUENCE], record[REVISION], record["name"]) for record in odoo.records(TEMPLATE)
    ]
    assert fences == [
        ("Works.ROOT", from_version(3), "B", "Drive unit"),
        ("Works.STUB", False, False, "Drive unit"),
    ]


@pytest.mark.parametrize("other", ["KG", "METRE"])
def test_an_event_leaves_the_same_record_alone_or_beside_others(other: str) -> None:
    alone, beside = Plm(), Plm()

    results(alone, [KINDS["NONE"][0]])
    results(beside, [KINDS[other][0], KINDS["NONE"][0]])

    ignored = {"id": 0, "weight": 0.0}
    assert held(alone, "NONE") == held(beside, "NONE")
    assert alone.by_number("NONE") | ignored == beside.by_number("NONE") | ignored


def test_a_new_item_without_unit_has_the_one_that_odoo_would_give_it(odoo: Plm) -> None:
    odoo.defaults[TEMPLATE] = {"uom_id": odoo.units["m"]}
    odoo.schema.refresh()

    results(odoo, [seen("A", unit=None), seen("B", unit="kg")])

    assert (held(odoo, "A")["uom_id"], held(odoo, "B")["uom_id"]) == ("m", "kg")


def test_what_an_event_leaves_open_is_not_emptied_in_a_product_in_use(odoo: Plm) -> None:
    odoo.add_product("A", weight=4.0, uom_id=odoo.units["kg"])

    assert results(odoo, [seen("A", unit=None), seen("NEW")]) == [Result.UPDATED, Result.CREATED]

    assert held(odoo, "A") == {"uom_id": "kg", "weight": 4.0}
