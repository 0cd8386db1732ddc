"""What others wrote reaches no terminal as a command to it."""

from __future__ import annotations

from typing import NoReturn

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import cli
from ops.visible import visible
from producers.errors import BrokerUnavailableError
from tests.unit.readable import EVIL, SPELLED, is_command

TABLE = [
    ("\x1b[2J", r"\x1b[2J"),
    ("\x07\x08\x0b\x0c\r", r"\x07\x08\x0b\x0c\x0d"),
    ("\x00\x7f\x9b\x85", r"\x00\x7f\x9b\x85"),
    ("a\u202eb\u2066c\u200e\u061c", r"a\u202eb\u2066c\u200e\u061c"),
    ("\u2028\ud800", r"\u2028\ud800"),
    ("two\r\nlines\n", "two\nlines\n"),
    ("a\tb", "a b"),
    (r"C:\x1b", r"C:\x1b"),
    ("Getriebe ½″ µm 齿轮 ترس 👩\u200d🔧 [red]", "Getriebe ½″ µm 齿轮 ترس 👩\u200d🔧 [red]"),
]


@pytest.mark.parametrize(("text", "shown"), TABLE, ids=[ascii(row[0]) for row in TABLE])
def test_commands_are_spelled_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_is_visible_is_a_command_or_changes_when_shown_again(text: str) -> None:
    found = visible(text)

    assert [one for one in found if is_command(one)] == []
    assert visible(found) == found


@pytest.mark.parametrize(
    "error", [BrokerUnavailableError(f"no {EVIL}"), click.ClickException(f"no {EVIL}\nat all")]
)
def test_an_error_that_ends_a_command_is_told_without_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def failing(*, standalone_mode: bool) -> NoReturn:
        assert not standalone_mode
        raise error

    monkeypatch.setattr(cli, "cli", failing)

    with pytest.raises(SystemExit) as end:
        cli.main()

    assert end.value.code == 1
    assert capsys.readouterr().err == f"Error: {error}\n".replace(EVIL, SPELLED)


def test_what_was_typed_wrong_is_repeated_with_the_usage_and_without_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pdm-odoo", "impact", f"--{EVIL}"])

    with pytest.raises(SystemExit) as end:
        cli.main()

    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.startswith("Usage: ")
    assert SPELLED in told
    assert [one for one in told if is_command(one)] == []
