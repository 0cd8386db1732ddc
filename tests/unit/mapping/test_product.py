"""Which fields of a product an event decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumers.mapping import product as mapping
from consumers.mapping.facts import facts
from consumers.mapping.rules import compiled
from consumers.odoo.client import Values
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from schemas.event import Event
from schemas.facts import PRODUCT
from schemas.product import Authority
from tests.factories import event, product, profile
from tests.unit.mapping.odoo_fields import TEMPLATE, Known

PROFILE = profile()
RULES = compiled(PROFILE, PRODUCT, TEMPLATE)
PIECES = Known({"pcs": (1,)})


def inserted(one: Event) -> Values:
    return RULES.inserting.values(facts(one), PIECES)


def updated(one: Event) -> Values:
    return RULES.updating.values(facts(one), PIECES)


def stubbed(one: Event) -> Values:
    return mapping.stub(RULES.inserting, PROFILE).values(facts(one), PIECES)


def test_a_root_event_decides_identity_fence_name_and_number() -> None:
    one = event(product(weight=Decimal("1.005")), sequence="7")

    assert mapping.owned(one) == {
        KEY: "Works.BD-1000",
        SEQUENCE: "7",
        DIGEST: one.digest,
        REVISION: "B",
    }
    assert updated(one) == {"default_code": "BD-1000", "name": "Drive unit", "weight": 1.01}


def test_an_absent_weight_is_not_sent_and_a_weight_of_zero_is() -> None:
    assert "weight" not in updated(event(product(weight=None)))
    assert updated(event(product(weight=Decimal(0))))["weight"] == 0.0


@pytest.mark.parametrize("make", [inserted, updated, stubbed])
def test_an_item_without_a_name_is_called_by_its_number(make: object) -> None:
    assert callable(make)
    assert make(event(product(name="")))["name"] == "BD-1000"


def test_a_sighting_decides_no_sequence_no_revision_and_no_weight() -> None:
    seen = event(product(authority=Authority.SIGHTING, weight=Decimal(1)))

    assert mapping.owned(seen) == {KEY: "Works.BD-1000", SEQUENCE: "", DIGEST: "", REVISION: ""}
    assert stubbed(seen) == {
        "default_code": "BD-1000",
        "name": "Drive unit",
        "uom_id": 1,
        "type": "consu",
        "is_storable": True,
        "purchase_ok": True,
    }


@pytest.mark.parametrize(("authority", "root"), [(Authority.ROOT, True), (Authority.SIGHTING, False)])
def test_only_the_items_own_transition_is_a_root(authority: Authority, *, root: bool) -> None:
    assert mapping.is_root(event(product(authority=authority))) is root


@pytest.mark.parametrize(("has_components", "purchased"), [(True, False), (False, True)])
def test_what_has_components_is_made_and_not_purchased(*, has_components: bool, purchased: bool) -> None:
    assert inserted(event(product(has_components=has_components)))["purchase_ok"] is purchased


def test_seeds_are_set_once_and_never_decided_again() -> None:
    one = event(product(weight=Decimal(1)))

    assert inserted(one).keys() - updated(one).keys() == {"uom_id", "type", "is_storable", "purchase_ok"}
