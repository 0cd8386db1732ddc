"""How wide commands print, and that nothing is torn, cut off or followed by spaces."""

from __future__ import annotations

import sys

import pytest
from rich.console import Console
from rich.table import Table

from ops.hanging import Hanging
from ops.terminal import WIDE, is_narrow, printer, show
from tests.unit.readable import EVIL, SPELLED, lines

ID = "01a201e5-9004-75a2-9292-e7d5156585cc"


@pytest.mark.parametrize(
    ("columns", "width", "breaks"),
    [("60", 60, True), ("", WIDE, False), ("wide", WIDE, False), ("0", WIDE, False)],
)
def test_a_pipe_is_wide_and_breaks_no_sentence_unless_columns_says_more(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int, *, breaks: bool
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    for console in (printer(), printer(stderr=True)):
        assert (console.width, not console.soft_wrap) == (width, breaks)


@pytest.mark.parametrize("stderr", [False, True])
def test_a_terminal_says_how_wide_it_is(monkeypatch: pytest.MonkeyPatch, *, stderr: bool) -> None:
    monkeypatch.setattr(sys.stderr if stderr else sys.stdout, "isatty", lambda: True)

    assert not printer(stderr=stderr).soft_wrap
    assert printer(stderr=not stderr).soft_wrap


def shown(capsys: pytest.CaptureFixture[str], *parts: object, width: int = 40) -> list[str]:
    show(Console(width=width, highlight=False), *parts)  # type: ignore[arg-type]
    return capsys.readouterr().out.splitlines()


def test_a_sentence_breaks_at_its_spaces_and_an_id_never(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"published 9 events of 1 file (8 product, 1 bom), correlation id {ID}"

    found = shown(capsys, text)

    assert found == ["published 9 events of 1 file (8 product,", "1 bom), correlation id", ID]
    assert ID in shown(capsys, text, width=20)


def test_a_sentence_in_a_pipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(printer(), "so long " * 60 + "an end")

    assert lines(capsys.readouterr().out, 1000) == ["so long " * 60 + "an end"]


def test_further_lines_stand_below_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    told = Hanging("  why  ", "the state is not in the profile\nand the unit is not known")

    assert shown(capsys, told, width=24) == [
        "  why  the state is not",
        "       in the profile",
        "       and the unit is",
        "       not known",
    ]


def test_no_line_ends_in_spaces_and_an_empty_one_stays(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("number", "name", box=None)
    table.add_row("A", "x")

    assert shown(capsys, table, "", "end") == [" number  name", " A       x", "", "end"]


def test_a_number_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "[red]7[/red]") == ["[red]7[/red]"]


def test_narrow_is_where_a_table_of_identifiers_and_sentences_does_not_fit() -> None:
    assert [is_narrow(Console(width=width)) for width in (60, 80, 120)] == [True, True, False]


def test_a_command_to_the_terminal_is_shown_and_not_sent(capsys: pytest.CaptureFixture[str]) -> None:
    show(Console(width=80, highlight=False), EVIL, Hanging(f"{EVIL} ", EVIL))

    assert lines(capsys.readouterr().out, 80) == [SPELLED, f"{SPELLED} {SPELLED}"]
