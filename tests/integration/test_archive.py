"""Obsolete items: archived and brought back in the real Odoo, with a report of what still uses them."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.odoo.connection import Connection
from consumers.results import Applied, Result, Verdict
from schemas.profile import Profile
from schemas.sequence import from_version
from tests import factories
from tests.integration.carrier import Carrier
from tests.integration.plant import Plant

STATES = {"Released": "upsert", "Obsolete": "archive", "In Work": "ignore"}
OBSOLETE = factories.transition(to_state="Obsolete")
COST = '[models."product.product".fields]\nstandard_price = { from = "Cost" }\n'


@pytest.fixture(scope="module", params=["jsonrpc", "json2"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
