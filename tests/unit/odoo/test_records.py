"""Records in bulk: nothing doubles, and one bad row harms only itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from consumers.errors import ConflictError, PermanentError, RefusedModelError
from consumers.odoo.records import change, create_once, find
from tests.fakes import FakeOdoo

MODEL = "product.template"


def rows(*names: str) -> list[dict[str, str]]:
    return [{"id": f"pdm_odoo.product.{name}", "name": name, "x_pdm_key": name} for name in names]


def message(row: int, text: str, **more: Any) -> dict[str, Any]:
    return {"rows": {"from": row, "to": row}, "record": row, "type": "error", "message": text, **more}


class Scripted:
    """Answers `load()` from a script, and keeps the rows it was sent."""

    def __init__(self, *replies: Mapping[str, Any]) -> None:
        self.sent: list[list[list[str]]] = []
        self._replies = list(replies)

    def version(self) -> str:
        return "19.0"

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        if method == "has_access":
            return True
        self.sent.append(arguments["data"])
        return self._replies.pop(0)


def loaded(*ids: int) -> dict[str, Any]:
    return {"ids": list(ids), "messages": [], "nextrow": 0}


def refused(*messages: Mapping[str, Any]) -> dict[str, Any]:
    return {"ids": False, "messages": list(messages), "nextrow": 0}


def texts(outcome: Sequence[int | PermanentError]) -> list[int | str]:
    return [str(one) if isinstance(one, PermanentError) else one for one in outcome]


def test_found_records_come_by_id_and_once() -> None:
    odoo = FakeOdoo()
    odoo.add(MODEL, x_pdm_key="b")
    odoo.add(MODEL, x_pdm_key="a", active=False)

    found = find(odoo, MODEL, "x_pdm_key", ["a", "b", "a", "c"], ["x_pdm_key"])

    assert found == [{"id": 1, "x_pdm_key": "b"}, {"id": 2, "x_pdm_key": "a"}]


@pytest.mark.parametrize(("values", "calls"), [(0, 0), (1, 1), (1000, 1), (1001, 2)])
def test_finding_takes_one_call_per_thousand(values: int, calls: int) -> None:
    odoo = FakeOdoo()

    find(odoo, MODEL, "x_pdm_key", [str(value) for value in range(values)], ["name"])

    assert len(odoo.calls) == calls


def test_a_row_that_is_sent_again_doubles_nothing() -> None:
    odoo = FakeOdoo()

    first = create_once(odoo, MODEL, rows("a", "b"))
    second = create_once(odoo, MODEL, rows("b", "a"))

    assert second == first[::-1]
    assert len(odoo.records(MODEL)) == 2


def test_no_rows_take_no_call() -> None:
    odoo = FakeOdoo()

    assert create_once(odoo, MODEL, []) == []
    assert odoo.calls == []


@pytest.mark.parametrize(("count", "calls"), [(100, 1), (101, 2)])
def test_a_call_carries_at_most_a_hundred_rows(count: int, calls: int) -> None:
    odoo = FakeOdoo()

    outcome = create_once(odoo, MODEL, rows(*(f"n{number}" for number in range(count))))

    assert outcome == list(range(1, count + 1))
    assert len(odoo.calls) == calls


def test_rows_with_other_columns_go_by_a_call_of_their_own_for_an_empty_cell_would_clear() -> None:
    odoo = FakeOdoo()
    odoo.defaults[MODEL] = {"weight": 7.0}

    outcome = create_once(
        odoo,
        MODEL,
        [{"id": "x.a", "name": "a"}, {"id": "x.b", "name": "b", "weight": "2"}, {"id": "x.c", "name": "c"}],
    )

    assert outcome == [1, 3, 2]
    assert [(one["name"], one["weight"]) for one in odoo.records(MODEL)] == [
        ("a", 7.0),
        ("c", 7.0),
        ("b", 2.0),
    ]
    assert len(odoo.calls) == 2


def test_columns_may_come_in_any_order() -> None:
    odoo = FakeOdoo()

    create_once(odoo, MODEL, [{"id": "x.a", "name": "a"}, {"name": "b", "id": "x.b"}])

    assert [one["name"] for one in odoo.records(MODEL)] == ["a", "b"]


def test_a_refused_row_is_named_and_the_others_are_created() -> None:
    odoo = Scripted(refused(message(1, "No matching record found")), loaded(11, 13))

    outcome = create_once(odoo, MODEL, rows("a", "b", "c"))

    assert texts(outcome) == [11, "Odoo refuses: No matching record found", 13]
    assert [row[0] for row in odoo.sent[1]] == ["pdm_odoo.product.a", "pdm_odoo.product.c"]


def test_the_batchs_error_that_odoo_repeats_does_not_blame_the_first_row() -> None:
    odoo = Scripted(
        refused(message(0, "Barcode(s) already assigned"), message(1, "Barcode(s) already assigned")),
        loaded(11),
    )

    assert texts(create_once(odoo, MODEL, rows("a", "b"))) == [
        11,
        "Odoo refuses: Barcode(s) already assigned",
    ]


def test_the_first_row_is_refused_when_it_alone_is_at_fault() -> None:
    odoo = Scripted(refused(message(0, "Barcode(s) already assigned")), loaded(12))

    assert texts(create_once(odoo, MODEL, rows("a", "b"))) == [
        "Odoo refuses: Barcode(s) already assigned",
        12,
    ]


def test_the_first_row_is_refused_for_a_fault_of_its_own() -> None:
    odoo = Scripted(refused(message(0, "one"), message(1, "other")))

    assert texts(create_once(odoo, MODEL, rows("a", "b"))) == ["Odoo refuses: one", "Odoo refuses: other"]


def test_rows_that_odoo_did_not_reach_are_tried_again() -> None:
    interrupted = {"type": "warning", "message": "Found more than 10 errors, interrupted"}
    odoo = Scripted(
        refused(message(0, "bad"), message(1, "bad too"), interrupted),
        refused(message(0, "bad as well")),
        loaded(14),
    )

    outcome = create_once(odoo, MODEL, rows("a", "b", "c", "d"))

    assert texts(outcome) == ["Odoo refuses: bad", "Odoo refuses: bad too", "Odoo refuses: bad as well", 14]


def test_a_conflict_speaks_of_the_whole_call() -> None:
    odoo = Scripted(refused(message(0, "could not serialize access due to concurrent update\n")))

    with pytest.raises(ConflictError):
        create_once(odoo, MODEL, rows("a", "b"))


@pytest.mark.parametrize("messages", [[], [{"type": "error", "message": "Unknown database error"}]])
def test_a_refusal_without_a_row_speaks_of_the_whole_call(messages: list[dict[str, Any]]) -> None:
    odoo = Scripted(refused(*messages))

    with pytest.raises(PermanentError, match="Odoo refuses the batch"):
        create_once(odoo, MODEL, rows("a", "b"))


def test_a_missing_right_is_no_fault_of_the_rows() -> None:
    odoo = FakeOdoo()
    odoo.refuse("pdm_odoo.product.a", "You are not allowed to create 'Product' (product.template) records.")
    odoo.may_create = False

    with pytest.raises(RefusedModelError, match="lacks a right in Odoo"):
        create_once(odoo, MODEL, rows("a", "b"))


def test_no_right_is_asked_for_when_odoo_took_another_row() -> None:
    odoo = FakeOdoo()
    odoo.refuse("pdm_odoo.product.a", "Barcode(s) already assigned")

    create_once(odoo, MODEL, rows("a", "b"))

    assert odoo.methods() == [f"{MODEL}.load"] * 2


def test_a_right_is_asked_for_when_every_row_is_refused_or_the_text_names_the_model() -> None:
    for names in (["a"], ["a", "b"]):
        odoo = FakeOdoo()
        odoo.refuse("pdm_odoo.product.a", f"You are not allowed to create 'Product' ({MODEL}) records.")
        odoo.may_create = False

        with pytest.raises(RefusedModelError):
            create_once(odoo, MODEL, rows(*names))


def test_a_refusal_names_the_field_that_odoo_names_or_whose_value_it_quotes() -> None:
    row = {"id": "x.a", "name": "Wheel", "weight": "5000", "default_code": "W-1"}
    detail = "violates check constraint\nDETAIL:  Failing row contains (7, 1, null)."

    [named] = create_once(Scripted(refused(message(0, detail, field="weight"))), MODEL, [row])
    [quoted] = create_once(Scripted(refused(message(0, "[W-1] is sold already"))), MODEL, [row])

    assert str(named) == (
        "Odoo refuses: violates check constraint; refused: product.template.weight = '5000'"
    )
    assert str(quoted).endswith("; refused: product.template.default_code = 'W-1'")


def test_the_context_goes_with_the_rows_and_with_the_changes() -> None:
    odoo = FakeOdoo()
    record = odoo.add(MODEL, name="old")

    create_once(odoo, MODEL, rows("a"), context={"one": 1})
    change(odoo, MODEL, {record: {"name": "new"}}, context={"two": 2})

    assert [call.context for call in odoo.calls] == [
        {"one": 1, "mode": "update", "noupdate": True},
        {"two": 2},
    ]


def test_a_change_writes_what_differs_and_nothing_else() -> None:
    odoo = FakeOdoo()
    ids = [odoo.add(MODEL, name=name) for name in ("a", "b", "c")]

    change(odoo, MODEL, {ids[0]: {"name": "A"}, ids[1]: {}, ids[2]: {"weight": 2.0}})

    assert [(one["name"], one.get("weight")) for one in odoo.records(MODEL)] == [
        ("A", None),
        ("b", None),
        ("c", 2.0),
    ]
    assert [call.ids for call in odoo.calls] == [[ids[0], ids[2]]]


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (500, 1), (501, 2)])
def test_a_change_takes_one_call_per_five_hundred_records(count: int, calls: int) -> None:
    odoo = FakeOdoo()
    ids = [odoo.add(MODEL, name="x") for _ in range(count)]

    change(odoo, MODEL, {record: {"name": "y"} for record in ids})

    assert len(odoo.calls) == calls


def test_a_rule_about_one_record_is_the_fault_of_its_event_and_a_missing_right_is_nobodys() -> None:
    odoo = FakeOdoo()
    record = odoo.add(MODEL, name="a")
    refusal = RefusedModelError(f"the user lacks a right in Odoo: Uh-oh! - Product, a ({MODEL}: 1)")

    odoo.fail(refusal)
    with pytest.raises(PermanentError, match="Uh-oh"):
        change(odoo, MODEL, {record: {"name": "b"}})

    odoo.fail(RefusedModelError("You are not allowed to create 'Valuation' (stock.valuation.layer) records"))
    with pytest.raises(RefusedModelError):
        change(odoo, MODEL, {record: {"name": "b"}})
    odoo.may_write = False
    odoo.fail(refusal)
    with pytest.raises(RefusedModelError):
        change(odoo, MODEL, {record: {"name": "b"}})
