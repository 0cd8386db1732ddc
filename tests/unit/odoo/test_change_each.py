"""A record that Odoo refuses harms only itself, and is found in few calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.errors import ConflictError, PermanentError
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Values
from schemas.dead_letter import Reason
from tests.fakes import FakeOdoo

MODEL = "product.template"
SILENT = "Odoo refuses: a rule of an added module"


class Strict(FakeOdoo):
    """Refuses a write as Odoo does: at the first record at fault, and nothing of the call is stored."""

    def __init__(self, fault: Callable[[int, Values], str], count: int) -> None:
        super().__init__()
        self._fault = fault
        self.ids = [self.add(MODEL, name=f"old {number}") for number in range(count)]

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        for record, values in zip(ids, vals_list, strict=True):
            if text := self._fault(record, values):
                raise PermanentError(Reason.REFUSED_BY_ODOO, text)
        return super()._web_save_multi(model, ids, vals_list, specification)

    def names(self) -> list[str]:
        return [record["name"] for record in self.records(MODEL)]


def new_names(ids: Sequence[int]) -> dict[int, Values]:
    return {record: {"name": f"new-{record}", "weight": 2.0} for record in ids}


def test_all_are_written_in_one_call_when_none_is_refused() -> None:
    odoo = Strict(lambda _record, _values: "", 100)

    assert change_each(odoo, MODEL, new_names(odoo.ids)) == {}
    assert len(odoo.calls) == 1


@pytest.mark.parametrize(
    "text",
    [
        'violates check constraint "x"\nDETAIL:  Failing row contains (38, 1, null, 2.00).',
        "Uh-oh! - Product, some (product.template: 38)",
        "The value new-38 is not allowed",
        "[N-38] is already sold",
    ],
    ids=["PostgreSQL's row", "Odoo's record", "a value", "what it is called"],
)
def test_one_of_a_hundred_that_the_text_speaks_of_costs_two_more_calls(text: str) -> None:
    odoo = Strict(lambda record, _: text if record == 38 else "", 100)

    refused = change_each(
        odoo, MODEL, new_names(odoo.ids), names={record: [f"N-{record}"] for record in odoo.ids}
    )

    assert list(refused) == [38]
    assert len(odoo.calls) == 3
    assert odoo.names() == ["old 37" if record == 38 else f"new-{record}" for record in odoo.ids]


@pytest.mark.parametrize("bad", [1, 38, 100])
def test_one_of_a_hundred_that_nothing_speaks_of_costs_eleven_calls_at_most_beside_the_first(
    bad: int,
) -> None:
    odoo = Strict(lambda record, _: SILENT if record == bad else "", 100)

    refused = change_each(odoo, MODEL, new_names(odoo.ids))

    assert list(refused) == [bad]
    assert len(odoo.calls) <= 16
    assert len(set(odoo.names()) & {f"new-{record}" for record in odoo.ids}) == 99


def test_the_refusal_names_the_field_and_the_value_that_it_quotes_else_all_that_was_written() -> None:
    quoting = Strict(lambda _record, _values: "no such weight: 2.00\nDETAIL:  Failing row (1, 2, 3)", 1)
    silent = Strict(lambda _record, _values: SILENT, 1)
    changes = {1: {"name": "A wheel", "weight": 2.25, "x_pdm_sequence": "1"}}

    assert str(change_each(silent, MODEL, changes)[1]) == (
        f"{SILENT}; refused: product.template.name = 'A wheel', product.template.weight = 2.25"
    )
    [error] = change_each(
        quoting, MODEL, {1: {"name": "A wheel", "weight": 2.00, "list_price": 1.5}}
    ).values()
    assert "DETAIL" not in str(error)


def test_who_was_only_in_the_way_of_another_is_written() -> None:
    """The second record may be written once the first one is, and not in one call with it."""
    odoo = Strict(lambda _record, _values: "", 2)
    together = {1, 2}

    def fault(record: int, _values: Values) -> str:
        return SILENT if record == 2 and odoo.names()[0] == "old 0" else ""

    odoo._fault = fault

    assert change_each(odoo, MODEL, new_names(sorted(together))) == {}
    assert odoo.names() == ["new-1", "new-2"]


def test_what_concerns_all_is_raised() -> None:
    odoo = Strict(lambda _record, _values: "", 2)
    odoo.fail(ConflictError("could not serialize"))

    with pytest.raises(ConflictError):
        change_each(odoo, MODEL, new_names(odoo.ids))


def test_nothing_to_write_takes_no_call() -> None:
    odoo = Strict(lambda _record, _values: SILENT, 2)
    changes: Mapping[int, dict[str, Any]] = {1: {}, 2: {}}

    assert change_each(odoo, MODEL, changes) == {}
    assert odoo.calls == []


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n)))), st.booleans())
def test_any_set_of_refused_records_is_told_from_the_others(case: tuple[int, set[int]], quoted: bool) -> None:
    count, bad = case
    odoo = Strict(
        lambda record, values: (values["name"] if quoted else SILENT) if record in bad else "", count
    )

    assert set(change_each(odoo, MODEL, new_names(odoo.ids))) == bad
    assert [name.startswith("old") for name in odoo.names()] == [record in bad for record in odoo.ids]
    assert len(odoo.calls) <= 1 + 2 * count
