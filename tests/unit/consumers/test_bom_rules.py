"""What a profile can say of BOMs and their lines: each rule does what it says, and no more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.errors import ConflictError, MisconfiguredError, PermanentError
from consumers.odoo.doubts import AGAIN_AFTER
from consumers.odoo.own_fields import DIGEST, KEY, POSITION, SEQUENCE
from consumers.odoo.relations import Relations
from consumers.results import Applied, Result, Verdict
from consumers.work import isolated
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item, transition
from tests.unit.consumers.plm import BOM, LINE, Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import apply, only_bom, structure, works

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
HEADER, LINES = '[models."mrp.bom".fields]\n', '[models."mrp.bom.line".fields]\n'


@pytest.fixture
def odoo() -> Plm:
    return works()


def told(version: int = 1, *lines: dict[str, str], number: str = "A", **attributes: str) -> Event:
    """Return the BOM of A with lines of P, Q, R in turn, each with attributes of the vault."""
    rows = tuple(
        bom_line(place, number=part, quantity=Decimal(place), attributes=given)
        for place, (part, given) in enumerate(zip("PQR", lines or ({},), strict=False), 1)
    )
    data = bom(item=item(number=number), lines=rows, attributes=attributes)
    return event(data, sequence=from_version(version))


def refused(verdict: Verdict, reason: Reason) -> str:
    assert isinstance(verdict, PermanentError), verdict
    assert verdict.reason is reason
    return str(verdict)


def on_lines(odoo: Plm, name: str) -> list[Any]:
    return [line.get(name) for line in odoo.lines(only_bom(odoo)["id"])]


def test_a_mapped_field_of_the_bom_is_filled_compared_and_changed(odoo: Plm) -> None:
    rules = ruled(HEADER + 'produce_delay = { from = "Days" }')

    assert apply(odoo, told(Days="5"), rules=rules) == [CREATED]
    assert only_bom(odoo)["produce_delay"] == 5
    assert apply(odoo, told(2, Days="5.0"), rules=rules) == [UNCHANGED]
    assert apply(odoo, told(3), rules=rules) == [UNCHANGED]
    assert apply(odoo, told(4, Days="6"), rules=rules) == [UPDATED]
    assert (only_bom(odoo)["produce_delay"], only_bom(odoo)[SEQUENCE]) == (6, from_version(4))


def test_seeds_of_a_bom_are_written_when_it_is_built_and_never_again(odoo: Plm) -> None:
    rules = ruled(HEADER + 'type = { from = "Kind", map = { kit = "phantom" }, master = "seed" }')

    apply(odoo, told(Kind="Kit"), rules=rules)
    assert only_bom(odoo)["type"] == "phantom"

    assert apply(odoo, told(2, Kind="normal"), rules=rules) == [UNCHANGED]
    assert only_bom(odoo)["type"] == "phantom"


def test_a_related_record_of_the_bom_is_looked_up_once_for_the_batch(odoo: Plm) -> None:
    there = odoo.add("stock.picking.type", name="Workshop")
    rules = ruled(HEADER + 'picking_type_id = { from = "Shop" }')
    odoo.calls.clear()

    good, bad = apply(odoo, told(Shop="workshop"), told(number="Q", Shop="Elsewhere"), rules=rules)

    assert good == CREATED
    assert "no stock.picking.type has name 'Elsewhere'" in refused(bad, Reason.UNKNOWN_RECORD)
    assert only_bom(odoo)["picking_type_id"] == there


LINE_RULES = (
    LINES
    + 'x_note = { from = "Note" }\n'
    + 'operation_id = { from = "Step" }\n'
    + 'manual_consumption = { from = "Manual", master = "seed" }\n'
)


def test_mapped_fields_of_lines_are_filled_compared_and_changed_alone(odoo: Plm) -> None:
    rules = ruled(LINE_RULES)
    cut, weld = (odoo.add("mrp.routing.workcenter", name=name) for name in ("Cut", "Weld"))
    first = ({"Note": "left", "Step": "Cut", "Manual": "yes"}, {"Note": "right", "Step": "Weld"})

    assert apply(odoo, told(1, *first), rules=rules) == [CREATED]
    assert on_lines(odoo, "x_note") == ["left", "right"]
    assert on_lines(odoo, "operation_id") == [cut, weld]
    assert apply(odoo, told(1, *first), rules=rules) == [UNCHANGED]

    odoo.calls.clear()
    second = ({"Note": "left", "Step": "Weld", "Manual": "no"}, {"Note": "", "Step": "Weld"})
    assert apply(odoo, told(2, *second), rules=rules) == [UPDATED]

    assert on_lines(odoo, "operation_id") == [weld, weld]
    assert [note or "" for note in on_lines(odoo, "x_note")] == ["left", ""]
    assert on_lines(odoo, "manual_consumption")[0] is True, "a seed"
    [lines, header] = [call for call in odoo.calls if call.method == "web_save_multi"]
    assert (lines.model, lines.arguments["vals_list"]) == (LINE, [{"operation_id": weld}, {"x_note": ""}])
    # Manufacturing orders hear of it.
    assert header.arguments["vals_list"][0].keys() == {SEQUENCE, DIGEST, "product_qty"}


def test_a_line_that_comes_is_filled_and_one_that_stays_keeps_its_seed(odoo: Plm) -> None:
    rules = ruled(LINE_RULES)
    apply(odoo, told(1, {"Manual": "yes", "Note": "1"}), rules=rules)

    assert apply(
        odoo, told(2, {"Manual": "no", "Note": "1"}, {"Manual": "yes", "Note": "2"}), rules=rules
    ) == [UPDATED]

    assert on_lines(odoo, "manual_consumption") == [True, True]
    assert on_lines(odoo, "x_note") == ["1", "2"]


def test_a_value_that_does_not_fit_a_line_refuses_the_whole_bom_and_builds_nothing(odoo: Plm) -> None:
    [verdict] = apply(odoo, told(1, {"Manual": "perhaps"}), rules=ruled(LINE_RULES))

    assert "mrp.bom.line.manual_consumption" in refused(verdict, Reason.INVALID_VALUE)
    assert odoo.records(BOM) == []


def test_create_false_refuses_a_new_bom_and_changes_one_that_is_there(odoo: Plm) -> None:
    apply(odoo, structure("A"))
    rules = ruled('[models."mrp.bom"]\ncreate = false')

    there, new = apply(
        odoo, structure("A", 2, (("P", 9), ("Q", 1))), structure("P", 1, (("Q", 1),)), rules=rules
    )

    assert there == UPDATED
    refused(new, Reason.NOT_ALLOWED)
    assert len(odoo.records(BOM)) == 1


def test_update_false_builds_a_bom_and_leaves_one_that_is_there_alone_with_a_note(odoo: Plm) -> None:
    apply(odoo, structure("A"))
    before = odoo.records(BOM), odoo.records(LINE)
    rules = ruled('[models."mrp.bom"]\nupdate = false')

    there, new = apply(odoo, structure("A", 2, (("R", 9),)), structure("P", 1, (("Q", 1),)), rules=rules)

    assert there == Applied(Result.UNCHANGED, "the BOM differs, and the profile says update = false")
    assert new == CREATED
    assert (odoo.records(BOM)[:1], odoo.records(LINE)[:2]) == before


def test_update_false_completes_a_bom_that_an_attempt_left_half_built(odoo: Plm) -> None:
    half = odoo.add(BOM, product_tmpl_id=odoo.by_number("A")["id"], active=False, **{KEY: "Works.A"})

    assert apply(odoo, structure(), rules=ruled('[models."mrp.bom"]\nupdate = false')) == [CREATED]

    assert (only_bom(odoo)["id"], only_bom(odoo)["active"]) == (half, True)


@pytest.mark.parametrize("built", [False, True])
def test_create_false_for_lines_refuses_what_needs_one_before_anything_is_written(
    odoo: Plm, *, built: bool
) -> None:
    odoo.add_product("B")
    if built:
        apply(odoo, structure("A"))
    before = odoo.records(BOM), odoo.records(LINE)
    rules = ruled('[models."mrp.bom.line"]\ncreate = false')

    [verdict] = apply(odoo, structure("A", 2, (("P", 2), ("Q", 1), ("R", 1))), rules=rules)

    assert "create = false for mrp.bom.line" in refused(verdict, Reason.NOT_ALLOWED)
    assert (odoo.records(BOM), odoo.records(LINE)) == before


def test_update_false_for_lines_leaves_what_is_mapped_on_them_alone(odoo: Plm) -> None:
    apply(odoo, told(1, {"Note": "1"}), rules=ruled(LINE_RULES))
    rules = ruled(LINE_RULES + '[models."mrp.bom.line"]\nupdate = false')

    apply(odoo, told(2, {"Note": "2"}), rules=rules)

    assert on_lines(odoo, "x_note") == ["1"]


def test_after_a_conflict_related_records_are_looked_up_again(odoo: Plm) -> None:
    old = odoo.add("stock.picking.type", name="Workshop")
    handler = BomHandler(odoo, odoo.schema, odoo.cache, ruled(HEADER + 'picking_type_id = { from = "Shop" }'))
    handler.apply([told(Shop="Workshop")])
    del odoo._records["stock.picking.type"][old]
    new = odoo.add("stock.picking.type", name="Workshop")
    odoo.fail(ConflictError("a record it needs was deleted"))

    with pytest.raises(ConflictError):
        handler.apply([told(2, Shop="Workshop")])
    assert handler.apply([told(2, Shop="Workshop")]) == [UPDATED]

    assert only_bom(odoo)["picking_type_id"] == new


@pytest.mark.parametrize("state", ["Released", "Obsolete"])
def test_what_was_forgotten_while_it_was_needed_is_looked_up_at_once_again_also_for_the_archive(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    odoo.add("stock.picking.type", name="Workshop")
    rules = ruled(f'[states]\nObsolete = "archive"\n{HEADER}picking_type_id = {{ from = "Shop" }}')
    handler = BomHandler(odoo, odoo.schema, odoo.cache, rules)
    assert handler.apply([structure()]) == [CREATED]
    later = structure(
        version=2,
        lines=(("R", 9),),
        attributes={"Shop": "Workshop"},
        transition=transition(to_state=state),
    )
    known, busy = Relations.look_up, iter([True])

    def look_up(relations: Relations, *arguments: Any) -> None:
        known(relations, *arguments)
        if next(busy, False):
            relations._known.clear()  # as when other threads had need of the room

    monkeypatch.setattr(Relations, "look_up", look_up)

    note = "archived" if state == "Obsolete" else ""
    assert isolated([later], handler, lambda _: None) == [Applied(Result.UPDATED, note)]

    found = only_bom(odoo)
    assert odoo.components(found["id"]) == [(1, "R", 9.0)]
    assert (found["active"], found[SEQUENCE]) == (state == "Released", from_version(2))


def test_boms_are_split_by_company_too(odoo: Plm) -> None:
    north, south = (odoo.add("res.company", name=name) for name in ("North", "South"))
    rules = ruled('[company]\nfrom = "Plant"')

    verdicts = apply(
        odoo,
        told(Plant="North"),
        told(1, number="R", Plant="South"),
        told(1, number="Q", Plant="X"),
        rules=rules,
    )

    assert verdicts[:2] == [CREATED, Applied(Result.CREATED)]
    refused(verdicts[2], Reason.UNKNOWN_RECORD)
    loads = [call.context["allowed_company_ids"] for call in odoo.calls if call.method == "load"]
    assert loads == [[north], [south]]


@pytest.mark.parametrize(("model", "field"), [(BOM, "produce_delay"), (LINE, "x_note")])
def test_a_field_that_vanished_from_odoo_holds_the_consumer_and_names_it_until_it_is_back(
    odoo: Plm, model: str, field: str
) -> None:
    rules = ruled(LINE_RULES + HEADER + 'produce_delay = { from = "Days" }')
    handler = BomHandler(odoo, odoo.schema, odoo.cache, rules)
    handler.prepare()
    lost = odoo.fields[model].pop(field)
    odoo.schema.outdated()

    for attempt in (handler.prepare, lambda: handler.apply([told()])):
        with pytest.raises(MisconfiguredError, match=f"{model}.*{field}"):
            attempt()

    odoo.fields[model][field] = lost
    odoo.clock.pass_by(AGAIN_AFTER)
    assert handler.apply([told()]) == [CREATED]


def test_a_position_is_ours_whatever_is_mapped(odoo: Plm) -> None:
    apply(odoo, told(1, {"Note": "1"}, {"Note": "2"}), rules=ruled(LINE_RULES))

    assert on_lines(odoo, POSITION) == [1, 2]


def test_a_mapped_quantity_of_the_bom_wins_over_the_mark_for_manufacturing_orders(odoo: Plm) -> None:
    rules = ruled(HEADER + 'product_qty = { from = "Lot" }')
    part = bom_line(1, number="P", quantity=Decimal(2))
    apply(odoo, told(1, {}, Lot="1"), rules=rules)

    more = bom(item=item(number="A"), lines=(part,), attributes={"Lot": "10"})
    assert apply(odoo, event(more, sequence=from_version(2)), rules=rules) == [UPDATED]

    assert only_bom(odoo)["product_qty"] == 10.0
    assert on_lines(odoo, "product_qty") == [2.0]
