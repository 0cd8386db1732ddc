"""`pdm-odoo profile explain`: its events have the keys that the consumer will give them; how it reads."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ops.explained import Explained
from ops.explained_lines import BomRow
from ops.explained_rows import Row
from ops.profile_explain import _events, _print
from ops.terminal import printer
from producers.ids import new_id
from producers.sources.read import read
from schemas.event import Event, decode, encode
from schemas.keys import KeyParts
from tests.factories import bom, bom_line, event, item, product, profile
from tests.unit.readable import EVIL, SPELLED, lines


def events(path: Path, parts: KeyParts, one: Event) -> list[Event]:
    file = path / "event.json"
    file.write_bytes(encode(one))
    mapping = profile(key={"parts": parts})
    found = read(str(file), file.read_bytes(), mapping, new_id=new_id)
    return _events(found, str(file), mapping, None, sightings=False)


@pytest.mark.parametrize("parts", KeyParts)
def test_a_key_is_made_of_what_the_profile_says(tmp_path: Path, parts: KeyParts) -> None:
    one = event(product())

    [found] = events(tmp_path, parts, one)

    assert (found.key_parts, found.key) == (parts, decode(encode(one), parts).key)


@pytest.mark.parametrize(
    "data", [product(item=item(vault_object_id=None)), bom(lines=(bom_line(vault_object_id=None),))]
)
def test_what_has_no_such_part_is_refused_by_name(tmp_path: Path, data: object) -> None:
    with pytest.raises(click.ClickException, match="has no vault_object_id"):
        events(tmp_path, KeyParts.VAULT_OBJECT, event(data))  # type: ignore[arg-type]


LONG = "R&D-77/0815 0000000000-LEFT"
SENTENCE = "Drive unit with coupling, guard and so many long words that it takes more than a line"
TOLD = Explained(
    "bom",
    LONG,
    "updated: 1 lines come, 2 change, 0 go",
    [
        Row("mrp.bom", "code", "item.revision = 'C'", "required = True", "C", "B", "changes"),
        Row("mrp.bom", "x_note", f"Note = '{SENTENCE}'", "", SENTENCE, "", "new"),
    ],
    [BomRow(10, f"{LONG} {place}", "1.89", "m", "in the vault 1.885 m; merged into one") for place in "AB"],
)


@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_each_field_has_lines_of_its_own_and_no_number_is_torn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _print(printer(), TOLD)

    found = lines(capsys.readouterr().out, width)
    assert found[0].startswith(f"bom {LONG}: ")
    assert found[found.index("code: changes") :][:5] == [
        "code: changes",
        "reads item.revision = 'C'",
        "rule required = True",
        "becomes C",
        "Odoo has now B",
    ]
    assert f"becomes {SENTENCE}" in " ".join(found)
    assert f"position 10  {LONG} A  1.89  m" in found


def test_in_a_pipe_fields_and_lines_are_tables(capsys: pytest.CaptureFixture[str]) -> None:
    _print(printer(), TOLD)

    found = lines(capsys.readouterr().out, 160)
    assert found[0] == f"bom {LONG}: updated: 1 lines come, 2 change, 0 go"
    assert [line.split()[0] for line in found if "──" not in line and line][1:3] == ["field", "mrp.bom"]
    assert any(line.startswith("position") and "component" in line for line in found)


@pytest.mark.parametrize("columns", ["60", ""])
def test_what_others_wrote_is_no_command_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    row = Row("mrp.bom", "code", EVIL, "", EVIL, EVIL, "changes")
    told = Explained("bom", EVIL, EVIL, [row], [BomRow(1, EVIL, "1", EVIL, EVIL)])

    _print(printer(), told)

    assert sum(line.count(SPELLED) for line in lines(capsys.readouterr().out, 160)) == 8
