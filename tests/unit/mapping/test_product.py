"""Which fields of a product an event decides."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import pytest

from consumers.mapping import product as mapping
from consumers.odoo.client import Values
from consumers.odoo.schema import KEY, REVISION, SEQUENCE
from schemas.event import Event
from schemas.product import Authority
from tests.factories import event, item, product


def rounded(model: str, field: str, value: Decimal) -> float:
    assert (model, field) == ("product.template", "weight")
    return float(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def test_a_root_event_decides_identity_fence_name_and_number() -> None:
    one = event(product(weight=Decimal("1.005")), sequence="7")

    assert mapping.owned(one, rounded) == {
        KEY: "Works.BD-1000",
        SEQUENCE: "7",
        REVISION: "B",
        "default_code": "BD-1000",
        "name": "Drive unit",
        "weight": 1.01,
    }


def test_an_absent_weight_is_not_sent_and_a_weight_of_zero_is() -> None:
    assert "weight" not in mapping.owned(event(product(weight=None)), rounded)
    assert mapping.owned(event(product(weight=Decimal(0))), rounded)["weight"] == 0.0


@pytest.mark.parametrize(
    "make", [lambda one: mapping.owned(one, rounded), mapping.stub], ids=["owned", "stub"]
)
def test_an_item_without_a_name_is_called_by_its_number(make: Callable[[Event], Values]) -> None:
    assert make(event(product(name="")))["name"] == "BD-1000"


def test_a_sighting_decides_no_sequence_no_revision_and_no_weight() -> None:
    seen = event(product(authority=Authority.SIGHTING, weight=Decimal(1)))

    assert mapping.stub(seen) == {KEY: "Works.BD-1000", "default_code": "BD-1000", "name": "Drive unit"}


@pytest.mark.parametrize(("authority", "root"), [(Authority.ROOT, True), (Authority.SIGHTING, False)])
def test_only_the_items_own_transition_is_a_root(authority: Authority, *, root: bool) -> None:
    assert mapping.is_root(event(product(authority=authority))) is root


@pytest.mark.parametrize(("has_components", "purchased"), [(True, False), (False, True)])
def test_what_has_components_is_made_and_not_purchased(*, has_components: bool, purchased: bool) -> None:
    assert mapping.seed(event(product(has_components=has_components))) == {
        "type": "consu",
        "is_storable": True,
        "purchase_ok": purchased,
    }


def test_seeds_are_set_once_and_never_decided_again() -> None:
    one = event(product(weight=Decimal(1)))

    assert not mapping.seed(one).keys() & mapping.owned(one, rounded).keys()


def test_every_field_that_is_compared_is_read() -> None:
    one = event(product(weight=Decimal(1), item=item(revision="C")))

    assert mapping.owned(one, rounded).keys() <= set(mapping.READ)
