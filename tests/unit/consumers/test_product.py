"""The product consumer: one item becomes one product, whatever was there before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.errors import AmbiguousError, ConflictError, UnavailableError
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from consumers.odoo.units import MIN_AGE_SECONDS
from consumers.product import ProductHandler
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import profile, transition
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import TEMPLATE, UNIT, Plm
from tests.unit.consumers.products import apply, change, held, refused, results


def batch(count: int, version: int = 1) -> list[Event]:
    return [seen(f"P-{number}", version) for number in range(count)]


def test_an_unknown_item_becomes_a_product_with_its_key_and_fence(odoo: Plm) -> None:
    assert results(odoo, seen("A", 3, weight=Decimal("1.005"))) == [Result.CREATED]

    product = odoo.by_number("A")
    assert (product["name"], product["type"], product["weight"]) == ("Drive unit", "consu", 1.01)
    assert (product[KEY], product[SEQUENCE], product[REVISION]) == ("Works.A", from_version(3), "B")
    assert product["uom_id"] == odoo.units["Units"]


def test_a_hundred_new_items_cost_four_calls_and_one_for_their_unit_the_first_time(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, profile())
    assert handler.apply(batch(100)) == [Applied(Result.CREATED)] * 100

    assert len(odoo.records(TEMPLATE)) == 100
    assert odoo.methods() == [
        "product.template.search_read",
        "product.product.search_read",
        "uom.uom.search_read",
        "product.template.load",
        "product.template.search_read",  # whether they were created by these events
    ]

    odoo.calls.clear()
    handler.apply([seen(f"Q-{number}") for number in range(100)])
    assert "uom.uom.search_read" not in odoo.methods()


def test_a_hundred_unchanged_items_cost_one_call_and_no_write(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, profile())
    handler.apply(batch(100))
    odoo.calls.clear()

    assert handler.apply(batch(100)) == [Applied(Result.UNCHANGED)] * 100

    assert odoo.methods() == ["product.template.search_read"]


def test_a_hundred_changed_items_cost_two_calls_and_write_only_what_differs(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, profile())
    handler.apply(batch(100))
    odoo.calls.clear()

    renamed = [seen(f"P-{number}", 2, name="Drive unit, long") for number in range(100)]
    assert handler.apply(renamed) == [Applied(Result.UPDATED)] * 100

    assert odoo.methods() == ["product.template.search_read", "product.template.web_save_multi"]
    written = odoo.calls[-1].arguments["vals_list"]
    assert written == [
        {"name": "Drive unit, long", SEQUENCE: from_version(2), DIGEST: one.digest} for one in renamed
    ]


def test_a_batch_of_all_sorts_costs_five_calls(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, profile())
    handler.apply(batch(3))
    odoo.calls.clear()

    found = handler.apply([seen("P-0"), seen("P-1", 2, name="X"), seen("P-2", 0), seen("P-3")])

    assert [verdict.result for verdict in found if isinstance(verdict, Applied)] == [
        Result.UNCHANGED,
        Result.UPDATED,
        Result.STALE,
        Result.CREATED,
    ]
    assert len(odoo.calls) == 5


def test_an_older_event_is_stale_and_changes_nothing(odoo: Plm) -> None:
    apply(odoo, seen("A", 5, name="New"))
    before = odoo.records(TEMPLATE)

    [verdict] = apply(odoo, seen("A", 4, name="Old"))

    assert verdict == Applied(Result.STALE, f"Odoo holds sequence {from_version(5)}")
    assert odoo.records(TEMPLATE) == before


def test_a_newer_event_without_news_moves_the_fence_and_is_unchanged(odoo: Plm) -> None:
    apply(odoo, seen("A", 1))

    assert results(odoo, seen("A", 2)) == [Result.UNCHANGED]
    assert odoo.by_number("A")[SEQUENCE] == from_version(2)


@pytest.mark.parametrize("method", ["search_read", "load"])
def test_a_reply_that_was_lost_doubles_nothing(odoo: Plm, method: str) -> None:
    odoo.lose_reply(method)
    with pytest.raises(AmbiguousError):
        apply(odoo, seen("A"), seen("B"))

    apply(odoo, seen("A"), seen("B"))

    assert [product["default_code"] for product in odoo.records(TEMPLATE)] == ["A", "B"]


def created_meanwhile(odoo: Plm, monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    """Let another process create the product of `event` after our reading: our creating comes second."""
    call = odoo.call

    def late(model: str, method: str, **arguments: Any) -> Any:
        if method == "load":
            monkeypatch.setattr(odoo, "call", call)
            apply(odoo, event)
        return call(model, method, **arguments)

    monkeypatch.setattr(odoo, "call", late)


def test_a_creation_that_another_process_won_with_the_same_event_is_joined(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch
) -> None:
    created_meanwhile(odoo, monkeypatch, seen("A"))

    assert apply(odoo, seen("A")) == [Applied(Result.CREATED)]

    assert len(odoo.records(TEMPLATE)) == 1


@pytest.mark.parametrize("version", [1, 9])
def test_a_creation_that_another_event_won_is_read_again_and_the_newer_one_stays(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    created_meanwhile(odoo, monkeypatch, seen("A", version, name="Theirs"))

    with pytest.raises(ConflictError, match="created by another event"):
        apply(odoo, seen("A", 5, name="Ours"))
    apply(odoo, seen("A", 5, name="Ours"))

    [product] = odoo.records(TEMPLATE)
    assert product["name"] == ("Ours" if version < 5 else "Theirs")


def test_a_creation_that_odoo_comes_to_late_undoes_nothing(odoo: Plm) -> None:
    apply(odoo, seen("A", 1, name="Old"))
    [load] = [call for call in odoo.calls if call.method == "load"]
    apply(odoo, seen("A", 2, name="New"))

    odoo.call(load.model, load.method, context=load.context, **load.arguments)

    assert held(odoo, "name", SEQUENCE) == ["New", from_version(2)]


def test_an_item_whose_key_a_person_emptied_is_not_called_created(odoo: Plm) -> None:
    apply(odoo, seen("A", 1, name="Old"))
    change(odoo, "A", **{KEY: False, "default_code": "renamed"})

    [verdict] = apply(odoo, seen("A", 2, name="New"))

    text = refused(verdict, Reason.AMBIGUOUS_MATCH)
    assert "external id pdm_odoo.product.Works.A is that of product.template" in text
    assert "enter 'Works.A' there, or delete the external id" in text


def test_an_unknown_unit_refuses_a_new_item_alone(odoo: Plm) -> None:
    bad, good = apply(odoo, seen("A", unit="stone"), seen("B"))

    refused(bad, Reason.UNKNOWN_UNIT)
    assert good == Applied(Result.CREATED)
    assert [product["default_code"] for product in odoo.records(TEMPLATE)] == ["B"]


def test_a_unit_made_meanwhile_is_found_without_waiting_ten_minutes(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("consumers.odoo.relations.time.monotonic", lambda: now[0])
    handler = ProductHandler(odoo, odoo.schema, profile())
    [before] = handler.apply([seen("A", unit="Crates")])
    refused(before, Reason.UNKNOWN_UNIT)

    crates = odoo.add(UNIT, name="Crates")
    now[0] += MIN_AGE_SECONDS + 1

    assert handler.apply([seen("A", unit="crates")]) == [Applied(Result.CREATED)]
    assert odoo.by_number("A")["uom_id"] == crates


def test_the_unit_of_a_product_in_use_is_reported_and_never_written(odoo: Plm) -> None:
    odoo.add_product("A", uom_id=odoo.units["kg"])

    verdict, new = apply(odoo, seen("A", unit="pcs"), seen("B"))

    assert verdict == Applied(Result.UPDATED, "uom_id is kg in Odoo, Units in the vault")
    assert odoo.by_number("A")["uom_id"] == odoo.units["kg"]
    assert new == Applied(Result.CREATED)


def test_an_unknown_unit_of_a_product_in_use_is_only_a_note(odoo: Plm) -> None:
    odoo.add_product("A", uom_id=odoo.units["kg"])

    [verdict] = apply(odoo, seen("A", unit="stone"))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UPDATED
    assert "uom_id: Odoo has no active unit 'stone'" in verdict.note
    assert odoo.by_number("A")["name"] == "Drive unit"


def test_a_row_that_odoo_refuses_harms_no_other(odoo: Plm) -> None:
    odoo.refuse("pdm_odoo.product.Works.P-1", "Missing required value for the field 'Name'")

    verdicts = apply(odoo, *batch(3))

    assert "Missing required value" in refused(verdicts[1], Reason.REFUSED_BY_ODOO)
    assert [verdicts[0], verdicts[2]] == [Applied(Result.CREATED)] * 2
    assert [product["default_code"] for product in odoo.records(TEMPLATE)] == ["P-0", "P-2"]


def test_ignored_and_unknown_states_ask_odoo_nothing(odoo: Plm) -> None:
    ignored, unknown = apply(
        odoo,
        seen("A", transition=transition(to_state="In Work")),
        seen("B", transition=transition(to_state="Frozen")),
    )

    assert ignored == Applied(Result.UNCHANGED, "state 'In Work' is ignored", supersedes=False)
    refused(unknown, Reason.UNKNOWN_STATE)
    assert odoo.calls == []


def test_when_odoo_is_away_the_whole_call_fails_and_names_no_event(odoo: Plm) -> None:
    odoo.fail(UnavailableError("connection refused"))

    with pytest.raises(UnavailableError):
        apply(odoo, seen("A"))
