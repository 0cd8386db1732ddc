"""The commands: errors are one message and exit code 1, secrets appear in `env` alone."""

import json
import shlex

import click
import pytest
from click.testing import CliRunner

from ops.sandbox import cli
from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import Progress
from ops.sandbox.servers import Servers
from ops.sandbox.status import Line

LINES = [Line("rabbitmq", "up", "127.0.0.1:1", 7, "/log/rabbitmq.log"), Line("odoo", "down")]


class FakeProvider:
    """Servers that are as `lines` says."""

    def __init__(self, servers: Servers) -> None:
        self.known = servers
        self.lines = LINES
        self.vhosts: list[str] = []

    def up(self, progress: Progress) -> Servers:
        return self.known

    def down(self, progress: Progress, *, purge: bool = False) -> None:
        progress(f"purge={purge}")

    def status(self) -> list[Line]:
        return self.lines

    def servers(self) -> Servers:
        return self.known


@pytest.fixture
def fake(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    made = FakeProvider(servers)
    monkeypatch.setattr(cli, "provider", lambda _environ, docker: made)
    monkeypatch.setattr("ops.sandbox.cli.vhosts.add", lambda _url, name: made.vhosts.append(name))
    return made


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.sandbox, arguments)
    return result.exit_code, result.output


def test_status_is_readable_and_fails_unless_all_are_up(fake: FakeProvider) -> None:
    code, text = run("status")
    assert code == 1
    assert "127.0.0.1:1" in text
    assert "/log/rabbitmq.log" in text
    fake.lines = LINES[:1]
    assert run("status")[0] == 0


def test_status_for_programs_is_json(fake: FakeProvider) -> None:
    code, text = run("status", "--json")
    assert code == 1
    assert [line["state"] for line in json.loads(text)] == ["up", "down"]


def test_env_can_be_evaluated_by_a_shell(fake: FakeProvider) -> None:
    _, text = run("env", "--database", "plant")
    lines = text.splitlines()
    assert "export ODOO_DB='plant'" in lines
    assert {shlex.split(line)[0] for line in lines} == {"export"}
    assert dict(shlex.split(line)[1].split("=", 1) for line in lines) == fake.known.environment("plant")


def test_env_for_programs_is_json_of_the_demo_database(fake: FakeProvider) -> None:
    assert json.loads(run("env", "--json")[1]) == fake.known.environment("pdm_demo", "pdm-demo")


def test_env_names_the_virtual_host_that_is_asked_for(fake: FakeProvider) -> None:
    text = run("env", "--vhost", "mine", "--json")[1]
    assert json.loads(text) == fake.known.environment("pdm_demo", "mine")


def test_up_makes_the_virtual_host_that_env_names(fake: FakeProvider) -> None:
    run("up")
    assert fake.vhosts == ["pdm-demo"]


@pytest.mark.usefixtures("fake")
def test_only_env_tells_secrets() -> None:
    shown = run("up")[1] + run("status")[1] + run("status", "--json")[1] + run("down")[1]
    assert not [word for word in ("-secret", "SecretStr") if word in shown]


@pytest.mark.usefixtures("fake")
def test_down_purges_only_when_told() -> None:
    assert "purge=False" in run("down")[1]
    assert "purge=True" in run("down", "--purge")[1]


def test_an_error_is_a_message_and_exit_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_environ: object, docker: bool) -> None:
        raise SandboxError("the folder is gone")

    monkeypatch.setattr(cli, "provider", fail)
    assert run("up") == (1, "Error: the folder is gone\n")


@pytest.mark.parametrize("name", sorted(cli.sandbox.commands))
def test_every_command_has_help_with_examples(name: str) -> None:
    code, text = run(name, "--help")
    assert code == 0
    assert f"pdm-odoo sandbox {name}" in text


def test_the_group_can_be_attached_elsewhere() -> None:
    assert isinstance(cli.sandbox, click.Group)


@pytest.mark.parametrize("value", ["plain", "it's", 'a"b$c', ""])
def test_quoting_survives_the_shell(value: str) -> None:
    assert shlex.split(cli.quoted(value)) == [value]
    assert cli.quoted(value).startswith("'")
