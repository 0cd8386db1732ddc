"""Obsolete items: archived, brought back, and a person's own choice respected."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import AbsentModelError, RefusedModelError, UnavailableError
from consumers.odoo.own_fields import SEQUENCE
from consumers.results import Applied, Result
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import transition
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import BOM, LINE, TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import apply, change, held
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.screws import screws
from tests.unit.consumers.shop import PURCHASE, QUANT, SALE, Shop

STATES = '[states]\nObsolete = "archive"\n'
RULES = ruled(STATES)
OBSOLETE = transition(to_state="Obsolete")
ARCHIVED = Applied(Result.UPDATED, "archived")


@pytest.fixture
def shop() -> Shop:
    found = Shop()
    found.warm()
    return found


def obsolete(number: str = "A", version: int = 1, /, **values: Any) -> Event:
    return seen(number, version, transition=OBSOLETE, **values)


def guarded(guard: str) -> Any:
    return ruled(f'{STATES}[models."{TEMPLATE}"]\n{guard}\n')


def test_an_obsolete_item_is_brought_up_to_date_and_archived(odoo: Plm) -> None:
    apply(odoo, seen("A", 1), rules=RULES)

    assert apply(odoo, obsolete("A", 2, name="Old drive unit"), rules=RULES) == [ARCHIVED]
    assert held(odoo, "active", "name", SEQUENCE) == [False, "Old drive unit", from_version(2)]


def test_a_newer_release_takes_it_out_of_the_archive_whatever_odoo_shows_us(odoo: Plm) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    apply(odoo, obsolete("A", 2), rules=RULES)
    odoo.calls.clear()

    [verdict] = apply(odoo, seen("A", 3), rules=RULES)

    assert verdict == Applied(Result.UPDATED, "taken out of the archive")
    assert held(odoo, "active") == [True]
    # Odoo leaves the variant in the archive when it is shown archived records.
    assert odoo.calls[-1].context == {"active_test": True}


def test_an_unknown_obsolete_item_keeps_its_place_so_that_a_late_release_is_stale(odoo: Plm) -> None:
    assert apply(odoo, obsolete("A", 2), rules=RULES) == [Applied(Result.CREATED, "archived")]
    assert held(odoo, "active") == [False]

    [late] = apply(odoo, seen("A", 1), rules=RULES)

    assert late == Applied(Result.STALE, f"Odoo holds sequence {from_version(2)}")
    assert held(odoo, "active") == [False]


@pytest.mark.parametrize("first", [obsolete("A", 2), seen("A", 2)])
def test_a_redelivery_changes_nothing(odoo: Plm, first: Event) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    apply(odoo, first, rules=RULES)
    before = odoo.records(TEMPLATE)
    odoo.calls.clear()

    assert apply(odoo, first, rules=RULES) == [Applied(Result.UNCHANGED)]
    assert odoo.records(TEMPLATE) == before
    assert not {"load", "web_save_multi"} & {call.method for call in odoo.calls}


@pytest.mark.parametrize(
    ("event", "note"), [(obsolete("A", 2), "not archived again"), (seen("A", 2), "left archived")]
)
def test_what_a_person_did_after_the_event_stands(odoo: Plm, event: Event, note: str) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    apply(odoo, event, rules=RULES)
    [active] = held(odoo, "active")
    change(odoo, active=not active)

    assert apply(odoo, event, rules=RULES) == [
        Applied(Result.UNCHANGED, f"{note}: a person changed that in Odoo")
    ]
    assert held(odoo, "active") == [not active]


def test_a_product_that_a_person_archived_before_is_left_there_and_its_fence_moves(odoo: Plm) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    change(odoo, active=False)

    assert apply(odoo, obsolete("A", 2), rules=RULES) == [Applied(Result.UNCHANGED)]
    assert held(odoo, "active", SEQUENCE) == [False, from_version(2)]


def test_a_stub_is_completed_and_archived_in_one(odoo: Plm) -> None:
    apply(odoo, sighting("A", name="Seen"), rules=RULES)

    assert apply(odoo, obsolete("A", 1), rules=RULES) == [ARCHIVED]
    assert held(odoo, "active", "name", SEQUENCE) == [False, "Drive unit", from_version(1)]


def test_a_product_of_odoos_own_is_adopted_and_archived(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Theirs")

    assert apply(odoo, obsolete("A"), rules=RULES) == [ARCHIVED]
    assert held(odoo, "active", SEQUENCE) == [False, from_version(1)]


def test_a_component_seen_in_an_archived_parent_is_neither_made_nor_archived(odoo: Plm) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    ignored = Applied(
        Result.UNCHANGED, "state 'Obsolete' archives its own item, no component of it", supersedes=False
    )

    verdicts = apply(
        odoo,
        sighting("A", 9, transition=OBSOLETE),
        sighting("B", 9, transition=OBSOLETE),
        rules=RULES,
    )

    assert verdicts == [ignored, ignored]
    assert [row["active"] for row in odoo.records(TEMPLATE)] == [True]


def test_a_batch_of_all_sorts_archives_only_what_is_obsolete(odoo: Plm) -> None:
    apply(odoo, *(seen(number, 1) for number in "ABC"), rules=RULES)
    apply(odoo, obsolete("C", 2), rules=RULES)

    verdicts = apply(
        odoo,
        obsolete("A", 3),
        seen("B", 3),
        seen("C", 3, name="Back"),
        obsolete("D", 3),
        seen("E", 3),
        rules=RULES,
    )

    assert [one.note for one in verdicts if isinstance(one, Applied)] == [
        "archived",
        "",
        "taken out of the archive",
        "archived",
        "",
    ]
    active = {row["default_code"]: row["active"] for row in odoo.records(TEMPLATE)}
    assert active == {"A": False, "B": True, "C": True, "D": False, "E": True}


def test_archive_false_leaves_what_is_there_and_says_so(odoo: Plm) -> None:
    rules = guarded("archive = false")
    apply(odoo, seen("A", 1), rules=rules)

    [verdict] = apply(odoo, obsolete("A", 2), rules=rules)

    assert verdict == Applied(Result.UNCHANGED, "not archived: the profile says archive = false")
    assert held(odoo, "active", SEQUENCE) == [True, from_version(2)]

    change(odoo, active=False)
    [verdict] = apply(odoo, seen("A", 3), rules=rules)
    assert verdict == Applied(Result.UNCHANGED, "left archived: the profile says archive = false")
    assert held(odoo, "active") == [False]


def test_archive_false_still_keeps_an_unknown_obsolete_item_out_of_use(odoo: Plm) -> None:
    assert apply(odoo, obsolete("A"), rules=guarded("archive = false")) == [
        Applied(Result.CREATED, "archived")
    ]
    assert held(odoo, "active") == [False]


def test_update_false_leaves_an_obsolete_product_alone(odoo: Plm) -> None:
    rules = guarded("update = false")
    apply(odoo, seen("A", 1), rules=rules)

    assert apply(odoo, obsolete("A", 2), rules=rules) == [Applied(Result.UNCHANGED)]
    assert held(odoo, "active") == [True]


def test_create_false_leaves_out_an_obsolete_item_that_odoo_never_had(odoo: Plm) -> None:
    [verdict] = apply(odoo, obsolete("A"), rules=guarded("create = false"))

    assert verdict == Applied(
        Result.UNCHANGED,
        "state 'Obsolete' archives, Odoo does not have the item, and the profile says create = false",
    )
    assert odoo.records(TEMPLATE) == []


def test_what_still_uses_it_is_a_warning_and_asked_before_the_write(shop: Shop) -> None:
    apply(shop, seen("A", 1), seen("P", 1), rules=RULES)
    shop.add_bom("A", {"P": 1})
    shop.calls.clear()

    verdicts = apply(shop, obsolete("P", 2), rules=RULES)

    assert verdicts == [Applied(Result.UPDATED, "archived; still used: in 1 BOM (A)", warns=True)]
    assert shop.methods()[-1] == "product.template.web_save_multi"
    assert len(shop.calls) == 1 + 1 + 8 + 1  # the product, its unit, the questions, the write


def test_nothing_is_asked_of_what_was_archived_before_or_never_there(shop: Shop) -> None:
    apply(shop, seen("A", 1), rules=RULES)
    change(shop, active=False)
    shop.put("A", 3)
    shop.calls.clear()

    apply(shop, obsolete("A", 2), obsolete("B", 2), seen("C", 2), rules=RULES)

    assert not [one for one in shop.methods() if one.startswith(("stock", "mrp", "purchase", "sale"))]


def test_a_question_that_odoo_refuses_does_not_keep_a_product_from_the_archive(shop: Shop) -> None:
    apply(shop, seen("A", 1), rules=RULES)
    shop.refused = {
        QUANT: RefusedModelError("the user lacks a right in Odoo: no"),
        PURCHASE: AbsentModelError("no such model"),
        SALE: AbsentModelError("no such model"),
    }

    [verdict] = apply(shop, obsolete("A", 2), rules=RULES)

    assert verdict == Applied(
        Result.UPDATED,
        "archived; Odoo does not say: stock (the user lacks a right in Odoo: no)",
        warns=True,
    )
    assert held(shop, "active") == [False]


def test_when_odoo_goes_away_during_the_question_nothing_is_written(shop: Shop) -> None:
    apply(shop, seen("A", 1), rules=RULES)
    shop.refused = {QUANT: UnavailableError("away")}

    with pytest.raises(UnavailableError):
        apply(shop, obsolete("A", 2), rules=RULES)

    assert held(shop, "active", SEQUENCE) == [True, from_version(1)]


def test_of_two_events_of_one_sequence_the_last_decides_and_it_is_told(odoo: Plm) -> None:
    apply(odoo, seen("A", 1), rules=RULES)
    told = f"another event of sequence {from_version(1)} was applied before, with other content"

    verdicts = apply(odoo, obsolete("A", 1), rules=RULES)

    assert verdicts == [Applied(Result.UPDATED, f"{told}; archived", warns=True)]
    assert held(odoo, "active") == [False]
    assert apply(odoo, obsolete("A", 1), rules=RULES) == [Applied(Result.UNCHANGED)]


def test_of_an_item_that_is_a_variant_only_its_own_use_is_told(shop: Shop) -> None:
    screws(shop, "S-10", "S-20")
    ten, twenty = (one["id"] for one in shop.records(VARIANT) if one["default_code"] in {"S-10", "S-20"})
    apply(shop, seen("S-10", 1), seen("S-20", 1), seen("A", 1), seen("B", 1), rules=RULES)
    for parent, variant in (("A", ten), ("B", twenty)):
        bom = shop.add(BOM, product_tmpl_id=shop.by_number(parent)["id"], product_qty=1)
        shop.add(LINE, bom_id=bom, product_id=variant, product_qty=1)

    [verdict] = apply(shop, obsolete("S-10", 2), rules=RULES)

    assert verdict == Applied(Result.UPDATED, "archived; still used: in 1 BOM (A)", warns=True)
