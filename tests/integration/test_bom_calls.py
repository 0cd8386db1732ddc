"""What large structures cost: calls to Odoo, and which of them write."""

from __future__ import annotations

import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result
from tests.integration.assemblies import Assemblies

pytestmark = pytest.mark.both_protocols

READ = "mrp.bom.web_search_read"


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return Assemblies(odoo, schema)


def parts(works: Assemblies, count: int) -> dict[str, float]:
    names = [f"P{place}" for place in range(count)]
    for start in range(0, count, 100):
        works.products(*names[start : start + 100])
    return dict.fromkeys(names, 1.0)


def test_one_quantity_of_a_thousand_lines_costs_three_calls_and_no_structural_write(
    works: Assemblies,
) -> None:
    works.products("A")
    lines = parts(works, 1000)
    works.one("A", 1, lines)
    before = works.bom("A")["bom_line_ids"]

    assert works.one("A", 2, lines | {"P500": 2.0}) == Applied(Result.UPDATED)

    assert works.telling.calls == [READ, "mrp.bom.line.web_save_multi", "mrp.bom.web_save_multi"]
    found = works.bom("A")
    assert found["bom_line_ids"] == before
    assert works.lines(found["id"])[500] == ("P500", 2.0)
    assert works.one("A", 2, lines | {"P500": 2.0}) == Applied(Result.UNCHANGED)
    assert works.telling.calls == [READ]


def test_fifty_unchanged_boms_of_fifty_lines_cost_one_call_and_no_write(works: Assemblies) -> None:
    names = [f"A{place}" for place in range(50)]
    works.products(*names)
    lines = parts(works, 50)
    events = [works.structure(name, 1, lines) for name in names]
    works.apply(*events)
    before = [works.bom(name)["write_date"] for name in names]

    assert works.apply(*events) == [Applied(Result.UNCHANGED)] * 50

    assert works.telling.calls == [READ]
    assert [works.bom(name)["write_date"] for name in names] == before


def test_new_versions_cost_what_new_boms_cost(works: Assemblies) -> None:
    works.policy = {"revisions": "new_version"}
    names = [f"A{place}" for place in range(20)]
    works.products(*names)
    lines = parts(works, 50)
    works.apply(*(works.structure(name, 1, lines) for name in names))

    more = [works.structure(name, 2, lines | {"P7": 3.0}, revision="B") for name in names]
    verdicts = works.apply(*more)

    assert {one.result for one in verdicts if isinstance(one, Applied)} == {Result.CREATED}
    assert works.telling.calls == [READ, "mrp.bom.load", "mrp.bom.web_save_multi"]
    assert works.apply(*more) == [Applied(Result.UNCHANGED)] * 20
    assert works.telling.calls == [READ]
