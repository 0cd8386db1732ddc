"""`pdm-odoo profile` and `odoo schema` as a user calls them, against the real Odoo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from consumers.odoo.client import Odoo
from ops.demo import release
from ops.profile import default_text
from ops.profile_command import profile
from schemas.odoo_settings import OdooSettings
from tests.unit.mapping.mistakes import TWELVE

pytestmark = pytest.mark.both_protocols

Run = Callable[..., Result]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    database: dict[str, str],
    odoo_settings: OdooSettings,
) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PDM_ODOO_PROFILE", raising=False)
    for name, value in database.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ODOO_PROTOCOL", odoo_settings.protocol.value)
    return lambda *arguments: CliRunner().invoke(profile, list(arguments))


def test_twelve_different_mistakes_are_twelve_findings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        TWELVE + '[models."product.document".fields]\nname = { from = "file.name" }\n', "utf-8"
    )

    result = run("check", "--json", "mine.toml")

    found = orjson.loads(result.stdout)
    assert result.exit_code == 1
    assert len(found) == 12
    assert all(one["line"] and one["model"] and one["field"] and one["suggestion"] for one in found)
    table = run("check", "mine.toml").stdout
    assert "12 mistakes" in table


def test_a_sound_profile_is_summed_up(run: Run) -> None:
    result = run("check")

    assert result.exit_code == 0, result.output
    assert "default.toml is sound, and fits the connected Odoo: 2 states, 10 field rules" in result.stdout


def test_a_language_that_is_not_installed_is_a_mistake(run: Run) -> None:
    worked = Path(__file__).parents[2] / "ops" / "profiles" / "machine-builder.toml"

    result = run("check", "--json", str(worked))

    [found] = orjson.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["field"], "de_DE is not installed" in found["text"]) == ("name", True)
    assert "languages = { de_DE" in worked.read_text("utf-8").splitlines()[found["line"] - 1]


def test_init_names_what_the_connected_odoo_has(run: Run, tmp_path: Path) -> None:
    assert run("init", "--from-odoo", "mine.toml").exit_code == 0

    text = (tmp_path / "mine.toml").read_text("utf-8")
    assert text.startswith(default_text())
    for named in ("My Company", "en_US", "Units", "list_price", "x_pdm_key"):
        assert (named in text) == (named != "x_pdm_key")
    assert run("check", "mine.toml").exit_code == 0


def test_explain_tells_each_field_and_writes_nothing(run: Run, odoo: Odoo) -> None:
    export = next(path for path in release.exports() if path.name.startswith("BD-1300"))
    before = odoo.call("product.template", "search_count", domain=[])

    explained = orjson.loads(run("explain", "--json", str(export)).stdout)

    product = explained[0]
    assert (product["kind"], product["number"], product["outcome"]) == ("product", "BD-1300", "created")
    rows = {row["field"]: row for row in product["rows"]}
    assert rows["uom_id"]["value"] == "Units"
    assert rows["uom_id"]["rule"] == "master = 'seed'"
    assert rows["purchase_ok"]["value"] == "no"
    assert {row["effect"] for row in rows.values()} == {"new"}
    assert odoo.call("product.template", "search_count", domain=[]) == before
    assert "BD-1300" in run("explain", str(export)).stdout


def test_explain_creates_no_related_record(run: Run, odoo: Odoo, tmp_path: Path) -> None:
    text = default_text().replace(
        'weight = { from = "item.weight" }',
        'categ_id = { template = "Cat {item.number}", missing = "create" }',
    )
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    export = next(path for path in release.exports() if path.name.startswith("BD-1300"))

    result = run("explain", "--profile", "mine.toml", str(export))

    assert "(would be created)" in result.stdout
    assert not odoo.call("product.category", "search_count", domain=[["name", "=", "Cat BD-1300"]])


def test_an_odoo_that_does_not_answer_is_said_and_the_way_without_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")

    result = run("check")

    assert result.exit_code == 1
    assert "--offline" in result.stderr
    assert run("check", "--offline").exit_code == 0
