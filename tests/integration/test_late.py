"""A request that Odoo comes to late, after a retry and a newer event, undoes nothing of what was created."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied, Handler
from schemas.event import Event
from schemas.product import Authority
from tests import factories
from tests.unit.consumers.profiles import ruled

pytestmark = pytest.mark.both_protocols

RULES = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost" }')


class Remembering:
    """Passes calls on, and can make those that created records again."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo
        self._loads: list[tuple[str, dict[str, Any]]] = []

    def version(self) -> str:
        return self._odoo.version()

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        if method == "load":
            self._loads.append((model, arguments))
        return self._odoo.call(model, method, **arguments)

    def come_late(self) -> None:
        """Let Odoo work once more on every `load()` so far."""
        for model, arguments in self._loads:
            assert self._odoo.call(model, "load", **arguments)["ids"]


@pytest.fixture
def late(odoo: Odoo) -> Remembering:
    return Remembering(odoo)


def handlers(odoo: Odoo, schema: Schema) -> tuple[ProductHandler, BomHandler]:
    watched = Watched(odoo, schema)
    found = ProductHandler(watched, schema, RULES), BomHandler(watched, schema, UnitCache(watched), RULES)
    for handler in found:
        handler.prepare()
    return found


def apply(handler: Handler, *events: Event) -> None:
    for event in events:
        [verdict] = handler.apply([event])
        assert isinstance(verdict, Applied), verdict


def product(number: str, sequence: str, name: str, cost: str = "1", **overrides: object) -> Event:
    told = factories.product(
        item=factories.item(number=number), name=name, attributes={"Cost": cost}, **overrides
    )
    return factories.event(told, sequence=sequence)


def held(odoo: Odoo, model: str, event: Event, *fields: str) -> list[Any]:
    [row] = odoo.call(
        model, "search_read", domain=[[KEY, "=", event.key]], fields=[*fields], order="id", load=None
    )
    return [row[name] for name in fields]


def test_a_late_creation_of_a_product_changes_neither_its_content_nor_its_fence(
    odoo: Odoo, schema: Schema, late: Remembering
) -> None:
    products, _ = handlers(late, schema)
    seen = product("LATE-STUB", "3", "seen", authority=Authority.SIGHTING)
    whole = product("LATE-ROOT", "3", "old")
    apply(products, seen, whole)
    newer = [product(event.subject, "7", "new", "2") for event in (seen, whole)]
    apply(products, *newer)

    late.come_late()
    apply(products, *(product(event.subject, "5", "older", "9") for event in newer))

    for event in newer:
        assert held(odoo, "product.template", event, "name", SEQUENCE) == ["new", "7"]
        assert held(odoo, "product.product", event, "standard_price") == [2.0]


def test_a_late_creation_of_a_bom_leaves_it_in_use(odoo: Odoo, schema: Schema, late: Remembering) -> None:
    products, boms = handlers(late, schema)
    apply(products, *(product(number, "1", number) for number in ("LATE-TOP", "LATE-PART")))
    lines = [factories.bom_line(1, number="LATE-PART")]
    event = factories.event(factories.bom(item=factories.item(number="LATE-TOP"), lines=lines), sequence="1")
    apply(boms, event)

    late.come_late()

    assert held(odoo, "mrp.bom", event, "active", SEQUENCE) == [True, "1"]
    [lines_there] = held(odoo, "mrp.bom", event, "bom_line_ids")
    assert len(lines_there) == 1
