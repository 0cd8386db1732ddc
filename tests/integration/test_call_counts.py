"""What a batch costs: calls to Odoo, counted at the transport."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry

from consumers.bom import BomHandler
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.event import Event
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from tests import factories
from tests.integration.transport import Counting

pytestmark = pytest.mark.both_protocols


@dataclass
class Counted:
    """Handlers on a connection that counts; login, fields and units are known already."""

    transport: Counting
    products: ProductHandler
    boms: BomHandler

    def calls(self, handler: ProductHandler | BomHandler, events: list[Event], result: Result) -> int:
        before = self.transport.requests
        verdicts: list[Verdict] = handler.apply(events)
        assert {verdict.result if isinstance(verdict, Applied) else verdict for verdict in verdicts} == {
            result
        }
        return self.transport.requests - before


@pytest.fixture(scope="module")
def counted(odoo_settings: OdooSettings) -> Iterator[Counted]:
    transport = Counting()
    with connect(odoo_settings, Metrics(CollectorRegistry()), transport=transport) as connection:
        schema, profile = Schema(connection), factories.profile()
        odoo = Watched(connection, schema)
        handlers = Counted(
            transport,
            ProductHandler(odoo, schema, profile),
            BomHandler(odoo, schema, UnitCache(odoo), profile),
        )
        handlers.products.prepare()
        handlers.boms.prepare()
        handlers.products.apply([product("WARM-UP")])
        handlers.boms.apply([bom("NOTHING", ["NOWHERE"])])
        yield handlers


def product(number: str, sequence: str = "1", **overrides: object) -> Event:
    data = factories.product(item=factories.item(number=number), **overrides)
    return factories.event(data, sequence=sequence)


def bom(number: str, components: list[str], sequence: str = "1", quantity: str = "2") -> Event:
    lines = [
        factories.bom_line(position, number=component, quantity=quantity)
        for position, component in enumerate(components, 1)
    ]
    return factories.event(factories.bom(item=factories.item(number=number), lines=lines), sequence=sequence)


def one_more(event: Event) -> Event:
    """The next revision of a BOM, with one more of its first component."""
    first, *others = event.data.lines
    lines = (first.model_copy(update={"quantity": first.quantity + 1}), *others)
    return factories.event(event.data.model_copy(update={"lines": lines}), sequence="2")


def test_a_hundred_products_cost_four_calls_when_new_one_when_unchanged_two_when_changed(
    counted: Counted,
) -> None:
    events = [product(f"C-{index}") for index in range(100)]

    assert counted.calls(counted.products, events, Result.CREATED) <= 4
    assert counted.calls(counted.products, events, Result.UNCHANGED) == 1

    renamed = [product(f"C-{index}", "2", name=f"Renamed {index}") for index in range(100)]
    assert counted.calls(counted.products, renamed, Result.UPDATED) == 2
    assert counted.calls(counted.products, events, Result.STALE) == 1


def test_twenty_boms_of_fifty_lines_cost_four_calls_when_new_one_when_unchanged_three_when_quantities_change(
    counted: Counted,
) -> None:
    components = [f"B-{index}" for index in range(50)]
    parents = [f"A-{index}" for index in range(20)]
    counted.products.apply([product(number) for number in (*components, *parents)])
    events = [bom(parent, components) for parent in parents]

    assert counted.calls(counted.boms, events, Result.CREATED) == 4
    assert counted.calls(counted.boms, events, Result.UNCHANGED) == 1

    more = [one_more(event) for event in events]
    assert counted.calls(counted.boms, more, Result.UPDATED) == 3
    assert counted.calls(counted.boms, events, Result.STALE) == 1

    fewer = [bom(parent, components[1:], "3") for parent in parents]
    assert counted.calls(counted.boms, fewer, Result.UPDATED) == 2
