"""Obsolete items: archived and brought back in the real Odoo, with a report of what still uses them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.odoo.connection import Connection
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.event import Event
from schemas.product import Authority
from schemas.profile import Profile
from schemas.sequence import from_version
from tests import factories
from tests.integration.carrier import Carrier, profile
from tests.integration.plant import Plant

pytestmark = pytest.mark.both_protocols

STATES = {"Released": "upsert", "Obsolete": "archive", "In Work": "ignore"}


class Item(Carrier):
    """One item, and what becomes of it."""

    rules: Profile = factories.profile(states=STATES)

    def at(self, version: int, state: str = "Released", **product: Any) -> Verdict:
        data = factories.product(
            item=factories.item(number=self.number),
            transition=factories.transition(to_state=state),
            **product,
        )
        return self.apply(self.rules, factories.event(data, sequence=from_version(version)))

    def active(self) -> list[bool]:
        """Return whether the template is active, and each of its variants."""
        rows = self.odoo.call(
            "product.product",
            "search_read",
            domain=[["default_code", "=", self.number]],
            fields=["active"],
            load=None,
        )
        return [*self.held("active"), *(row["active"] for row in rows)]


@pytest.fixture
def plant(administrator: Connection) -> Plant:
    return Plant(administrator)


@pytest.fixture
def item(carrier: Carrier) -> Item:
    return Item(carrier.odoo, carrier._schema)


def test_an_obsolete_item_is_archived_with_its_variant_and_comes_back_with_it(item: Item) -> None:
    item.at(1)
    assert item.at(2, "Obsolete") == Applied(Result.UPDATED, "archived")
    assert item.active() == [False, False]

    assert item.at(3) == Applied(Result.UPDATED, "taken out of the archive")
    assert item.active() == [True, True]


def test_what_still_uses_an_archived_product_is_told_and_it_is_archived_all_the_same(
    item: Item, plant: Plant
) -> None:
    item.at(1)
    part = item.number
    parents = [f"{part}-{letter}" for letter in "ABCDE"]
    boms = []
    for parent in parents:
        plant.product(parent)
        boms.append(plant.bom(parent, {part: 2}))
    plant.odoo.call("mrp.bom", "write", ids=[boms[0]], vals={"active": False})
    plant.stock(part, 12)
    needed = plant.manufacture(parents[1], 3, boms[1])
    made = plant.manufacture(part, 1)
    ordered = plant.purchase(part, 7)

    verdict = item.at(2, "Obsolete")

    assert verdict == Applied(
        Result.UPDATED,
        f"archived; still used: in 4 BOMs ({', '.join(parents[1:4])}, and 1 more), 12 Units in stock, "
        f"MO {made}, {needed}, PO {ordered}",
        warns=True,
    )
    assert item.active() == [False, False]


def test_an_unknown_obsolete_item_is_made_archived_and_a_late_release_is_stale(item: Item) -> None:
    assert item.at(2, "Obsolete") == Applied(Result.CREATED, "archived")
    assert item.active() == [False, False]

    assert item.at(1) == Applied(Result.STALE, f"Odoo holds sequence {from_version(2)}")
    assert item.active() == [False, False]

    assert item.at(3) == Applied(Result.UPDATED, "taken out of the archive")
    assert item.active() == [True, True]


def test_what_lies_in_the_archive_is_brought_up_to_date_on_its_way_in_and_out(item: Item) -> None:
    item.at(1, weight=Decimal(1))
    item.at(2, "Obsolete", name="Old unit", weight=Decimal(2))
    assert item.held("name", "default_code", "weight") == ["Old unit", item.number, 2.0]

    item.at(3, name="New unit", weight=Decimal(3))

    assert item.held("name", "default_code", "weight") == ["New unit", item.number, 3.0]
    assert item.at(3, name="New unit", weight=Decimal(3)) == Applied(Result.UNCHANGED)


def test_a_redelivery_writes_nothing_and_respects_who_changed_it_since(item: Item) -> None:
    item.at(1)
    item.at(2, "Obsolete")
    before = item.held("write_date")

    assert item.at(2, "Obsolete") == Applied(Result.UNCHANGED)
    assert item.held("write_date") == before

    [record] = item.held("id")
    item.odoo.call("product.template", "action_unarchive", ids=[record])
    assert item.at(2, "Obsolete") == Applied(
        Result.UNCHANGED, "not archived again: a person changed that in Odoo"
    )
    assert item.held("active") == [True]

    item.at(3)
    item.odoo.call("product.template", "action_archive", ids=[record])
    assert item.at(3) == Applied(Result.UNCHANGED, "left archived: a person changed that in Odoo")
    assert item.held("active") == [False]


def test_a_stub_that_becomes_obsolete_is_completed_and_archived(item: Item) -> None:
    sighting = factories.product(
        item=factories.item(number=item.number), name="Seen", authority=Authority.SIGHTING
    )
    item.apply(item.rules, factories.event(sighting, sequence=from_version(1)))

    assert item.at(2, "Obsolete") == Applied(Result.UPDATED, "archived")
    assert item.held("name") == ["Drive unit"]
    assert item.active() == [False, False]


def test_rules_for_the_variant_hold_in_the_archive_too(item: Item) -> None:
    item.rules = profile(
        "",
        states=STATES,
        models={"product.product": {"fields": {"standard_price": {"from": "Cost"}}}},
    )

    def cost() -> list[float]:
        rows = item.odoo.call(
            "product.product",
            "search_read",
            domain=[["default_code", "=", item.number]],
            fields=["standard_price"],
        )
        return [row["standard_price"] for row in rows]

    assert item.at(1, "Obsolete", attributes={"Cost": "4"}) == Applied(Result.CREATED, "archived")
    assert (item.active(), cost()) == ([False, False], [4.0])
    item.at(2, "Obsolete", attributes={"Cost": "5"})
    assert (item.active(), cost()) == ([False, False], [5.0])
    item.at(3, attributes={"Cost": "6"})
    assert (item.active(), cost()) == ([True, True], [6.0])


@pytest.mark.parametrize(
    ("guard", "verdict"),
    [
        (
            {"archive": False},
            Applied(Result.UNCHANGED, "not archived: the profile says archive = false"),
        ),
        ({"update": False}, Applied(Result.UNCHANGED)),
    ],
)
def test_a_guard_keeps_a_product_in_use(item: Item, guard: dict[str, bool], verdict: Applied) -> None:
    item.at(1)
    models = {
        "product.template": {**item.rules.models["product.template"].model_dump(by_alias=True), **guard}
    }
    item.rules = factories.profile(states=STATES, models=models)

    assert item.at(2, "Obsolete") == verdict
    assert item.active() == [True, True]


def test_a_batch_of_all_sorts_goes_each_its_way(item: Item, plant: Plant) -> None:
    numbers = [f"{item.number}-{letter}" for letter in "KLMNO"]

    def event(number: str, version: int, state: str = "Released", **product: Any) -> Event:
        data = factories.product(
            item=factories.item(number=number),
            transition=factories.transition(to_state=state),
            **product,
        )
        return factories.event(data, sequence=from_version(version))

    in_use, stays, back, never, sighted = numbers
    item.apply(item.rules, *(event(number, 1) for number in (in_use, stays, back)))
    item.apply(item.rules, event(back, 2, "Obsolete"))
    plant.stock(in_use, 1)

    handler = ProductHandler(item.odoo, item._schema, item.rules)
    verdicts = handler.apply(
        [
            event(in_use, 3, "Obsolete"),
            event(stays, 3, name="Renamed"),
            event(back, 3),
            event(never, 3, "Obsolete"),
            event(sighted, 3, "Obsolete", authority=Authority.SIGHTING),
        ]
    )

    assert [one.note for one in verdicts if isinstance(one, Applied)] == [
        "archived; still used: 1 Units in stock",
        "",
        "taken out of the archive",
        "archived",
        "state 'Obsolete' archives its own item, no component of it",
    ]
    rows = item.odoo.call(
        "product.product",
        "search_read",
        domain=[["default_code", "in", numbers]],
        fields=["default_code", "active"],
    )
    active = {row["default_code"]: row["active"] for row in rows}
    assert active == {in_use: False, stays: True, back: True, never: False}
