"""`pdm-odoo adopt` as a person sees it, with an Odoo in memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

import ops.adopt
from schemas.event import Event, encode
from tests.factories import transition
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.readable import EVIL, SPELLED, lines

LONG = "R&D-77/0815-0000000000-LEFT"
FROZEN = seen("BD-1125", transition=transition(to_state="Frozen"))


@pytest.fixture
def odoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plm:
    found = Plm()
    found.warm()
    found.add(TEMPLATE, default_code=LONG, name="Drive unit with coupling, guard and two long words")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PDM_ODOO_PROFILE", raising=False)
    monkeypatch.setattr(ops.adopt, "connect", lambda *_: nullcontext(found))
    for name in ("ODOO_DB", "ODOO_LOGIN", "ODOO_API_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")
    return found


def run(*arguments: str, events: Sequence[Event] = ()) -> Result:
    Path("events.ndjson").write_bytes(b"\n".join(encode(event) for event in events))
    return CliRunner().invoke(ops.adopt.adopt, arguments)


@pytest.mark.usefixtures("odoo")
@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_no_number_and_no_record_is_torn(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    result = run("events.ndjson", events=[seen(LONG), FROZEN])

    found = lines(result.stdout, width)
    assert result.exit_code == 1, result.output
    assert found[0] == "Would be adopted"
    assert found[1].startswith(f"{LONG}  {TEMPLATE} ")
    assert "BD-1125  refused" in found
    assert "2 items: 1 would be adopted, 0 new, 0 ambiguous, 0 unchanged, 1 refused" in " ".join(found)


@pytest.mark.usefixtures("odoo")
def test_in_a_pipe_it_is_a_table_and_for_programs_it_says_the_same() -> None:
    found = lines(run("events.ndjson", events=[seen(LONG), FROZEN]).stdout, 160)
    programs = run("--json", "events.ndjson", events=[seen(LONG), FROZEN])

    assert [line.split()[0] for line in found if "number" in line] == ["number", "number"]
    assert found[-1] == "2 items: 1 would be adopted, 0 new, 0 ambiguous, 0 unchanged, 1 refused"
    for item in map(orjson.loads, programs.stdout.splitlines()):
        [line] = [line for line in found if item["number"] in line]
        assert item["name"] in line
        assert item["text"] in line
    assert lines(programs.stderr, 160) == [found[-1]]


@pytest.mark.usefixtures("odoo")
def test_a_folder_without_exports_is_told_before_anything_is_done() -> None:
    Path("exports").mkdir()
    Path("exports/readme.txt").write_text("no export", "utf-8")

    result = run("exports")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: exports: has no *.xml, *.json or *.ndjson; name the folder of the exports\n"
    )


def test_a_name_in_odoo_and_a_state_of_the_vault_are_no_commands_to_the_terminal(odoo: Plm) -> None:
    odoo.add(TEMPLATE, default_code="A", name=EVIL)

    result = run("events.ndjson", events=[seen("A"), seen("B", transition=transition(to_state=EVIL))])

    assert sum(SPELLED in line for line in lines(result.stdout, 160)) == 2
