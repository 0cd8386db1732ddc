"""docker-compose.yml and ops/Dockerfile by their text: what holds without an engine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from ops.sandbox.docker import SERVICES as OF_SANDBOX
from ops.sandbox.rabbitmq import PLUGINS
from schemas import odoo_settings, settings  # noqa: F401 - a section is known once its module is imported
from schemas.environment import sections
from schemas.kinds import Consumer
from schemas.settings import ConsumerSettings, LogSettings

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "docker-compose.yml"
EXAMPLE = REPOSITORY / ".env.example"
TEXT = FILE.read_text()
COMPOSE: Mapping[str, Any] = yaml.safe_load(TEXT)
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("pdm-odoo")}
CONSUMERS = {name: service for name, service in OURS.items() if service["command"][0] == "consume"}
ONE_SHOT = {name: service for name, service in SERVICES.items() if service["restart"] == "no"}
LASTING = {name: service for name, service in SERVICES.items() if name not in ONE_SHOT}
SECRET = re.compile("PASS|API_KEY|SECRET|TOKEN|AMQP_URL")
VARIABLE = re.compile(r"\$\{([A-Za-z_]+)")
NEEDED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")

each_service = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


SETTINGS = {name for section in sections() for name in section.variables()}


def environment(name: str) -> Mapping[str, Any]:
    found = SERVICES[name].get("environment", {})
    assert isinstance(found, dict), "a mapping, so that values cannot hide in text"
    return found


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text.removesuffix("s"))


def test_there_is_one_consumer_service_per_consumer() -> None:
    expected = {f"consumer-{consumer}": ["consume", consumer.value] for consumer in Consumer}
    assert {name: service["command"] for name, service in CONSUMERS.items()} == expected


def test_the_services_of_the_sandbox_are_there() -> None:
    assert set(OF_SANDBOX) <= LASTING.keys()


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_restarted_and_stopped_with_patience(name: str) -> None:
    service = LASTING[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert seconds(service["stop_grace_period"]) >= 30


@pytest.mark.parametrize("name", ONE_SHOT)
def test_what_runs_once_is_waited_for(name: str) -> None:
    conditions = [service.get("depends_on", {}).get(name) for service in SERVICES.values()]
    assert {"condition": "service_completed_successfully"} in conditions


@each_service
def test_nobody_waits_for_a_mere_start(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert how == {"condition": wanted}


@each_service
def test_ports_are_published_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_no_two_services_want_one_port() -> None:
    ports = [port.split(":")[1] for service in SERVICES.values() for port in service.get("ports", [])]
    fixed = [port for port in ports if port]
    assert len(fixed) == len(set(fixed))


@each_service
def test_secrets_come_from_outside_and_must_be_set(name: str) -> None:
    for variable, value in environment(name).items():
        if not SECRET.search(variable) or value is None:
            continue
        assert NEEDED.search(value), f"{variable} has a value of its own"
        # Of the broker's URL, everything but host, port and virtual host comes from outside.
        rest = NEEDED.sub("", value)
        assert rest in {"", "amqp://:@rabbitmq:5672/%2F"}, f"{variable} has a part of its own"


def test_every_variable_is_in_the_example() -> None:
    assert set(VARIABLE.findall(TEXT)) - dotenv_values(EXAMPLE).keys() == set()


@each_of_ours
def test_our_services_get_only_settings_that_exist(name: str) -> None:
    assert environment(name).keys() - SETTINGS == set()


def test_every_setting_of_the_consumers_can_be_set() -> None:
    passed = {variable for name in CONSUMERS for variable in environment(name)}
    wanted = {
        f"PDM_ODOO_{name}".upper() for name in (*ConsumerSettings.model_fields, *LogSettings.model_fields)
    }
    assert wanted - passed == set()


@each_service
def test_only_what_prepares_odoo_knows_the_administrator(name: str) -> None:
    knows = any(variable.startswith("ODOO_ADMIN") for variable in environment(name))
    assert knows == (name in {"odoo-init", "setup"})


@each_service
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "pid", "ipc", "network_mode"}
    assert "docker.sock" not in str(service)


@each_of_ours
def test_our_containers_are_read_only(name: str) -> None:
    assert OURS[name]["read_only"] is True


@each_service
def test_folders_of_the_host_are_mounted_read_only(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, _, mode = mount.rpartition(":")
        assert mode == "ro" or source in COMPOSE["volumes"]


def test_mounted_files_of_the_repository_exist() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert sources
    assert [source for source in sources if not (REPOSITORY / source).is_file()] == []


def test_a_stopping_consumer_has_longer_than_its_own_grace() -> None:
    ours = ConsumerSettings.model_fields["stop_grace_seconds"].default
    assert all(seconds(service["stop_grace_period"]) > ours for service in CONSUMERS.values())


def test_the_broker_has_the_plugins_of_the_sandbox() -> None:
    assert (REPOSITORY / "ops/rabbitmq/enabled_plugins").read_text() == PLUGINS


def last_stage() -> list[str]:
    text = (REPOSITORY / "ops/Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = max(index for index, line in enumerate(lines) if line.startswith("FROM "))
    return lines[first:]


def test_the_image_runs_as_a_user_with_a_fixed_number() -> None:
    users = [line.split()[1] for line in last_stage() if line.startswith("USER ")]
    assert users
    assert all(re.fullmatch(r"[1-9]\d+:[1-9]\d+", user) for user in users)


def test_the_image_has_no_tools_to_build_with() -> None:
    runs = " ".join(line for line in last_stage() if line.startswith("RUN "))
    assert not re.search(r"\b(apt|apt-get|pip|uv|gcc|curl)\b", runs)


def test_the_image_holds_no_secret() -> None:
    assert not [line for line in last_stage() if line.startswith(("ENV ", "ARG ")) and SECRET.search(line)]


def test_the_image_is_the_command_and_listens_to_others() -> None:
    stage = last_stage()
    assert 'ENTRYPOINT ["pdm-odoo"]' in stage
    assert any("PDM_ODOO_HEALTH_HOST=0.0.0.0" in line for line in stage)


def test_the_image_is_built_from_the_package_alone() -> None:
    kept = {
        line.removeprefix("!")
        for line in (REPOSITORY / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    packages = {"schemas", "producers", "consumers", "ops"}
    assert kept == packages | {"pyproject.toml", "uv.lock", "README.md", "LICENSE"}


CLIENTS = (["docker", "compose"], ["docker-compose"])


def answers(client: list[str]) -> bool:
    if shutil.which(client[0]) is None:
        return False
    return subprocess.run([*client, "version"], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("client", CLIENTS, ids=" ".join)
def test_a_client_accepts_it_without_an_engine(client: list[str]) -> None:
    if not answers(client):
        pytest.skip(f"there is no `{' '.join(client)}` on this machine")
    command = [*client, "--env-file", str(EXAMPLE), "--file", str(FILE), "config", "--quiet"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (answer.returncode, answer.stderr) == (0, "")
