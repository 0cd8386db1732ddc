"""What a profile says of structures, in the real Odoo: duplicates, scrap, by-products, stubs, unreleased."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from tests.integration.assemblies import Assemblies, standing
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
Line = tuple[str, float, dict[str, Any]]


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return standing(odoo, schema, "A", "P", "Q", "R")


def held(works: Assemblies, model: str = "mrp.bom.line") -> list[tuple[str, float]]:
    return works.lines(works.bom("A")["id"], model)


def refused(works: Assemblies, verdict: Verdict, kind: type[Exception], reason: Reason) -> str:
    assert isinstance(verdict, kind), verdict
    assert isinstance(verdict, PermanentError | TransientError)
    assert verdict.reason is reason
    return str(verdict).replace(f"{works.prefix}-", "")


def note(works: Assemblies, verdict: Verdict) -> str:
    assert isinstance(verdict, Applied), verdict
    return verdict.note.replace(f"{works.prefix}-", "")


def with_attributes(component: str, quantity: float, **attributes: str) -> Line:
    return (component, quantity, {"attributes": attributes})


TWICE: list[Line] = [("P", 1.5, {}), ("Q", 1, {}), ("P", 2, {}), ("P", 0.004, {}), ("P", 0.004, {})]


def test_lines_that_differ_in_their_quantity_alone_are_merged_and_then_rounded(works: Assemblies) -> None:
    works.policy = {"duplicates": "merge"}

    assert works.one("A", 1, TWICE) == CREATED
    assert held(works) == [("P", 3.51), ("Q", 1.0)]
    assert works.one("A", 1, TWICE) == UNCHANGED
    assert works.one("A", 2, TWICE[:3]) == UPDATED
    assert held(works) == [("P", 3.5), ("Q", 1.0)]


def test_without_merging_they_are_told_apart_by_position(works: Assemblies) -> None:
    assert works.one("A", 1, TWICE[:3]) == CREATED

    assert held(works) == [("P", 1.5), ("Q", 1.0), ("P", 2.0)]


def test_scrap_is_added_before_rounding_and_told(works: Assemblies) -> None:
    works.policy = {"scrap": "Scrap"}
    lines = [
        with_attributes("P", 10, Scrap="7.5"),
        with_attributes("Q", 2, Scrap=" 0.3 %"),
        with_attributes("R", 1, Scrap=""),
    ]

    assert works.one("A", 1, lines) == Applied(Result.CREATED, "the quantities of 2 lines include scrap")
    assert held(works) == [("P", 10.75), ("Q", 2.01), ("R", 1.0)]


def test_scrap_is_told_of_the_lines_that_are_left_after_merging(works: Assemblies) -> None:
    works.policy = {"scrap": "Scrap", "duplicates": "merge"}
    lines = [
        with_attributes("P", 1, Scrap="10"),
        with_attributes("P", 2, Scrap="10"),
        with_attributes("Q", 3),
        with_attributes("Q", 1, Scrap="5"),
    ]

    assert works.one("A", 1, lines) == Applied(Result.CREATED, "the quantities of 2 lines include scrap")
    assert held(works) == [("P", 3.3), ("Q", 4.05)]


@pytest.mark.parametrize("wrong", ["many", "-1", "7,5", "1001"])
def test_a_scrap_that_is_no_percentage_is_refused_by_line_attribute_and_value(
    works: Assemblies, wrong: str
) -> None:
    works.policy = {"scrap": "Scrap"}

    verdict = works.one("A", 1, [("P", 1, {}), with_attributes("Q", 1, Scrap=wrong)])

    text = refused(works, verdict, PermanentError, Reason.INVALID_VALUE)
    assert text.startswith(f"line 2: Scrap {wrong!r} of 'Q' is no scrap in percent")
    assert works.boms("A") == []


def test_byproducts_come_change_and_go_and_those_of_manufacturing_stay(
    works: Assemblies, administrator: Connection
) -> None:
    works.policy = {"byproducts": [{"from": "BOM", "when": "by-product*"}]}
    chips = with_attributes("Q", 0.5, BOM="By-Product")

    assert works.one("A", 1, [("P", 1, {}), chips]) == CREATED
    assert (held(works), held(works, "mrp.bom.byproduct")) == ([("P", 1.0)], [("Q", 0.5)])
    bom = works.bom("A")["id"]
    own = {"bom_id": bom, "product_id": works.variant("R")["id"], "product_qty": 3.0, "sequence": 99}
    administrator.call("mrp.bom.byproduct", "create", vals_list=[own])
    before = works.bom("A")

    assert works.one("A", 1, [("P", 1, {}), chips]) == UNCHANGED
    assert works.bom("A") == before
    assert works.telling.calls == ["mrp.bom.web_search_read"]

    more = with_attributes("Q", 0.75, BOM="by-product, small")
    assert works.one("A", 2, [("P", 1, {}), more]) == UPDATED
    assert held(works, "mrp.bom.byproduct") == [("Q", 0.75), ("R", 3.0)]

    assert works.one("A", 3, [("P", 1, {}), ("Q", 1, {})]) == UPDATED
    assert (held(works), held(works, "mrp.bom.byproduct")) == ([("P", 1.0), ("Q", 1.0)], [("R", 3.0)])


def test_a_bom_made_by_hand_is_left_alone_and_told(works: Assemblies, administrator: Connection) -> None:
    template = works.variant("A")["product_tmpl_id"]
    add(administrator, "mrp.bom", product_tmpl_id=template, code="by hand")
    add(administrator, "mrp.bom", product_tmpl_id=template, code="old", active=False)

    said = note(works, works.one("A", 1, {"P": 1}))

    assert said == "the product has 1 other BOMs in use, and Odoo takes the first by its sequence"
    assert [one["code"] for one in works.boms("A")] == ["by hand", "old", "A"]
    assert works.telling.calls[-2:] == ["mrp.bom.load", "mrp.bom.web_save_multi"]


def test_kits_are_an_ordinary_rule(works: Assemblies) -> None:
    kind = {"from": "Kit", "map": {"yes": "phantom"}, "default": "normal"}
    works.models = {"mrp.bom": {"fields": {"type": kind}}}

    assert works.one("A", 1, {"P": 1}, attributes={"Kit": "yes"}) == CREATED
    assert works.bom("A")["type"] == "phantom"
    assert works.one("A", 2, {"P": 1}, attributes={"Kit": ""}) == UPDATED
    assert works.bom("A")["type"] == "normal"


def test_what_manufacturing_hung_on_a_bom_survives_a_change_of_its_structure(
    works: Assemblies, administrator: Connection
) -> None:
    works.one("A", 1, {"P": 1, "Q": 1})
    bom = works.bom("A")["id"]
    center = add(administrator, "mrp.workcenter", name=unique("Bench"))
    step = add(administrator, "mrp.routing.workcenter", name="Assemble", bom_id=bom, workcenter_id=center)
    [first, _] = works.bom("A")["bom_line_ids"]
    administrator.call("mrp.bom.line", "write", ids=[first], vals={"operation_id": step})
    line = {"bom_id": bom, "product_id": works.variant("R")["id"], "product_qty": 7.0, "operation_id": step}
    extra = add(administrator, "mrp.bom.line", **line)

    assert works.one("A", 2, [("Q", 2, {}), ("X-NO", 1, {})]) != UPDATED
    assert works.one("A", 3, [("R", 2, {}), ("P", 5, {})]) == UPDATED

    rows = administrator.call(
        "mrp.bom.line",
        "search_read",
        domain=[["bom_id", "=", bom]],
        fields=["product_qty", "operation_id", "x_pdm_position"],
        order="id",
        load=None,
    )
    assert {row["id"]: (row["product_qty"], row["operation_id"]) for row in rows if row["operation_id"]} == {
        first: (5.0, step),
        extra: (7.0, step),
    }
    assert sorted((row["x_pdm_position"], row["product_qty"]) for row in rows) == [
        (0, 7.0),
        (1, 2.0),
        (2, 5.0),
    ]


def test_a_quantity_that_rounds_to_zero_is_refused_and_another_unit_is_kept(
    works: Assemblies, administrator: Connection
) -> None:
    lines: list[Line] = [("P", 2, {"unit": "Dozens"}), ("Q", 0.004, {})]
    verdict = works.one("A", 1, lines)
    text = refused(works, verdict, PermanentError, Reason.UNKNOWN_UNIT)
    assert text.startswith("line 1, unit of 'P': Odoo has no active unit 'Dozens'")
    assert text.endswith("; map it in [units] of the profile, or create the unit in Odoo")
    dozens = administrator.call(
        "uom.uom", "search", domain=[["name", "=", "Dozens"]], context={"active_test": False}
    )
    administrator.call("uom.uom", "write", ids=dozens, vals={"active": True})
    works.units._units = None

    assert refused(works, works.one("A", 1, lines), PermanentError, Reason.QUANTITY_TOO_SMALL)
    assert works.one("A", 1, lines[:1]) == CREATED
    assert works.one("A", 1, lines[:1]) == UNCHANGED
    kilograms = works.one("A", 2, [("P", 2, {"unit": "kg"})])
    assert refused(works, kilograms, PermanentError, Reason.UNIT_MISMATCH)
