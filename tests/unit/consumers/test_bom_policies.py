"""Policies of structures on a fake Odoo: what an older series is asked, and what is not asked at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.errors import MisconfiguredError, PermanentError, TransientError
from consumers.odoo.companies import Tree, read
from consumers.odoo.own_fields import KEY, POSITION, SEQUENCE
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.facts import BYPRODUCT
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item
from tests.series import become
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import apply, only_bom, structure, works

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
CHIPS = ruled('[bom]\nbyproducts = [{ from = "BOM", when = "chips" }]')


@pytest.fixture
def odoo() -> Plm:
    return works()


def series_16() -> Plm:
    odoo = works()
    become(odoo, 16)
    for name, unit in odoo.units.items():
        odoo._records["uom.uom"][unit]["category_id"] = 1 if name == "Units" else 2
    odoo.schema.outdated()
    return odoo


def with_chips(version: int, quantity: str) -> Event:
    lines = (
        bom_line(1, number="P", quantity=Decimal(2)),
        bom_line(2, number="Q", quantity=Decimal(quantity), attributes={"BOM": "chips"}),
    )
    return event(bom(item=item(number="A"), lines=lines), sequence=from_version(version))


def byproducts(odoo: Plm) -> list[tuple[int, float]]:
    return [(line.get(POSITION, 0), line["product_qty"]) for line in odoo.records(BYPRODUCT)]


@pytest.mark.parametrize("make", [works, series_16])
def test_byproducts_are_read_compared_and_written_on_any_series(make: object) -> None:
    odoo = works() if make is works else series_16()

    assert apply(odoo, with_chips(1, "0.5"), rules=CHIPS) == [CREATED]
    assert odoo.components(only_bom(odoo)["id"]) == [(1, "P", 2.0)]
    assert byproducts(odoo) == [(2, 0.5)]
    assert apply(odoo, with_chips(1, "0.5"), rules=CHIPS) == [UNCHANGED]
    assert apply(odoo, with_chips(2, "0.75"), rules=CHIPS) == [UPDATED]
    assert byproducts(odoo) == [(2, 0.75)]


def test_without_such_a_policy_byproducts_are_not_even_read(odoo: Plm) -> None:
    del odoo.fields[BYPRODUCT]
    del odoo.fields["mrp.bom"]["byproduct_ids"]

    assert apply(odoo, with_chips(1, "0.5")) == [CREATED]


def test_a_database_that_setup_has_not_seen_since_holds_the_consumer(odoo: Plm) -> None:
    del odoo.fields[BYPRODUCT][POSITION]

    with pytest.raises(MisconfiguredError, match=r"mrp.bom.byproduct has no x_pdm_position.*odoo setup"):
        BomHandler(odoo, odoo.schema, odoo.cache, CHIPS).prepare()


def error(verdict: Verdict) -> PermanentError | TransientError:
    assert isinstance(verdict, PermanentError | TransientError), verdict
    return verdict


def test_a_cycle_through_boms_of_odoo_16_is_found_level_by_level() -> None:
    odoo = series_16()
    for number in "BCD":
        odoo.add_product(number)
    for above, below in ("AB", "BC", "CD"):
        apply(odoo, structure(above, lines=((below, 1),)))

    bad, good = apply(odoo, structure("D", lines=(("A", 1),)), structure("R", lines=(("P", 1),)))

    assert error(bad).reason is Reason.CYCLE
    assert str(bad).startswith("D → A → B → C → D; ")
    assert good == CREATED


@pytest.mark.parametrize("make", [works, series_16])
def test_a_cycle_that_a_later_event_unties_is_tried_again(make: object) -> None:
    odoo = works() if make is works else series_16()
    apply(odoo, structure("P", 1, (("R", 1),)))
    apply(odoo, structure("A", 1, (("P", 1),)))
    moved = structure("P", 3, (("A", 1),))

    [early] = apply(odoo, moved)
    assert isinstance(early, TransientError)
    assert str(early).startswith("P → A → P; ")
    assert apply(odoo, structure("A", 2, (("Q", 1),)), moved) == [UPDATED, UPDATED]


@pytest.mark.parametrize("make", [works, series_16])
def test_a_cycle_through_a_bom_that_people_made_is_refused_at_once(make: object) -> None:
    odoo = works() if make is works else series_16()
    parts = {one["default_code"]: one for one in odoo.records("product.product")}
    own = odoo.add("mrp.bom", product_tmpl_id=parts["A"]["product_tmpl_id"], product_uom_id=1)
    odoo.add("mrp.bom.line", bom_id=own, product_id=parts["P"]["id"], product_qty=1.0)

    [verdict] = apply(odoo, structure("P", lines=(("A", 1),)))

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.CYCLE


@pytest.mark.parametrize("make", [works, series_16])
def test_a_bom_of_one_variant_alone_is_left_to_odoos_own_check(make: object) -> None:
    odoo = works() if make is works else series_16()
    parts = {one["default_code"]: one for one in odoo.records("product.product")}
    made = parts["A"]
    own = odoo.add(
        "mrp.bom", product_tmpl_id=made["product_tmpl_id"], product_id=made["id"], product_uom_id=1
    )
    odoo.add("mrp.bom.line", bom_id=own, product_id=parts["R"]["id"], product_qty=1.0)

    assert apply(odoo, structure("R", lines=(("A", 1),))) == [CREATED]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("lines", [(("P", 9.0),), (("Q", 9.0),)])
def test_a_bom_that_odoo_refuses_is_refused_alone_and_nothing_is_read_again(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch, lines: tuple[tuple[str, float], ...], *, there: bool
) -> None:
    numbers = [f"N-{place}" for place in range(5)]
    for number in numbers:
        odoo.add_product(number)
    if there:
        apply(odoo, *(structure(number, 1, (("P", 1.0),)) for number in numbers))
    odoo.calls.clear()
    known = odoo.call

    def call(model: str, method: str, **arguments: Any) -> Any:
        if "web_save" in method and "9.0" in str(arguments):
            raise PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses this one")
        return known(model, method, **arguments)

    events = [structure(number, 2, (("P", 2.0),)) for number in numbers]
    events[3] = structure(numbers[3], 2, lines)
    with monkeypatch.context() as patch:
        patch.setattr(odoo, "call", call)
        verdicts = apply(odoo, *events)

    refusal = verdicts.pop(3)
    assert isinstance(refusal, PermanentError)
    assert str(refusal) == "Odoo refuses this one"
    assert verdicts == [UPDATED if there else CREATED] * 4
    assert odoo.methods().count("mrp.bom.web_search_read") == 1
    open_fence = from_version(1) if there else False
    held = {one[KEY]: one.get(SEQUENCE) or False for one in odoo.records("mrp.bom")}
    assert held == {f"Works.{number}": from_version(2) for number in numbers} | {"Works.N-3": open_fence}
    assert apply(odoo, events[3])[0] in {UPDATED, CREATED}


def test_companies_cost_nothing_where_products_have_none(odoo: Plm) -> None:
    apply(odoo, structure())

    assert "res.company.search_read" not in odoo.methods()
    assert "mrp.bom.default_get" not in odoo.methods()


def test_a_product_of_another_company_refuses_its_bom_alone(odoo: Plm) -> None:
    north, south = (odoo.add("res.company", name=name) for name in ("North", "South"))
    odoo.defaults["mrp.bom"]["company_id"] = north
    odoo._records[TEMPLATE][odoo.by_number("Q")["id"]]["company_id"] = south
    odoo._records[TEMPLATE][odoo.by_number("P")["id"]]["company_id"] = north

    bad, good = apply(odoo, structure("A"), structure("R", lines=(("P", 1),)))

    assert error(bad).reason is Reason.COMPANY_MISMATCH
    assert str(bad).startswith("'Q' is of the company 'South' in Odoo, the BOM of 'North'; ")
    assert good == CREATED


def test_a_branch_may_use_what_its_company_has(odoo: Plm) -> None:
    north = odoo.add("res.company", name="North")
    branch = odoo.add("res.company", name="Branch", parent_id=north)

    tree = read(odoo)

    assert tree.within(branch, north)
    assert tree.within(north, north)
    assert not tree.within(north, branch)
    assert not tree.within(0, north)
    assert (tree.name(branch), tree.name(0), Tree().name(7)) == ("Branch", "no company", "company 7")
