"""The rules as they fit Odoo: what a misfit costs while a consumer holds, and what a preparation costs."""

from __future__ import annotations

import pytest

from consumers.errors import MisconfiguredError
from consumers.fitted import Fitted
from consumers.odoo.doubts import AGAIN_AFTER
from schemas.facts import LINE, PRODUCT
from tests.factories import profile
from tests.unit.consumers.plm import VARIANT, Plm
from tests.unit.consumers.profiles import ruled

MISFIT = '[models."product.template".fields]\nx_gone = { from = "Text" }'
READ = [f"{PRODUCT}.fields_get", f"{PRODUCT}.default_get"]


@pytest.fixture
def odoo() -> Plm:
    """An Odoo of which all is known."""
    odoo = Plm()
    odoo.warm()
    return odoo


def probe(odoo: Plm, *consumers: Fitted) -> list[str]:
    """Return the calls that a look of each of the holding `consumers` costs."""
    odoo.calls.clear()
    for fitted in consumers:
        with pytest.raises(MisconfiguredError, match="does not fit this Odoo"):
            fitted.current()
    return odoo.methods()


def test_a_misfit_is_looked_at_again_once_a_minute_whoever_holds_for_it(odoo: Plm) -> None:
    holding = [Fitted(ruled(MISFIT), odoo.schema, [PRODUCT]) for _ in range(3)]

    assert probe(odoo, *holding) == READ, "the second looks again, for the first one found a misfit"
    for _ in range(3):
        assert probe(odoo, *holding) == []
        odoo.clock.pass_by(AGAIN_AFTER)
        assert probe(odoo, *holding) == READ


def test_the_model_that_a_field_at_fault_refers_to_is_looked_at_too(odoo: Plm) -> None:
    rules = ruled('[models."product.template".fields]\ncateg_id = { from = "Text", by = "x_gone" }')
    fitted = Fitted(rules, odoo.schema, [PRODUCT])
    probe(odoo, fitted)

    again = probe(odoo, fitted)

    assert {call.rpartition(".")[0] for call in again} == {PRODUCT, "product.category"}


def test_a_misfit_of_one_consumer_costs_another_little(odoo: Plm) -> None:
    holding = Fitted(ruled(MISFIT), odoo.schema, [PRODUCT])
    working = Fitted(profile(), odoo.schema, [LINE, VARIANT])
    working.current()
    probe(odoo, holding)
    odoo.calls.clear()

    working.current()

    assert odoo.methods() == READ


def test_a_preparation_asks_once_which_odoo_it_is() -> None:
    odoo = Plm()

    Fitted(profile(), odoo.schema, [PRODUCT]).prepare()

    assert odoo.methods().count("ir.module.module.search_read") == 1
