"""Lines whose component has several variants: a person's choice stands, for its BOM alone."""

from __future__ import annotations

import itertools

import pytest

from consumers.errors import PermanentError
from consumers.odoo.own_fields import POSITION
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from tests.factories import item, profile
from tests.unit.consumers.plm import BOM, LINE, VARIANT, Plm
from tests.unit.consumers.structures import apply, structure, works

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
READ = f"{BOM}.web_search_read"
MERGE = profile(bom={"duplicates": "merge"})


@pytest.fixture
def odoo() -> Plm:
    found = works()
    for number in "BC":
        found.add_product(number)
    found.warm()
    return found


def colours(odoo: Plm) -> tuple[int, int]:
    """Let a person give P a second variant; return both."""
    template = odoo.by_number("P")["id"]
    odoo.add_variant(template, default_code="P")
    red, blue = [one["id"] for one in odoo.records(VARIANT) if one["product_tmpl_id"] == template]
    return red, blue


def a_of(quantity: float = 2, version: int = 1) -> Event:
    return structure("A", version, lines=(("P", quantity),))


def b_of(quantity: float = 3, version: int = 1) -> Event:
    return structure("B", version, lines=(("P", quantity),))


def newest(odoo: Plm, number: str) -> int:
    """Return the BOM of `number` that was made last."""
    template = odoo.by_number(number)["id"]
    return max(int(one["id"]) for one in odoo.records(BOM) if one["product_tmpl_id"] == template)


def standing(odoo: Plm, number: str) -> list[tuple[int, int, float]]:
    """Return id, variant and quantity of each line."""
    lines = odoo.lines(newest(odoo, number))
    return [(line["id"], line["product_id"], line["product_qty"]) for line in lines]


def choose(odoo: Plm, number: str, *variants: int) -> None:
    """Let a person put `variants` on the lines of a BOM, in turn."""
    for (line, _, _), variant in zip(standing(odoo, number), variants, strict=False):
        odoo._records[LINE][line]["product_id"] = variant
    odoo.calls.clear()


def chosen(odoo: Plm) -> tuple[int, int]:
    """Let A have the first variant of P and B the second; return both."""
    assert apply(odoo, a_of(), b_of()) == [CREATED, CREATED]
    red, blue = colours(odoo)
    choose(odoo, "A", red)
    choose(odoo, "B", blue)
    return red, blue


def assert_ambiguous(verdict: Verdict) -> None:
    assert isinstance(verdict, PermanentError), verdict
    assert verdict.reason is Reason.AMBIGUOUS_MATCH
    assert str(verdict) == "'P' has 2 variants in Odoo; the BOM cannot tell which"


@pytest.mark.parametrize("batch", list(itertools.permutations((a_of(), b_of()))), ids=["A first", "B first"])
def test_what_a_person_chose_for_each_bom_stands_in_one_batch_and_costs_one_call(
    odoo: Plm, batch: tuple[Event, ...]
) -> None:
    chosen(odoo)
    before = standing(odoo, "A"), standing(odoo, "B")

    assert apply(odoo, *batch) == [UNCHANGED, UNCHANGED]

    assert (standing(odoo, "A"), standing(odoo, "B")) == before
    assert odoo.methods() == [READ]


def test_another_quantity_keeps_the_variant_and_asks_for_no_component(odoo: Plm) -> None:
    red, blue = chosen(odoo)
    lines = [line for number in "AB" for line, _, _ in standing(odoo, number)]

    assert apply(odoo, a_of(5, 2), b_of(7, 2)) == [UPDATED, UPDATED]

    assert odoo.methods() == [READ, f"{LINE}.web_save_multi", f"{BOM}.web_save_multi"]
    assert standing(odoo, "A") == [(lines[0], red, 5.0)]
    assert standing(odoo, "B") == [(lines[1], blue, 7.0)]


@pytest.mark.parametrize("beside", [(a_of(),), (b_of(),), (a_of(), b_of())], ids=["A", "B", "both"])
def test_what_other_boms_of_the_batch_have_is_no_answer_for_a_new_one(
    odoo: Plm, beside: tuple[Event, ...]
) -> None:
    chosen(odoo)

    *known, new = apply(odoo, *beside, structure("C", lines=(("P", 1),)))

    assert known == [UNCHANGED] * len(beside)
    assert_ambiguous(new)
    assert len(odoo.records(BOM)) == 2


def test_nor_for_an_assembly_that_another_bom_has_as_a_component(odoo: Plm) -> None:
    chosen(odoo)

    known, new = apply(odoo, a_of(), structure("P", lines=(("Q", 1),)))

    assert known == UNCHANGED
    assert_ambiguous(new)


def test_nor_for_one_that_the_component_comes_to(odoo: Plm) -> None:
    chosen(odoo)
    assert apply(odoo, structure("C", lines=(("Q", 1),))) == [CREATED]

    known, more = apply(odoo, b_of(), structure("C", 2, lines=(("Q", 1), ("P", 1))))

    assert known == UNCHANGED
    assert_ambiguous(more)
    assert odoo.components(newest(odoo, "C")) == [(1, "Q", 1.0)]


def test_a_line_of_manufacturing_is_no_choice_for_a_line_of_the_vault(odoo: Plm) -> None:
    assert apply(odoo, structure("A", lines=(("Q", 1),))) == [CREATED]
    _, blue = colours(odoo)
    bom, unit = newest(odoo, "A"), odoo.units["Units"]
    odoo.add(LINE, bom_id=bom, product_id=blue, product_qty=1.0, product_uom_id=unit, **{POSITION: 0})

    [verdict] = apply(odoo, structure("A", 2, lines=(("Q", 1), ("P", 1))))

    assert_ambiguous(verdict)


def test_a_later_version_takes_the_variant_of_the_current_one_and_none_of_the_archive(odoo: Plm) -> None:
    rules = profile(bom={"revisions": "new_version"})

    def version(number: int, *lines: tuple[str, float]) -> Verdict:
        later = structure("A", number, lines=lines, item=item(number="A", revision="ABCD"[number - 1]))
        [verdict] = apply(odoo, later, rules=rules)
        return verdict

    version(1, ("P", 2))
    _, blue = colours(odoo)
    choose(odoo, "A", blue)

    assert isinstance(version(2, ("P", 3)), Applied)
    assert [variant for _, variant, _ in standing(odoo, "A")] == [blue]

    assert isinstance(version(3, ("Q", 1)), Applied)
    assert_ambiguous(version(4, ("Q", 1), ("P", 2)))


def test_a_line_that_moves_keeps_its_variant(odoo: Plm) -> None:
    assert apply(odoo, structure("A", lines=(("P", 2), ("Q", 1)))) == [CREATED]
    _, blue = colours(odoo)
    choose(odoo, "A", blue)
    line = standing(odoo, "A")[0]

    assert apply(odoo, structure("A", 2, lines=(("Q", 1), ("P", 2)))) == [UPDATED]

    assert line in standing(odoo, "A")
    assert odoo.components(newest(odoo, "A")) == [(1, "Q", 1.0), (2, "P", 2.0)]


def test_one_bom_may_have_both_and_then_a_further_line_is_refused(odoo: Plm) -> None:
    twice = (("P", 2), ("P", 3))
    assert apply(odoo, structure("A", lines=twice)) == [CREATED]
    red, blue = colours(odoo)
    choose(odoo, "A", blue, red)

    assert apply(odoo, structure("A", lines=twice)) == [UNCHANGED]
    assert odoo.methods() == [READ]
    [verdict] = apply(odoo, structure("A", 2, lines=(*twice, ("P", 4))))

    assert_ambiguous(verdict)
    assert [variant for _, variant, _ in standing(odoo, "A")] == [blue, red]


def test_lines_made_one_keep_the_variant_of_that_one(odoo: Plm) -> None:
    twice = structure("A", lines=(("P", 2), ("P", 3)))
    assert apply(odoo, twice, rules=MERGE) == [CREATED]
    _, blue = colours(odoo)
    choose(odoo, "A", blue)

    assert apply(odoo, twice, rules=MERGE) == [UNCHANGED]
    assert odoo.methods() == [READ]
    assert [variant for _, variant, _ in standing(odoo, "A")] == [blue]
