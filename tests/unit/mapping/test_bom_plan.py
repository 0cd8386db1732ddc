"""What to write for a structure: decided before anything is written, and refused where Odoo would err."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom import WantedLine
from consumers.mapping.bom_plan import BomRules, Known, Plan, plan
from consumers.mapping.rules import ModelMapping, compiled
from consumers.odoo.boms import HeldBom, HeldLine, Versions
from consumers.odoo.components import Component
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.own_fields import DIGEST, KEY, POSITION, REVISION, SEQUENCE
from consumers.odoo.units import Units
from consumers.results import Result
from schemas.bom import BomLine
from schemas.dead_letter import MAX_MESSAGE, Reason
from schemas.event import Event
from tests.factories import bom, bom_line, event, item, profile
from tests.unit.mapping.odoo_fields import Known as Linked

PIECES, KG, GRAMS = 1, 12, 13
UNITS = Units(
    ids={"units": [PIECES], "kg": [KG], "g": [GRAMS]},
    names={PIECES: "Units", KG: "kg", GRAMS: "g"},
    roots={PIECES: PIECES, KG: GRAMS, GRAMS: GRAMS},
)
PARTS = {
    "Works.A": [Component(product=101, template=1, unit=PIECES)],
    "Works.P": [Component(product=102, template=2, unit=PIECES)],
    "Works.K": [Component(product=103, template=3, unit=KG)],
    "Works.Two": [Component(104, 4, PIECES), Component(105, 4, PIECES)],
    "Works.New": [Component(106, 6, unit=4711)],
}

PROFILE = profile()
HEADER = ModelInfo("mrp.bom", {"code": FieldInfo("code", "char")})
RULES = BomRules(
    compiled(PROFILE, "mrp.bom", HEADER), ModelMapping("mrp.bom.line", ()), PROFILE, "product_uom_id"
)


def rounded(model: str, field: str, value: Decimal) -> float:
    assert (model, field) == ("mrp.bom.line", "product_qty")
    return float(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def structure(*lines: BomLine, number: str = "A") -> Event:
    return event(bom(item=item(number=number), lines=lines), sequence="2")


def planned(one: Event, held: HeldBom | None = None) -> Plan:
    return plan(one, Versions.of([held] if held else []), Known(PARTS, UNITS, rounded, RULES, Linked()))


def line(number: str = "P", quantity: str = "2", position: int = 1, **fields: Any) -> BomLine:
    return bom_line(position, number=number, quantity=Decimal(quantity), **fields)


def in_odoo(sequence: str = "1", quantity: float = 2.0, revision: str = "B") -> HeldBom:
    """Return the BOM of A with one line, as it was read."""
    header = {
        "code": revision,
        REVISION: revision,
        SEQUENCE: sequence,
        DIGEST: structure(line()).digest,
        "active": True,
        "product_tmpl_id": 1,
        "product_id": False,
        "product_uom_id": PIECES,
        "company_id": False,
        "product_qty": 1.0,
    }
    return HeldBom(7, sequence, header, (HeldLine(70, 1, 102, quantity, PIECES, {}),))


def test_a_new_bom_starts_inactive_and_is_completed_in_one_write_that_clears_lines_first() -> None:
    found = planned(structure(line(), line("K", "0.5", 2, unit="g")))

    assert found.row("pdm_odoo.bom.Works.A") == {
        "id": "pdm_odoo.bom.Works.A",
        KEY: "Works.A",
        "product_tmpl_id/.id": "1",
        "product_uom_id/.id": str(PIECES),
        "active": "0",
    }
    assert found.build() == {
        KEY: "Works.A",
        "code": "B",
        REVISION: "B",
        SEQUENCE: "2",
        DIGEST: found.event.digest,
        "active": True,
        "bom_line_ids": [
            [5, 0, 0],
            [0, 0, WantedLine(1, 102, 2.0, PIECES).values(RULES.line)],
            [0, 0, WantedLine(2, 103, 0.5, GRAMS).values(RULES.line)],
        ],
    }


@pytest.mark.parametrize(
    ("held", "new", "result", "header"),
    [
        (None, True, Result.CREATED, {"code", REVISION, SEQUENCE, DIGEST}),
        (in_odoo(sequence=""), True, Result.CREATED, {"code", REVISION, SEQUENCE, DIGEST}),
        (in_odoo(sequence="2"), False, Result.UNCHANGED, set()),
        (in_odoo(), False, Result.UNCHANGED, {SEQUENCE}),
        (in_odoo(revision="A"), False, Result.UPDATED, {"code", REVISION, SEQUENCE}),
        (in_odoo(quantity=3.0), False, Result.UPDATED, {SEQUENCE}),
    ],
)
def test_what_odoo_holds_decides_what_is_new_and_what_is_said(
    held: HeldBom | None, result: Result, header: set[str], *, new: bool
) -> None:
    found = planned(structure(line()), held)

    assert (found.new, found.verdict.result, set(found.header)) == (new, result, header)


def test_a_change_keeps_the_line_that_is_there() -> None:
    found = planned(structure(line(quantity="5"), line("K", position=2)), in_odoo())

    assert found.lines.updated == {70: {"product_qty": 5.0}}
    assert [(one["product_id"], one[POSITION]) for one in found.lines.created] == [(103, 2)]


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (structure(line("X")), "not in Odoo yet: 'X'"),
        (structure(line("X"), line("Y", position=2), line("X", position=3)), "not in Odoo yet: 'X', 'Y'"),
        (structure(line("X"), number="Z"), "not in Odoo yet: 'Z', 'X'"),
        (structure(line("O'Ring, 5")), 'not in Odoo yet: "O\'Ring, 5"'),
    ],
)
def test_parts_that_are_missing_are_quoted_once_each_the_assembly_first(one: Event, text: str) -> None:
    with pytest.raises(TransientError) as caught:
        planned(one)

    assert (caught.value.reason, str(caught.value)) == (Reason.MISSING_PRODUCT, text)


def test_an_assembly_that_has_its_bom_needs_no_product_of_its_own() -> None:
    assert planned(structure(line(), number="Z"), in_odoo()).target.template == 1


def test_thousands_of_missing_parts_are_not_all_named() -> None:
    with pytest.raises(TransientError) as caught:
        planned(structure(*(line(f"Grün-{place}", position=place) for place in range(1, 5001))))

    assert len(str(caught.value).encode()) <= MAX_MESSAGE
    assert str(caught.value).endswith(" more")


@pytest.mark.parametrize(
    ("bad", "reason", "says"),
    [
        (line("Two"), Reason.AMBIGUOUS_MATCH, "'Two' has 2 variants in Odoo"),
        (line("P", unit="kg"), Reason.UNIT_MISMATCH, "line 1: 'P' is held in Units in Odoo and cannot be"),
        (
            line("P", unit="stone"),
            Reason.UNKNOWN_UNIT,
            "line 1, unit of 'P': Odoo has no active unit 'stone'; map",
        ),
        (line("New", unit="stone"), Reason.UNKNOWN_UNIT, "line 1, unit of 'New': Odoo has no active unit"),
        (line("New", unit="kg"), Reason.UNIT_MISMATCH, "'New' is held in None in Odoo and cannot be"),
        (line("P", "0.004"), Reason.QUANTITY_TOO_SMALL, "line 1: 0.004 of 'P' rounds to zero"),
    ],
)
def test_a_line_that_odoo_would_get_wrong_is_refused_by_its_place(
    bad: BomLine, reason: Reason, says: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        planned(structure(bad))

    assert caught.value.reason is reason
    assert says in str(caught.value)
