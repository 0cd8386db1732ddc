"""A product that comes out of the archive brings no BOM into use that has to stay there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from consumers.brought_back import staying
from consumers.errors import AmbiguousError
from consumers.odoo.client import Values
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.results import Applied, Result
from schemas.sequence import from_version
from tests.factories import transition
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import BOM, TEMPLATE, Plm
from tests.unit.consumers.products import apply
from tests.unit.consumers.profiles import ruled

RULES = ruled('[states]\nObsolete = "archive"\n')
OBSOLETE = transition(to_state="Obsolete")


class Mrp(Plm):
    """Odoo's manufacturing: a template takes its BOMs into the archive, and out of it."""

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        if model == TEMPLATE:
            for record, values in zip(ids, vals_list, strict=True):
                if (
                    values.get("active", self._records[model][record]["active"])
                    is not (self._records[model][record]["active"])
                ):
                    for bom in self._records[BOM].values():
                        if bom["product_tmpl_id"] == record:
                            bom["active"] = values["active"]
                for _, bom_id, changes in values.get("bom_ids", ()):
                    self._records[BOM][bom_id] |= changes
            vals_list = [{k: v for k, v in one.items() if k != "bom_ids"} for one in vals_list]
        return super()._web_save_multi(model, ids, vals_list, specification)


@pytest.fixture
def mrp() -> Mrp:
    odoo = Mrp()
    apply(odoo, seen("A", 1), rules=RULES)
    odoo.warm()
    return odoo


def bom(odoo: Plm, version: int, **values: Any) -> int:
    of = odoo.by_number("A")
    known = {KEY: of[KEY], SEQUENCE: from_version(version) if version else False}
    return odoo.add(BOM, product_tmpl_id=of["id"], product_qty=1, **known | values)


def in_use(odoo: Plm) -> list[int]:
    return [one["id"] for one in odoo.records(BOM) if one["active"]]


def test_only_the_last_version_of_its_bom_comes_back_and_no_half_built_one(mrp: Mrp) -> None:
    bom(mrp, 1, active=False)
    last = bom(mrp, 2)
    bom(mrp, 0, active=False)
    own = mrp.add(BOM, product_tmpl_id=mrp.by_number("A")["id"], product_qty=1)
    apply(mrp, seen("A", 3, transition=OBSOLETE), rules=RULES)
    assert in_use(mrp) == []
    mrp.calls.clear()

    assert apply(mrp, seen("A", 4), rules=RULES) == [Applied(Result.UPDATED, "taken out of the archive")]

    assert in_use(mrp) == [last, own]
    assert mrp.methods()[-2:] == [f"{BOM}.search_read", f"{TEMPLATE}.web_save_multi"]


def test_a_lost_reply_or_a_crash_before_the_write_leaves_nothing_to_catch_up_with(mrp: Mrp) -> None:
    bom(mrp, 1, active=False)
    last = bom(mrp, 2)
    apply(mrp, seen("A", 3, transition=OBSOLETE), rules=RULES)
    mrp.lose_reply("web_save_multi")

    with pytest.raises(AmbiguousError):
        apply(mrp, seen("A", 4), rules=RULES)

    assert in_use(mrp) == [last]
    assert apply(mrp, seen("A", 4), rules=RULES) == [Applied(Result.UNCHANGED)]
    assert in_use(mrp) == [last]


def test_a_bom_that_holds_a_newer_event_and_went_along_with_its_product_comes_back_with_it(mrp: Mrp) -> None:
    newer = bom(mrp, 5)
    apply(mrp, seen("A", 3, transition=OBSOLETE), rules=RULES)
    assert in_use(mrp) == []

    apply(mrp, seen("A", 4), rules=RULES)

    assert in_use(mrp) == [newer]


def test_where_boms_are_archived_alone_one_with_a_newer_event_stays_archived_and_that_is_said() -> None:
    rules = ruled('[states.Spare]\nproduct = "upsert"\nbom = "archive"\nattachment = "ignore"\n')
    event = seen("A", 4)
    one = {"id": 1, KEY: event.key, SEQUENCE: from_version(5), "active": False}

    assert staying([one], event, rules) == ([1], True)
    assert staying([one], event, RULES) == ([], False)


def test_a_bom_whose_state_archives_it_stays_though_the_product_comes_back() -> None:
    rules = ruled('[states.Spare]\nproduct = "upsert"\nbom = "archive"\nattachment = "ignore"\n')
    event = seen("A", 4, transition=transition(to_state="Spare"))
    one = {"id": 1, KEY: event.key, SEQUENCE: from_version(3), "active": False}

    assert staying([one], event, rules) == ([1], False)
    assert staying([one | {KEY: "another.item"}], event, rules) == ([], False)
    assert staying([one | {KEY: False, SEQUENCE: False}], event, rules) == ([], False)
