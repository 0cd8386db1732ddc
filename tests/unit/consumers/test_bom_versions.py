"""Versions of BOMs on a fake Odoo: what is written together, and in which order where that cannot be."""

from __future__ import annotations

import pytest

from consumers.errors import UnavailableError
from consumers.odoo.own_fields import REVISION
from consumers.results import Applied, Result
from schemas.event import Event
from tests.factories import item
from tests.series import become
from tests.unit.consumers.plm import BOM, Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import Line, apply, structure, works

RULES = ruled('[bom]\nrevisions = "new_version"')


@pytest.fixture
def odoo() -> Plm:
    return works()


def revised(number: str, version: int, revision: str, *lines: Line) -> Event:
    return structure(number, version, lines or (("P", version),), item=item(number=number, revision=revision))


def in_use(odoo: Plm) -> list[tuple[str, bool]]:
    return [(one[REVISION], one["active"]) for one in odoo.records(BOM)]


def test_the_old_version_goes_in_the_call_that_brings_the_new_one(odoo: Plm) -> None:
    apply(odoo, revised("A", 1, "A"), rules=RULES)
    odoo.calls.clear()

    apply(odoo, revised("A", 2, "B"), rules=RULES)

    assert in_use(odoo) == [("A", False), ("B", True)]
    assert odoo.methods() == ["mrp.bom.web_search_read", "mrp.bom.load", "mrp.bom.web_save_multi"]
    # The old one is written first: an Odoo that does not have this call has none in use between the two.
    assert odoo.calls[-1].ids == [one["id"] for one in odoo.records(BOM)]


@pytest.mark.parametrize("series", [17, 18])
def test_where_odoo_cannot_do_both_at_once_a_crash_between_them_leaves_none_and_not_two(series: int) -> None:
    odoo = works()
    become(odoo, series)
    for name, unit in odoo.units.items():
        odoo._records["uom.uom"][unit]["category_id"] = 1 if name == "Units" else 2
    apply(odoo, revised("A", 1, "A"), rules=RULES)
    known = odoo.call

    def call(model: str, method: str, **arguments: object) -> object:
        values = arguments.get("vals")
        if method == "write" and isinstance(values, dict) and values.get("active"):
            raise UnavailableError("connection refused")
        return known(model, method, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odoo, "call", call)
        with pytest.raises(UnavailableError):
            apply(odoo, revised("A", 2, "B"), rules=RULES)
    assert [one["active"] for one in odoo.records(BOM)] == [False, False]

    assert apply(odoo, revised("A", 2, "B"), rules=RULES)[0] != Applied(Result.UNCHANGED)
    assert in_use(odoo) == [("A", False), ("B", True)]


def test_hundreds_of_versions_are_never_torn_apart_by_the_size_of_a_call(odoo: Plm) -> None:
    numbers = [f"N-{place}" for place in range(300)]
    for number in numbers:
        odoo.add_product(number)
    apply(odoo, *(revised(number, 1, "A") for number in numbers), rules=RULES)
    odoo.calls.clear()

    apply(odoo, *(revised(number, 2, "B") for number in numbers), rules=RULES)

    [first, second] = [call for call in odoo.calls if call.method == "web_save_multi"]
    keys = {one["id"]: one["x_pdm_key"] for one in odoo.records(BOM)}
    assert first.ids
    assert second.ids
    assert (len(first.ids), len(second.ids)) == (500, 100)
    assert {keys[one] for one in first.ids}.isdisjoint(keys[one] for one in second.ids)
    assert sum(one["active"] for one in odoo.records(BOM)) == 300


def test_each_version_has_an_external_id_of_its_own_in_every_attempt(odoo: Plm) -> None:
    apply(odoo, revised("A", 1, "A"), rules=RULES)
    apply(odoo, revised("A", 2, "B"), rules=RULES)

    assert list(odoo._external) == ["pdm_odoo.bom.Works.A", f"pdm_odoo.bom.Works.A.version-{2:020}"]
