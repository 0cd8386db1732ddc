"""Adopting what Odoo has: who an item is, never a guess, and nothing but its key is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consumers.errors import ConflictError, PermanentError, UnavailableError
from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, OF_VARIANT, SEQUENCE, VARIANT_KEY
from consumers.results import Applied, Result
from ops.adoption import BATCH, Adoption, Item, Status, newest
from schemas.dead_letter import Reason
from schemas.event import Event, decode, encode
from schemas.keys import KeyParts
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.factories import bom, event, item, product, profile, transition
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import FIELDS, apply, held, results
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.screws import screws, variant

WRITES = {"load", "create", "write", "web_save_multi"}


@pytest.fixture
def odoo() -> Plm:
    found = Plm()
    found.warm()
    return found


def adopt(odoo: Plm, *events: Event, write: bool = True, rules: Profile | None = None) -> list[Item]:
    known: dict[str, Event] = {}
    newest(events, known)
    adoption = Adoption(odoo, odoo.schema, rules or profile(), lambda _: None, write=write)
    adoption.prepare()
    odoo.calls.clear()
    return [one for batch in adoption.items(known) for one in batch]


def statuses(items: list[Item]) -> list[tuple[str, Status]]:
    return [(one.number, one.status) for one in items]


def of_all_sorts(odoo: Plm) -> list[Event]:
    odoo.add(TEMPLATE, default_code="OLD", name="Old name")
    odoo.add_product("OURS")
    odoo.add(TEMPLATE, default_code="TWICE", name="x")
    odoo.add(TEMPLATE, default_code="TWICE", name="y")
    odoo.add_product("THEIRS", **{KEY: "Other.THEIRS"})
    numbers = ("OLD", "OURS", "TWICE", "THEIRS", "NEW")
    return [*(seen(number) for number in numbers), seen("WIP", transition=transition(to_state="In Work"))]


EXPECTED = [
    ("OLD", Status.ADOPTED),
    ("OURS", Status.UNCHANGED),
    ("TWICE", Status.AMBIGUOUS),
    ("THEIRS", Status.AMBIGUOUS),
    ("NEW", Status.NEW),
    ("WIP", Status.IGNORED),
]


def test_a_plan_says_of_each_item_what_would_become_of_it_and_writes_nothing(odoo: Plm) -> None:
    events = of_all_sorts(odoo)
    before = odoo.records(TEMPLATE)

    items = adopt(odoo, *events, write=False)

    assert statuses(items) == EXPECTED
    assert odoo.records(TEMPLATE) == before
    assert not WRITES & {call.method for call in odoo.calls}
    assert [one.number for one in items if one.needs_a_person] == ["TWICE", "THEIRS"]
    twice = [str(one["id"]) for one in before if one["default_code"] == "TWICE"]
    assert f"templates {', '.join(twice)}" in items[2].text
    assert "Other.THEIRS" in items[3].text
    assert (items[0].model, items[0].record) == (TEMPLATE, before[0]["id"])


def test_apply_writes_key_and_mark_and_nothing_else_and_the_next_run_nothing(odoo: Plm) -> None:
    events = of_all_sorts(odoo)
    before = odoo.records(TEMPLATE)

    assert statuses(adopt(odoo, *events)) == EXPECTED

    changed = [one for one in odoo.records(TEMPLATE) if one not in before]
    assert changed == [{**before[0], KEY: "Works.OLD", DIGEST: ADOPTED}]

    again = adopt(odoo, *events)
    assert statuses(again) == [("OLD", Status.UNCHANGED), *EXPECTED[1:]]
    assert not WRITES & {call.method for call in odoo.calls}


def test_what_was_adopted_takes_the_first_event_of_its_item_as_an_update(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old name", is_storable=False)
    adopt(odoo, seen("A", 5))

    assert results(odoo, seen("A", 1)) == [Result.UPDATED]
    assert odoo.by_number("A")["name"] == "Drive unit"
    assert odoo.by_number("A")["is_storable"] is False, "a seed, and Odoo had the product before"


def test_a_hundred_items_cost_two_calls_to_plan_and_three_to_adopt(odoo: Plm) -> None:
    events = [seen(f"P-{number}") for number in range(2 * BATCH)]
    for one in events:
        odoo.add(TEMPLATE, default_code=one.subject, name="Old")

    adopt(odoo, *events, write=False)
    looked = [f"{TEMPLATE}.search_read", "product.product.search_read"]
    assert [call for call in odoo.methods() if "uom" not in call] == 2 * looked

    adopt(odoo, *events)
    wrote = f"{TEMPLATE}.web_save_multi"
    assert [call for call in odoo.methods() if "uom" not in call] == 2 * [*looked, wrote]


def test_an_item_that_came_often_is_one_item_and_only_products_are(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old")
    structure = event(bom(item=item(number="A")))

    items = adopt(odoo, sighting("A", 9), seen("A", 1), seen("A", 2), structure)

    assert statuses(items) == [("A", Status.ADOPTED)]


def test_variants_are_adopted_too(odoo: Plm) -> None:
    screws(odoo, "S-10", "S-20")

    [one, two] = adopt(odoo, seen("S-10"), seen("S-30"))

    assert (one.status, one.model, two.status) == (Status.ADOPTED, "product.product", Status.NEW)
    assert variant(odoo, "S-10", VARIANT_KEY, OF_VARIANT[DIGEST]) == ["Works.S-10", ADOPTED]
    assert statuses(adopt(odoo, seen("S-10"))) == [("S-10", Status.UNCHANGED)]


def vault_object(id_: int, number: str) -> Event:
    data = product(item=item(number=number, vault_object_id=str(id_)))
    return decode(encode(event(data)), KeyParts.VAULT_OBJECT)


@pytest.mark.parametrize("write", [False, True])
def test_two_items_of_two_batches_that_claim_one_product_are_told(odoo: Plm, write: bool) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old")
    others = [vault_object(number, f"N-{number}") for number in range(2, BATCH + 1)]

    items = adopt(odoo, vault_object(1, "A"), *others, vault_object(999, "A"), write=write)

    assert items[0].status is Status.ADOPTED
    assert items[-1].status is Status.AMBIGUOUS
    assert "'Works.1'" in items[-1].text


def test_an_unknown_state_and_an_item_that_may_not_be_created_are_refused_by_name(odoo: Plm) -> None:
    rules = ruled('[models."product.template"]\ncreate = false')

    frozen, new = adopt(
        odoo, seen("A", transition=transition(to_state="Frozen")), seen("B"), rules=rules, write=False
    )

    assert (frozen.status, new.status) == (Status.REFUSED, Status.REFUSED)
    assert "'Frozen' has no meaning yet" in frozen.text
    assert "create = false" in new.text


def test_a_reply_that_was_lost_and_a_conflict_are_tried_again(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name="Old")
    odoo.lose_reply("web_save_multi")
    assert statuses(adopt(odoo, seen("A"))) == [("A", Status.ADOPTED)]

    odoo.add(TEMPLATE, default_code="B", name="Old")
    [item] = failing_once(odoo, ConflictError("could not serialize"), lambda: adopt(odoo, seen("B")))
    assert item.status is Status.ADOPTED


def failing_once(odoo: Plm, error: Exception, work: Callable[[], list[Item]]) -> list[Item]:
    """Let the first write of `work` fail with `error`."""
    with pytest.MonkeyPatch.context() as patch:
        known, errors = odoo.call, [error]

        def call(model: str, method: str, **arguments: Any) -> Any:
            if method == "web_save_multi" and errors:
                raise errors.pop()
            return known(model, method, **arguments)

        patch.setattr(odoo, "call", call)
        return work()


def test_a_run_that_dies_goes_on_where_it_was(odoo: Plm) -> None:
    events = [seen(f"P-{number}") for number in range(BATCH + 1)]
    for one in events:
        odoo.add(TEMPLATE, default_code=one.subject, name="Old")
    known = {one.key: one for one in events}
    running = Adoption(odoo, odoo.schema, profile(), lambda _: None, write=True).items(known)
    next(running)
    odoo.fail(UnavailableError("connection refused"))
    with pytest.raises(UnavailableError):
        next(running)

    again = [one.status for one in adopt(odoo, *events)]
    assert again == [Status.UNCHANGED] * BATCH + [Status.ADOPTED]


@pytest.mark.parametrize("one_of_several", [False, True], ids=["a product", "a variant"])
@pytest.mark.parametrize("dies", [False, True], ids=["runs on", "dies after its write"])
def test_a_consumer_that_was_quicker_keeps_its_fence(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch, dies: bool, one_of_several: bool
) -> None:
    if one_of_several:
        screws(odoo, "A", "B")
    else:
        odoo.add(TEMPLATE, default_code="A", name="Old")
    exported, applied = seen("A", 5), seen("A", 7, name="Newer")
    known, turns = odoo.call, [applied]

    def call(model: str, method: str, **arguments: Any) -> Any:
        if method != "web_save_multi" or not turns:
            return known(model, method, **arguments)
        results(odoo, turns.pop())  # a consumer, between our reading and our writing
        known(model, method, **arguments)
        if dies:
            raise UnavailableError("connection reset")
        return True

    monkeypatch.setattr(odoo, "call", call)
    if dies:
        with pytest.raises(UnavailableError):
            adopt(odoo, exported)
    else:
        assert statuses(adopt(odoo, exported)) == [("A", Status.ADOPTED)]

    before = of_item(odoo, one_of_several)
    assert before[0] == from_version(7)
    assert results(odoo, seen("A", 3, name="Older")) == [Result.STALE]
    assert statuses(adopt(odoo, exported)) == [("A", Status.UNCHANGED)]
    assert of_item(odoo, one_of_several) == before

    assert apply(odoo, applied) == [Applied(Result.UNCHANGED)], "the same again is no other event"
    assert of_item(odoo, one_of_several) == [from_version(7), applied.digest, *before[2:]]


def of_item(odoo: Plm, one_of_several: bool) -> list[Any]:
    """Return fence, digest and content of the item `A`."""
    if one_of_several:
        return variant(odoo, "A", OF_VARIANT[SEQUENCE], OF_VARIANT[DIGEST])
    return held(odoo, SEQUENCE, DIGEST, "name")


def test_an_item_that_would_be_new_is_not_refused_for_what_only_its_own_event_says() -> None:
    odoo = Plm()
    required = {"type": "char", "required": True, "string": "Class"}
    odoo.fields[TEMPLATE]["x_class"] = odoo.fields["product.product"]["x_class"] = required
    odoo.warm()
    rules = ruled(f'{FIELDS}x_class = {{ from = "Class" }}')
    one = seen("N", attributes={"Class": "K1"})

    assert statuses(adopt(odoo, one, rules=rules)) == [("N", Status.NEW)]
    assert apply(odoo, one, rules=rules) == [Applied(Result.CREATED)]


def test_a_product_that_odoo_refuses_to_write_harms_no_other(odoo: Plm) -> None:
    first, *_ = [odoo.add(TEMPLATE, default_code=number, name="Old") for number in "ABC"]
    with pytest.MonkeyPatch.context() as patch:
        known = odoo.call

        def call(model: str, method: str, **arguments: Any) -> Any:
            if method == "web_save_multi" and first in arguments["ids"]:
                raise PermanentError(Reason.REFUSED_BY_ODOO, "not yours")
            return known(model, method, **arguments)

        patch.setattr(odoo, "call", call)
        items = adopt(odoo, *(seen(number) for number in "ABC"))

    assert [one.status for one in items] == [Status.REFUSED, Status.ADOPTED, Status.ADOPTED]
    assert items[0].text == "not yours"
