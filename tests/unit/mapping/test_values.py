"""Values on their way to Odoo: only what differs, and only text in a `load()` row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.mapping.values import cells, difference, load_cells, sendable, written
from tests.unit.mapping.odoo_fields import info, model

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
RECORDS = st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=4)


def as_read(value: Any) -> Any:
    """Return `value` as Odoo's RPC reads it back: an empty text as False."""
    return False if value in ("", None) else value


@given(RECORDS)
def test_a_record_does_not_differ_from_itself_as_read(values: dict[str, Any]) -> None:
    assert difference({field: as_read(value) for field, value in values.items()}, values) == {}


@given(RECORDS, RECORDS)
def test_writing_the_difference_leaves_none(held: dict[str, Any], wanted: dict[str, Any]) -> None:
    written = held | {field: as_read(value) for field, value in difference(held, wanted).items()}

    assert difference(written, wanted) == {}


@pytest.mark.parametrize(
    ("held", "wanted", "differs"),
    [
        (False, "", False),
        ("", "", False),
        (False, None, False),
        (False, "A", True),
        ("A", "", True),
        ("A", "a", True),
        ("A", "A ", True),
        (0.0, 0.0, False),
        (1.5, 1.5, False),
        (1.5, 1.6, True),
        (2, 2.0, False),
        (False, 0.0, False),
        (True, False, True),
    ],
)
def test_two_values_differ_unless_they_are_equal_or_both_empty(
    held: object, wanted: object, *, differs: bool
) -> None:
    assert difference({"f": held}, {"f": wanted}) == ({"f": wanted} if differs else {})


def test_fields_that_are_held_and_not_wanted_are_left_alone() -> None:
    assert difference({"name": "A", "barcode": "4711"}, {"name": "B"}) == {"name": "B"}


@pytest.mark.parametrize(
    ("value", "cell"),
    [(True, "1"), (False, "0"), (None, ""), ("", ""), ("A\nB", "A\nB"), (7, "7"), (0, "0"), (0.25, "0.25")],
)
def test_a_value_is_spelt_so_that_load_understands_it(value: object, cell: str) -> None:
    assert cells({"f": value}) == {"f": cell}


@given(RECORDS)
def test_every_cell_is_a_text(values: dict[str, Any]) -> None:
    found = cells(values)

    assert found.keys() == values.keys()
    assert all(isinstance(cell, str) for cell in found.values())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_its_cell(number: float) -> None:
    assert float(cells({"f": number})["f"]) == number


MODEL = model(
    "any",
    info("name", "char"),
    info("price", "float", required=True),
    info("flag", "boolean", required=True),
    info("unit", "many2one", relation="uom.uom", required=True),
    info("category", "many2one", relation="product.category"),
    info("tags", "many2many", relation="product.tag"),
    price=1.0,
    flag=True,
    unit=7,
    category=8,
    tags=[[6, 0, [3, 4]]],
)
NAMES = ("name", "price", "flag", "unit", "category", "tags")


def test_what_odoo_requires_and_is_empty_is_left_to_its_default() -> None:
    empty = {"name": "A", "price": 0.0, "flag": False, "unit": False, "category": False, "tags": []}

    assert sendable(empty, MODEL) == {name: value for name, value in empty.items() if name != "unit"}


def test_related_records_go_by_their_ids_and_only_a_boolean_is_no() -> None:
    values = {"name": "A", "price": 0.0, "flag": False, "unit": 7, "category": False, "tags": [3, 4]}

    assert load_cells(values, MODEL) == {
        "name": "A",
        "price": "0.0",
        "flag": "0",
        "unit/.id": "7",
        "category/.id": "",
        "tags/.id": "3,4",
    }


def test_the_ids_of_a_many2many_field_are_a_set_and_replace_all_it_has() -> None:
    assert difference({"tags": [4, 3]}, {"tags": [3, 4]}) == {}
    assert difference({"tags": [3]}, {"tags": [3, 4]}) == {"tags": [[6, 0, [3, 4]]]}
    assert difference({"tags": [3]}, {"tags": []}) == {"tags": [[6, 0, []]]}
    assert difference({"tags": []}, {"tags": []}) == {}
    assert written({"tags": [3], "name": "A"}) == {"tags": [[6, 0, [3]]], "name": "A"}
