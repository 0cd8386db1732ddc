"""Rows for people: whatever the width, what names a thing stays whole and nothing goes missing."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ops.column_widths import Need, shared
from ops.listing import Column, Listing, Row
from ops.terminal import show
from tests.unit.readable import EVIL, SPELLED, lines

COLUMNS = (
    Column("line", is_number=True, is_named=True),
    Column("number"),
    Column("why", is_detail=True),
    Column("did you mean", is_detail=True, is_named=True),
)
WHY = "Odoo has no field of this name in product.template, and no rule fills it"
ROW = Row(("7", "ISO 4017 M12x35", WHY, "weight"))


def told(width: int, *rows: Row, columns: Sequence[Column] = COLUMNS, title: str = "") -> str:
    file = io.StringIO()
    show(Console(file=file, width=width, highlight=False), Listing(columns, rows, title))
    return file.getvalue()


@pytest.mark.parametrize("width", [120, 160])
def test_where_there_is_room_it_is_a_table(width: int) -> None:
    headings, rule, *_ = [line for line in lines(told(width, ROW, title="Mistakes"), width)[1:] if line]

    assert headings.split() == ["line", "number", "why", "did", "you", "mean"]
    assert set(rule) == {"─"}


def test_a_small_table_is_one_in_a_narrow_terminal_too() -> None:
    assert "did you mean" in lines(told(60, Row(("7", "A", "no such field", "weight"))), 60)[1]


def test_in_a_narrow_terminal_details_stand_below_what_they_are_of() -> None:
    assert told(60, ROW, ROW, title="Mistakes").splitlines() == [
        "Mistakes",
        *2
        * [
            "line 7  ISO 4017 M12x35",
            "    Odoo has no field of this name in product.template, and",
            "    no rule fills it",
            "    did you mean weight",
        ],
        "",
    ]


def test_what_fits_stands_side_by_side_and_what_names_a_thing_stays_whole() -> None:
    columns = (Column("number"), Column("record"), Column("name", is_detail=True), Column("revision"))
    row = Row(("ISO 4017 M12x35 - 8.8 A2", "product.template 33", "Hexagon screw M12x35 - 8.8", "B"))

    assert told(40, row, columns=columns).splitlines() == [
        "ISO 4017 M12x35 - 8.8 A2",
        "    product.template 33  B",
        "    Hexagon screw M12x35 - 8.8",
        "",
    ]


def test_a_wide_terminal_that_a_table_would_not_fit_gets_blocks() -> None:
    long = "N" * 60
    row = Row((long, long, "why it is so"))

    found = told(120, row, columns=(Column("number"), Column("key"), Column("why", is_detail=True)))

    assert lines(found, 120) == [long, long, "why it is so", ""]


def test_a_column_with_nothing_in_it_is_left_out() -> None:
    found = told(120, Row(("7", "A", "no such field", "")), Row(("8", "B", "no such field", "")))

    assert "did you mean" not in found
    assert "no such field" in found


def test_a_block_is_indented_as_its_row_says_and_a_cell_is_no_markup() -> None:
    columns = (Column("number"), Column("name", is_detail=True))

    found = told(30, Row(("    [red]", "a name that is longer than it"), indent=4), columns=columns)

    assert found.splitlines() == ["    [red]", "        a name that is longer", "        than it", ""]


@pytest.mark.parametrize("width", [20, 120])
def test_blanks_and_tabs_are_no_trouble(width: int) -> None:
    columns = (Column("number"), Column("", is_detail=True))

    assert "A\n" in told(width, Row(("A", "  ")), columns=columns)
    assert "so long a name" in told(width, Row(("A", "so\tlong\ta name")), columns=columns)


@pytest.mark.parametrize("width", [60, 120])
def test_what_others_wrote_gets_the_room_of_what_is_shown_of_it(width: int) -> None:
    found = lines(told(width, Row((EVIL, EVIL, EVIL, EVIL)), title=EVIL), width)

    assert found[0] == SPELLED
    assert sum(line.count(SPELLED) for line in found[1:]) == 4


words = st.text(st.characters(categories=["L", "N"], include_characters="-/."), min_size=1, max_size=20)
names = st.lists(words, min_size=1, max_size=2).map(" ".join)
sentences = st.lists(words, max_size=12).map(" ".join)
rows = st.lists(st.tuples(names, names, sentences, sentences).map(Row), min_size=1, max_size=5)


@given(rows, st.integers(60, 170))
def test_in_any_width_numbers_are_whole_and_no_word_goes_missing(rows: list[Row], width: int) -> None:
    found = lines(told(width, *rows), width)

    for row in rows:
        assert all(any(name in line for line in found) for name in row.cells[:2])
        assert all(any(word in line for line in found) for cell in row.cells for word in cell.split())


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), max_size=6), st.integers(0, 200))
def test_columns_share_a_width_and_get_what_they_must_have(sizes: list[tuple[int, int]], space: int) -> None:
    needs = [Need(least, least + more) for least, more in sizes]

    widths = shared(needs, space)

    if sum(need.least for need in needs) > space:
        assert widths is None
    else:
        assert widths is not None
        assert all(need.least <= width <= need.most for need, width in zip(needs, widths, strict=True))
        assert sum(widths) == min(space, sum(need.most for need in needs))
