"""Docker mode, as far as it can be seen without an engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ops.sandbox import docker
from ops.sandbox.docker import ContainerOdoo, DockerSandbox, check_engine
from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place
from ops.sandbox.progress import silent
from ops.sandbox.state import fresh


def script(folder: Path, text: str) -> str:
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_no_engine_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"no Docker engine answers .*Is the daemon running"):
        check_engine(script(tmp_path, "echo 'Is the daemon running?' >&2; exit 1"))


def test_no_docker_at_all_is_the_same_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no Docker engine answers"):
        check_engine(str(tmp_path / "absent"))


def test_an_engine_that_answers_is_enough(tmp_path: Path) -> None:
    check_engine(script(tmp_path, "exit 0"))


def test_a_missing_compose_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "check_engine", lambda: None)
    with pytest.raises(SandboxError, match=r"docker-compose\.yml is missing"):
        DockerSandbox(Place(tmp_path), repository=tmp_path).up(silent)


def test_a_script_goes_to_odoo_by_a_pipe_inside_the_container() -> None:
    commands: list[Sequence[str]] = []

    def execute(command: Sequence[str]) -> str:
        commands.append(command)
        return "key\n"

    odoo = ContainerOdoo(execute, silent)
    odoo.run("title", ["shell", "-d", "x"], "print('it')\n")
    assert commands[0][:2] == ["sh", "-c"]
    assert commands[0][2].endswith("| /entrypoint.sh odoo shell -d x")
    assert odoo.take_key() == "key"


class Compose:
    """A compose project with fixed ports."""

    def __init__(self, environment: dict[str, dict[str, str]]) -> None:
        self.environment = environment

    def get_config(self) -> dict[str, Any]:
        return {"services": {name: {"environment": values} for name, values in self.environment.items()}}

    def get_service_host_and_port(self, _service: str, port: int) -> tuple[str, int]:
        return "127.0.0.1", port + 10000


def project(tmp_path: Path, broker: dict[str, str]) -> DockerSandbox:
    sandbox = DockerSandbox(Place(tmp_path), repository=tmp_path)
    sql = {"POSTGRES_USER": "odoo", "POSTGRES_PASSWORD": "p/w"}
    object.__setattr__(sandbox, "compose", Compose({"rabbitmq": broker, "postgres": sql, "odoo": {}}))
    return sandbox


def test_accounts_and_ports_come_from_the_compose_file(tmp_path: Path) -> None:
    broker = {"RABBITMQ_DEFAULT_USER": "u", "RABBITMQ_DEFAULT_PASS": "p@w"}
    servers = project(tmp_path, broker)._servers(fresh())
    assert servers.amqp_url.get_secret_value() == "amqp://u:p%40w@127.0.0.1:15672"
    assert servers.postgres_dsn.get_secret_value() == "postgresql://odoo:p%2Fw@127.0.0.1:15432/postgres"
    assert servers.odoo_url == "http://127.0.0.1:18069"


def test_a_compose_file_without_a_password_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="rabbitmq does not set RABBITMQ_DEFAULT_PASS"):
        project(tmp_path, {"RABBITMQ_DEFAULT_USER": "u"})._servers(fresh())
