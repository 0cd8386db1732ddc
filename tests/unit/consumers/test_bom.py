"""The BOM consumer: one structure becomes one BOM, whole or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumers.errors import AmbiguousError, PermanentError, TransientError
from consumers.odoo.own_fields import DIGEST, KEY, POSITION, SEQUENCE
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item, transition
from tests.unit.consumers.plm import BOM, LINE, Plm
from tests.unit.consumers.structures import apply, built, only_bom, result, structure, works


@pytest.fixture
def odoo() -> Plm:
    return works()


def test_a_structure_becomes_an_active_bom_with_all_its_lines(odoo: Plm) -> None:
    assert result(odoo, structure(version=3)) is Result.CREATED

    found = only_bom(odoo)
    assert (found["active"], found["code"], found[KEY]) == (True, "B", "Works.A")
    assert found[SEQUENCE] == from_version(3)
    assert found["product_tmpl_id"] == odoo.by_number("A")["id"]
    assert odoo.components(found["id"]) == [(1, "P", 2.0), (2, "Q", 1.0)]


def test_new_structures_cost_four_calls_however_many(odoo: Plm) -> None:
    for number in range(20):
        odoo.add_product(f"A-{number}")

    apply(odoo, *(structure(f"A-{number}") for number in range(20)))

    assert len(odoo.records(BOM)) == 20
    assert odoo.methods() == [
        "mrp.bom.web_search_read",
        "product.product.search_read",
        "mrp.bom.load",
        "mrp.bom.web_save_multi",
    ]


def test_an_unchanged_structure_costs_one_call_and_no_write(odoo: Plm) -> None:
    built(odoo)

    assert result(odoo, structure()) is Result.UNCHANGED
    assert odoo.methods() == ["mrp.bom.web_search_read"]


def test_a_bom_that_an_attempt_left_half_built_is_completed(odoo: Plm) -> None:
    template = odoo.by_number("A")["id"]
    half = odoo.add(BOM, product_tmpl_id=template, active=False, **{KEY: "Works.A"})
    odoo.add(LINE, bom_id=half, product_id=_variant(odoo, "R"), product_qty=9.0, **{POSITION: 1})

    assert result(odoo, structure()) is Result.CREATED

    assert (only_bom(odoo)["id"], only_bom(odoo)["active"]) == (half, True)
    assert odoo.components(half) == [(1, "P", 2.0), (2, "Q", 1.0)]


@pytest.mark.parametrize("method", ["web_search_read", "search_read", "load", "web_save_multi"])
def test_a_reply_that_was_lost_doubles_neither_bom_nor_line_and_shows_no_half_of_it(
    odoo: Plm, method: str
) -> None:
    odoo.lose_reply(method)
    with pytest.raises(AmbiguousError):
        apply(odoo, structure())
    assert all(len(odoo.lines(found["id"])) == 2 for found in odoo.records(BOM) if found["active"])

    apply(odoo, structure())

    assert only_bom(odoo)["active"]
    assert odoo.components(only_bom(odoo)["id"]) == [(1, "P", 2.0), (2, "Q", 1.0)]


def test_an_older_structure_is_stale(odoo: Plm) -> None:
    number = built(odoo, version=5)

    [verdict] = apply(odoo, structure(version=4, lines=(("R", 9),)))

    assert verdict == Applied(Result.STALE, f"Odoo holds sequence {from_version(5)}")
    assert odoo.components(number) == [(1, "P", 2.0), (2, "Q", 1.0)]


def test_a_quantity_alone_writes_the_line_and_then_tells_the_bom(odoo: Plm) -> None:
    number = built(odoo)

    assert result(odoo, structure(version=2, lines=(("P", 3), ("Q", 1)))) is Result.UPDATED

    assert odoo.components(number) == [(1, "P", 3.0), (2, "Q", 1.0)]
    assert odoo.methods() == [
        "mrp.bom.web_search_read",
        "mrp.bom.line.web_save_multi",
        "mrp.bom.web_save_multi",
    ]
    assert odoo.calls[1].arguments["vals_list"] == [{"product_qty": 3.0}]
    # Odoo tells running manufacturing orders only when this field is written.
    assert odoo.calls[2].arguments["vals_list"][0].keys() == {"product_qty", SEQUENCE, DIGEST}


def test_a_change_of_components_goes_through_the_bom_where_odoo_checks_for_cycles(odoo: Plm) -> None:
    number = built(odoo)

    assert result(odoo, structure(version=2, lines=(("P", 2), ("R", 4)))) is Result.UPDATED

    assert odoo.components(number) == [(1, "P", 2.0), (2, "R", 4.0)]
    assert "mrp.bom.line.web_save_multi" not in odoo.methods()


def test_a_line_that_manufacturing_added_stays(odoo: Plm) -> None:
    number = built(odoo)
    odoo.add(LINE, bom_id=number, product_id=_variant(odoo, "R"), product_qty=0.5, product_uom_id=1)

    assert result(odoo, structure()) is Result.UNCHANGED
    assert result(odoo, structure(version=2, lines=(("Q", 7),))) is Result.UPDATED
    assert odoo.components(number) == [(0, "R", 0.5), (1, "Q", 7.0)]


def test_a_component_may_occur_twice(odoo: Plm) -> None:
    number = built(odoo, lines=(("P", 1), ("P", 2)))

    assert odoo.components(number) == [(1, "P", 1.0), (2, "P", 2.0)]
    assert result(odoo, structure(lines=(("P", 1), ("P", 2)))) is Result.UNCHANGED


def test_components_that_are_not_there_yet_are_named_and_waited_for(odoo: Plm) -> None:
    bad, good = apply(
        odoo,
        structure("A", lines=(("X", 1), ("P", 1), ("Y", 1), ("X", 2))),
        structure("P", lines=(("Q", 1),)),
    )

    assert isinstance(bad, TransientError)
    assert bad.reason is Reason.MISSING_PRODUCT
    assert str(bad) == "not in Odoo yet: 'X', 'Y'"
    assert good == Applied(Result.CREATED)


def test_an_assembly_that_is_not_there_yet_is_named_first(odoo: Plm) -> None:
    [verdict] = apply(odoo, structure("Z", lines=(("X", 1),)))

    assert str(verdict) == "not in Odoo yet: 'Z', 'X'"
    assert odoo.records(BOM) == []


def test_a_component_with_several_variants_is_refused(odoo: Plm) -> None:
    odoo.add_variant(odoo.by_number("P")["id"])

    [verdict] = apply(odoo, structure())

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.AMBIGUOUS_MATCH
    assert str(verdict).startswith("'P' has 2 variants in Odoo")


def test_an_assembly_with_several_variants_is_refused(odoo: Plm) -> None:
    odoo.add_variant(odoo.by_number("A")["id"])

    [verdict] = apply(odoo, structure())

    assert isinstance(verdict, PermanentError)
    assert str(verdict).startswith("'A' has 2 variants in Odoo")


def in_unit(unit: str | None, quantity: str = "2") -> Event:
    line = bom_line(1, number="P", quantity=Decimal(quantity), unit=unit)
    return event(bom(item=item(number="A"), lines=(line,)), sequence=from_version(1))


def test_a_line_without_unit_is_counted_in_the_components_own(odoo: Plm) -> None:
    apply(odoo, in_unit(None))

    assert [line["product_uom_id"] for line in odoo.records(LINE)] == [odoo.units["Units"]]


def test_a_line_may_be_counted_in_another_unit_of_the_same_kind() -> None:
    odoo = Plm()
    odoo.add_product("A")
    odoo.add_product("P", uom_id=odoo.units["kg"])

    assert result(odoo, in_unit("g", "250")) is Result.CREATED
    [line] = odoo.records(LINE)
    assert (line["product_qty"], line["product_uom_id"]) == (250.0, odoo.units["g"])


def test_a_line_in_a_unit_of_another_kind_is_refused(odoo: Plm) -> None:
    [verdict] = apply(odoo, in_unit("kg"))

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.UNIT_MISMATCH
    assert str(verdict) == "line 1: 'P' is held in Units in Odoo and cannot be counted in kg"
    assert odoo.records(BOM) == []


def test_an_unknown_unit_is_refused(odoo: Plm) -> None:
    [verdict] = apply(odoo, in_unit("stone"))

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.UNKNOWN_UNIT


@pytest.mark.parametrize(("quantity", "stored"), [("0.005", 0.01), ("1.005", 1.01), ("2.004", 2.0)])
def test_a_quantity_is_rounded_as_odoo_will_store_it(odoo: Plm, quantity: str, stored: float) -> None:
    number = built(odoo, lines=(("P", float(quantity)),))

    assert odoo.components(number) == [(1, "P", stored)]
    assert result(odoo, structure(lines=(("P", float(quantity)),))) is Result.UNCHANGED


def test_a_quantity_that_rounds_to_zero_is_refused_with_the_remedy(odoo: Plm) -> None:
    bad, good = apply(odoo, structure(lines=(("P", 0.004),)), structure("P", lines=(("Q", 1),)))

    assert isinstance(bad, PermanentError)
    assert bad.reason is Reason.QUANTITY_TOO_SMALL
    assert str(bad).startswith("line 1: 0.004 of 'P' rounds to zero; raise the digits of 'Product Unit'")
    assert good == Applied(Result.CREATED)


def test_ignored_states_change_nothing(odoo: Plm) -> None:
    number = built(odoo)

    [verdict] = apply(
        odoo, structure(version=2, lines=(("R", 1),), transition=transition(to_state="In Work"))
    )

    assert verdict == Applied(Result.UNCHANGED, "state 'In Work' is ignored", supersedes=False)
    assert odoo.components(number) == [(1, "P", 2.0), (2, "Q", 1.0)]


def test_all_sorts_in_one_batch_have_their_own_verdicts_in_order(odoo: Plm) -> None:
    built(odoo)
    odoo.add_product("B")

    verdicts = apply(odoo, structure("B"), structure(), structure("Z"), structure("P", lines=(("Q", 1),)))

    kinds = [verdict.result if isinstance(verdict, Applied) else verdict.reason for verdict in verdicts]
    assert kinds == [Result.CREATED, Result.UNCHANGED, Reason.MISSING_PRODUCT, Result.CREATED]


def _variant(odoo: Plm, number: str) -> int:
    [found] = [record["id"] for record in odoo.records("product.product") if record["default_code"] == number]
    variant: int = found
    return variant
