"""A variable that is nearly a setting is named with the one that was meant."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from ops import cli
from schemas.environment import SECRETS_DIR, misspelt

EXAMPLE = Path(__file__).parents[3] / ".env.example"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away the variables and the `.env` of whoever runs the tests."""
    for name in list(os.environ):
        if name.upper().startswith(("AMQP_", "ODOO_", "PDM_ODOO_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


NEAR = [
    ("PDM_ODOO_STATES", "[states] in the profile"),
    ("PDM_ODOO_UNITS", "[units] in the profile"),
    ("PDM_ODOO_BATCHSIZE", "PDM_ODOO_BATCH_SIZE"),
    ("ODOO_APIKEY", "ODOO_API_KEY"),
    ("ODOO_DATABASE_URL", None),
    ("ODOO_PASSWORD", "ODOO_API_KEY"),
    ("ODOO_USER", "ODOO_LOGIN"),
    ("ODOO_DATABASE", "ODOO_DB"),
    ("AMQP_HEARTBEAT_SECOND", "AMQP_HEARTBEAT_SECONDS"),
    ("PDM_ODOO_SECRET_DIR", SECRETS_DIR),
    ("pdm_odoo_shard", "PDM_ODOO_SHARDS"),
]


@pytest.mark.parametrize("where", ["environment", "env file", "folder of secrets"])
@pytest.mark.parametrize(("name", "near"), NEAR)
def test_a_near_name_is_found_wherever_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, near: str | None, where: str
) -> None:
    if where == "environment":
        monkeypatch.setenv(name, "x")
    elif where == "folder of secrets":
        (tmp_path / name).touch()
        monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    else:
        (tmp_path / ".env").write_text(f"{name}=x\n", encoding="utf-8")

    assert misspelt() == ({name.upper(): near} if near else {})


@pytest.mark.parametrize(
    "name",
    [
        "PDM_ODOO_SHARDS",
        "pdm_odoo_shards",
        SECRETS_DIR,
        "PDM_ODOO_SANDBOX",
        "ODOO_ADDONS_PATH",
        "PDM_STATES",
        "AMQP_X",
    ],
)
def test_settings_and_what_is_like_none_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")

    assert misspelt() == {}


def test_the_example_has_no_name_that_would_be_warned_of(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(EXAMPLE.read_bytes())

    assert misspelt() == {}


def test_an_env_file_that_is_no_utf_8_is_told_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PDM_ODOO_STATE=\xff\n")

    assert misspelt() == {}


def test_every_command_warns_and_shows_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(*, standalone_mode: bool) -> None:
        click.echo(f"ran, standalone {standalone_mode}")

    monkeypatch.setattr(cli, "cli", nothing)
    monkeypatch.setenv("ODOO_APIKEY", "hunter2")

    with pytest.raises(SystemExit) as end:
        cli.main()

    said = capsys.readouterr()
    assert end.value.code == 0
    assert said.err == "Warning: ODOO_APIKEY is no setting; did you mean ODOO_API_KEY?\n"
    assert said.out == "ran, standalone False\n"


def test_what_another_program_calls_our_setting_is_left_alone_beside_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ODOO_PASSWORD", "x")
    monkeypatch.setenv("ODOO_API_KEY", "x")

    assert misspelt() == {}


def test_a_folder_of_secrets_named_where_it_does_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"{SECRETS_DIR}=/run/secrets\n", encoding="utf-8")
    assert misspelt() == {f"{SECRETS_DIR} in .env": f"{SECRETS_DIR} in the environment itself"}

    monkeypatch.setenv(SECRETS_DIR, "/run/secrets")
    assert misspelt() == {}
