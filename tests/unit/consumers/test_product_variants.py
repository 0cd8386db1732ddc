"""What belongs to the variant of a product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from consumers.errors import UnavailableError
from consumers.odoo.own_fields import SEQUENCE
from consumers.product import ProductHandler
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.unit.consumers.deliveries import sighting
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import CREATED, UNCHANGED, UPDATED, apply, cost, held, refused, told
from tests.unit.consumers.profiles import ruled


@contextmanager
def down_at(odoo: Plm, method: str) -> Iterator[None]:
    """Let Odoo be away as soon as `method` is called."""
    with pytest.MonkeyPatch.context() as patch:
        known = odoo.call

        def call(model: str, name: str, **arguments: Any) -> Any:
            if f"{model}.{name}" == method:
                raise UnavailableError("connection refused")
            return known(model, name, **arguments)

        patch.setattr(odoo, "call", call)
        yield


COST = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost" }')

SEEDED = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost", master = "seed" }')


def test_a_new_product_costs_two_calls_more_for_its_variant_and_has_its_fence_from_the_second(
    odoo: Plm,
) -> None:
    assert apply(odoo, told("A", 3, Cost="7.5"), told("B", 4, Cost="8"), rules=COST) == [CREATED] * 2

    assert (cost(odoo), cost(odoo, "B")) == (7.5, 8.0)
    assert held(odoo, SEQUENCE) == [from_version(3)]
    assert odoo.methods()[-4:] == [
        "product.template.load",
        "product.template.search_read",
        "product.product.search_read",
        "product.product.web_save_multi",
    ]


def test_a_variant_is_changed_alone_and_the_product_is_called_updated(odoo: Plm) -> None:
    apply(odoo, told("A", Cost="7.5"), rules=COST)
    handler = ProductHandler(odoo, odoo.schema, COST)
    odoo.calls.clear()

    assert handler.apply([told("A", 2, Cost="7.50")]) == [UNCHANGED]
    assert odoo.methods().count("product.template.web_save_multi") == 1, "only the fence"
    assert "product.product.web_save_multi" not in odoo.methods()
    assert handler.apply([told("A", 3, Cost="9")]) == [UPDATED]
    assert cost(odoo) == 9.0


@pytest.mark.parametrize("rules", [COST, SEEDED])
def test_a_crash_between_product_and_variant_leaves_the_fence_open_and_the_next_try_closes_it(
    odoo: Plm, rules: Any
) -> None:
    with down_at(odoo, "product.product.web_save_multi"), pytest.raises(UnavailableError):
        apply(odoo, told("A", 3, Cost="7.5"), rules=rules)
    assert held(odoo, SEQUENCE) == [False]

    [verdict] = apply(odoo, told("A", 3, Cost="7.5"), rules=rules)

    assert verdict == UPDATED
    assert (held(odoo, SEQUENCE), cost(odoo)) == ([from_version(3)], 7.5)


def test_a_crash_while_a_stub_is_completed_loses_no_seed_of_its_variant(odoo: Plm) -> None:
    apply(odoo, sighting("A"), rules=SEEDED)
    with down_at(odoo, "product.product.web_save_multi"), pytest.raises(UnavailableError):
        apply(odoo, told("A", 3, Cost="7.5"), rules=SEEDED)

    apply(odoo, told("A", 3, Cost="7.5"), rules=SEEDED)

    assert (held(odoo, SEQUENCE), cost(odoo)) == ([from_version(3)], 7.5)


def test_seeds_of_a_variant_are_written_with_the_first_own_event_and_never_again(odoo: Plm) -> None:
    apply(odoo, sighting("A", attributes={"Cost": "1"}), rules=SEEDED)
    assert cost(odoo) is None

    apply(odoo, told("A", 1, Cost="2"), rules=SEEDED)
    apply(odoo, told("A", 2, Cost="3"), rules=SEEDED)

    assert cost(odoo) == 2.0


def test_what_people_wrote_on_the_variant_of_a_stub_stands_where_odoo_is_master(odoo: Plm) -> None:
    rules = ruled('[models."product.product".fields]\nstandard_price = { from = "Cost", master = "odoo" }')
    apply(odoo, sighting("A"), rules=rules)
    [variant] = odoo.records(VARIANT)
    odoo._records[VARIANT][variant["id"]]["standard_price"] = 99.0

    apply(odoo, told("A", Cost="2"), told("B", Cost="2"), rules=rules)

    assert (cost(odoo), cost(odoo, "B")) == (99.0, 2.0)


def test_seeds_of_a_variant_that_odoo_had_before_are_left_to_odoo(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, default_code="A", name="Old")
    [variant] = [record["id"] for record in odoo.records(VARIANT) if record["product_tmpl_id"] == template]
    odoo._records[VARIANT][variant]["standard_price"] = 99.0

    assert apply(odoo, told("A", Cost="2"), rules=SEEDED) == [UPDATED]
    assert cost(odoo) == 99.0

    assert apply(odoo, told("A", Cost="2"), rules=COST) == [UPDATED]
    assert cost(odoo) == 2.0


def test_a_product_of_several_variants_is_refused_before_anything_is_written(odoo: Plm) -> None:
    template = odoo.add_product("A")
    odoo.add_variant(template)

    [verdict] = apply(odoo, told("A", Cost="2"), rules=COST)

    assert f"template {template} has 2 variants" in refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert held(odoo, "name") == ["A"]


def test_a_value_that_does_not_fit_the_variant_leaves_no_product_behind(odoo: Plm) -> None:
    bad, good = apply(odoo, told("A", Cost="cheap"), told("B", Cost="2"), rules=COST)

    assert "product.product.standard_price" in refused(bad, Reason.INVALID_VALUE)
    assert good == CREATED
    assert [record["default_code"] for record in odoo.records(TEMPLATE)] == ["B"]
