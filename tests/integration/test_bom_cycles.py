"""Structures that would contain themselves: found before Odoo refuses the whole batch, with the way named."""

from __future__ import annotations

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from tests.integration.assemblies import Assemblies, standing

pytestmark = pytest.mark.both_protocols

READ = ["mrp.bom.web_search_read", "product.product.search_read"]
WALK = "product.template.web_search_read"
BUILD = ["mrp.bom.load", "mrp.bom.web_save_multi"]
CREATED = Applied(Result.CREATED)


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return standing(odoo, schema, *"ABCDEFGHPQ")


def way(works: Assemblies, verdict: Verdict) -> str:
    assert isinstance(verdict, PermanentError | TransientError), verdict
    assert verdict.reason is Reason.CYCLE
    return str(verdict).split(";")[0].replace(f"{works.prefix}-", "")


def test_an_item_in_itself_is_refused_and_the_others_of_its_batch_are_applied(works: Assemblies) -> None:
    bad, good = works.apply(works.structure("A", 1, {"P": 1, "A": 1}), works.structure("B", 1, {"P": 1}))

    assert way(works, bad) == "A → A"
    assert good == CREATED
    assert works.boms("A") == []


def test_a_cycle_within_a_batch_refuses_its_events_alone(works: Assemblies) -> None:
    *bad, good, above = works.apply(
        works.structure("A", 1, {"B": 1, "P": 1}),
        works.structure("B", 1, {"C": 1}),
        works.structure("C", 1, {"A": 1}),
        works.structure("D", 1, {"P": 1}),
        works.structure("E", 1, {"A": 1, "D": 2}),
    )

    assert [way(works, one) for one in bad] == ["A → B → C → A", "B → C → A → B", "C → A → B → C"]
    assert all(isinstance(one, PermanentError) for one in bad)
    assert (good, above) == (CREATED, CREATED)
    assert works.telling.calls == [*READ, *BUILD]


def test_a_cycle_through_boms_that_odoo_holds_costs_one_call_and_no_halving(works: Assemblies) -> None:
    works.apply(works.structure("A", 1, {"B": 1}))
    works.apply(works.structure("B", 1, {"C": 1}))

    bad, good = works.apply(works.structure("C", 1, {"A": 1}), works.structure("D", 1, {"P": 1}))

    assert way(works, bad) == "C → A → B → C"
    # A newer event of A or B may untie it.
    assert isinstance(bad, TransientError)
    assert good == CREATED
    assert works.telling.calls == [*READ, WALK, *BUILD]


def test_only_an_assembly_that_comes_costs_a_call(works: Assemblies) -> None:
    works.apply(works.structure("B", 1, {"P": 1}))

    works.apply(works.structure("A", 1, {"P": 1, "Q": 1}))
    assert works.telling.calls == [*READ, *BUILD]

    works.apply(works.structure("A", 2, {"P": 1, "B": 1}))
    assert works.telling.calls == [*READ, WALK, "mrp.bom.web_save_multi"]

    works.apply(works.structure("A", 3, {"P": 3, "B": 2}))
    assert WALK not in works.telling.calls

    # All levels of a machine at once: nothing that is added has a BOM in Odoo yet.
    works.apply(
        works.structure("E", 1, {"F": 1}),
        works.structure("F", 1, {"G": 1, "P": 1}),
        works.structure("G", 1, {"P": 1}),
    )
    assert works.telling.calls == [*READ, *BUILD]


def test_a_cycle_over_more_levels_than_one_call_answers(works: Assemblies) -> None:
    for above, below in zip("ABCDEFG", "BCDEFGH", strict=True):
        works.apply(works.structure(above, 1, {below: 1}))

    [bad] = works.apply(works.structure("H", 1, {"P": 1, "A": 1}))

    assert way(works, bad) == "H → A → B → C → D → E → F → G → H"
    assert works.telling.calls == [*READ, WALK, WALK]


def test_a_cycle_that_runs_through_the_batch_and_through_odoo(works: Assemblies) -> None:
    works.apply(works.structure("C", 1, {"A": 1}))

    bad = works.apply(works.structure("A", 1, {"B": 1}), works.structure("B", 1, {"C": 1}))

    assert [way(works, one) for one in bad] == ["A → B → C → A", "B → C → A → B"]


def test_a_bom_that_the_batch_replaces_counts_with_its_new_lines(works: Assemblies) -> None:
    works.apply(works.structure("A", 1, {"B": 1, "P": 1}))

    turned = works.apply(works.structure("A", 2, {"P": 1}), works.structure("B", 1, {"A": 1}))

    assert turned == [Applied(Result.UPDATED), CREATED]
    assert works.lines(works.bom("B")["id"]) == [("A", 1.0)]


def test_two_assemblies_that_are_there_change_places_whatever_their_order(works: Assemblies) -> None:
    works.apply(works.structure("B", 1, {"P": 1}))
    works.apply(works.structure("A", 1, {"B": 1, "P": 1}))

    turned = works.apply(works.structure("B", 2, {"A": 1}), works.structure("A", 2, {"Q": 1}))

    assert turned == [Applied(Result.UPDATED)] * 2


def test_an_event_that_only_repeats_what_odoo_holds_is_not_at_fault(works: Assemblies) -> None:
    first = works.structure("A", 1, {"B": 1})
    works.apply(first)

    same, bad = works.apply(first, works.structure("B", 1, {"A": 1}))

    assert same == Applied(Result.UNCHANGED)
    assert way(works, bad) == "B → A → B"


def test_what_manufacturing_added_closes_a_cycle_too(works: Assemblies, administrator: Connection) -> None:
    works.apply(works.structure("A", 1, {"P": 1}))
    line = {"bom_id": works.bom("A")["id"], "product_id": works.variant("B")["id"], "product_qty": 1.0}
    administrator.call("mrp.bom.line", "create", vals_list=[line])

    bad, _ = works.apply(works.structure("B", 1, {"A": 1}), works.structure("A", 2, {"P": 2}))

    assert way(works, bad) == "B → A → B"


def test_an_archived_bom_closes_no_cycle_until_it_comes_back(works: Assemblies) -> None:
    works.apply(works.structure("A", 1, {"B": 1}))
    works.apply(works.structure("A", 2, {"B": 1}, state="Obsolete"))

    assert works.apply(works.structure("B", 1, {"A": 1})) == [CREATED]
    [bad] = works.apply(works.structure("A", 3, {"B": 1}))

    assert way(works, bad) == "A → B → A"
    assert not works.bom("A")["active"]
