"""`pdm-odoo profile` without an Odoo: what it writes, what it finds, how it says so."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import orjson
import pytest
from click.testing import CliRunner, Result

from ops.profile import default_text, in_force
from ops.profile_command import profile
from schemas.environment import SettingsError
from schemas.facts import MODELS
from schemas.field_rule import FieldRule
from schemas.profile import ModelRules, Profile
from tests.unit.readable import lines

PROFILES = sorted((Path(__file__).parents[2] / "ops" / "profiles").glob("*.toml"))

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PDM_ODOO_PROFILE", raising=False)
    return lambda *arguments: CliRunner().invoke(profile, list(arguments))


def test_init_writes_the_default_with_every_option_explained(run: Run, tmp_path: Path) -> None:
    assert run("init", "mine.toml").exit_code == 0

    text = (tmp_path / "mine.toml").read_text("utf-8")
    assert text == default_text() == run("init").stdout
    options = [field.alias or name for name, field in FieldRule.model_fields.items()]
    options += list(ModelRules.model_fields.keys() - {"fields"})
    assert [option for option in options if f"{option} = " not in text] == []
    assert [model for model in MODELS if f'[models."{model}".fields]' not in text] == []


def test_init_keeps_a_file_that_is_there_unless_forced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("precious", "utf-8")

    refused = run("init", "mine.toml")

    assert refused.exit_code == 1
    assert "is there already" in refused.stderr
    assert (tmp_path / "mine.toml").read_text("utf-8") == "precious"
    assert run("init", "--force", "mine.toml").exit_code == 0


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.name)
def test_the_profiles_that_come_along_are_sound(run: Run, path: Path) -> None:
    result = run("check", "--offline", str(path))

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"{path} is sound" in result.stdout


def test_a_mistake_is_told_with_its_line_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    text = default_text().replace('weight = { from = "item.weight" }', 'weight = { form = "item.weight" }')
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    line = text.splitlines().index('weight = { form = "item.weight" }') + 1

    result = run("check", "--offline", "--json", "mine.toml")

    assert result.exit_code == 1
    [found] = [one for one in orjson.loads(result.stdout) if one["suggestion"]]
    assert (found["line"], found["model"], found["suggestion"]) == (line, "product.template", "from")
    assert str(line) in run("check", "--offline", "mine.toml").stdout


@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_no_path_in_the_profile_is_torn(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    wrong = ('weight = { form = "item.weight" }', 'list_price = { from = "Price", master = "both" }')
    text = default_text().replace('weight = { from = "item.weight" }', "\n".join(wrong))
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    line = text.splitlines().index(wrong[0]) + 1
    monkeypatch.setenv("COLUMNS", str(width))

    found = lines(run("check", "--offline", "mine.toml").stdout, width)

    assert found == [
        "mine.toml: 2 mistakes",
        f"line {line}  product.template.weight",
        "unknown option 'form'  did you mean from",
        f"line {line + 1}  product.template.list_price",
        "master: 'both' is none of pdm, odoo, seed",
        "",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "is not UTF-8"), (None, "cannot be read"), (b"[states", "is no TOML")],
)
def test_what_is_no_profile_is_told_by_name(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=said) as caught:
        in_force(path)

    assert str(path) in str(caught.value)


def test_the_schema_accepts_the_profiles_that_come_along_and_refuses_what_the_check_does(run: Run) -> None:
    schema = orjson.loads(run("schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)

    for path in PROFILES:
        document = tomllib.loads(path.read_text("utf-8"))
        assert list(validator.iter_errors(document)) == []
        document["models"]["product.template"]["fields"]["name"]["form"] = "x"
        assert list(validator.iter_errors(document))


def test_the_profile_of_the_environment_is_in_force(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(default_text().replace('"Released" = ', '"Freigegeben" = '), "utf-8")
    assert "Released" in in_force().states

    monkeypatch.setenv("PDM_ODOO_PROFILE", str(tmp_path / "mine.toml"))

    assert "Freigegeben" in in_force().states
    assert isinstance(in_force(), Profile)


def test_what_stands_in_a_profile_is_no_command_to_the_terminal(run: Run, tmp_path: Path) -> None:
    text = default_text().replace('weight = { from = "item.weight" }', '"\u202e\\u001b[2J" = { form = 1 }')
    (tmp_path / "mine.toml").write_text(text, "utf-8")

    result = run("check", "--offline", "mine.toml")

    assert result.exit_code == 1
    assert r"\u202e\x1b[2J" in " ".join(lines(result.stdout, 160))
