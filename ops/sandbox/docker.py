"""The same servers from the repository's docker-compose.yml, for machines with a Docker engine.

Passwords are read from the compose file itself. The attachments of clones stay in Odoo's volume, so a
clone has none.
"""

import logging
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr
from testcontainers.compose import DockerCompose

from ops.sandbox import state, users
from ops.sandbox.databases import Databases, settle_demo
from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place
from ops.sandbox.progress import Progress
from ops.sandbox.servers import Servers
from ops.sandbox.status import Line
from ops.sandbox.template import TemplateBuilder

SERVICES = ["rabbitmq", "postgres", "odoo"]
REPOSITORY = Path(__file__).parents[2]
COMPOSE_FILE = "docker-compose.yml"


@dataclass(frozen=True)
class ContainerOdoo:
    """The OdooRunner of a compose project; the image's entry point adds the database's address."""

    execute: Callable[[Sequence[str]], str]
    progress: Progress
    key_file: str = "/tmp/pdm-odoo-api-key"  # noqa: S108 - inside the container

    def run(self, title: str, arguments: Sequence[str], stdin: str | None) -> None:
        """Run `odoo <arguments>` in the container."""
        self.progress(title)
        command = ["/entrypoint.sh", "odoo", *arguments]
        if stdin is not None:
            # `exec` of compose has no standard input here.
            command = ["sh", "-c", f"printf %s {shlex.quote(stdin)} | {shlex.join(command)}"]
        self.execute(command)

    def take_key(self) -> str:
        """Return what Odoo wrote and delete it."""
        return self.execute(["sh", "-c", f"cat {self.key_file} && rm {self.key_file}"]).strip()


@dataclass(frozen=True)
class DockerSandbox:
    """The services of the compose file; `place` keeps the template's secrets between commands."""

    place: Place
    repository: Path = REPOSITORY
    compose: DockerCompose = field(init=False)

    def __post_init__(self) -> None:
        compose = DockerCompose(self.repository, compose_file_name=COMPOSE_FILE, services=SERVICES)
        object.__setattr__(self, "compose", compose)
        # It logs a failed command in full, which may hold the administrator's password.
        logging.getLogger(DockerCompose.__module__).disabled = True

    def up(self, progress: Progress) -> Servers:
        """Start the services, wait until they are healthy, and make the template database."""
        self._check()
        with self.place.locked(progress):
            self.place.create()
            progress(f"starting {', '.join(SERVICES)} with docker compose (pulls images at first)")
            self._call(self.compose.start)
            known = state.load(self._state_file) or state.fresh()
            servers = self._servers(known)
            databases = Databases(servers.postgres_dsn.get_secret_value(), None)
            builder = TemplateBuilder(ContainerOdoo(self._execute, progress), databases, progress)
            template = builder.settle(known.template, known.passwords["odoo_admin"], datetime.now(UTC))
            if template != known.template:
                known = replace(known, template=template)
                state.save(self._state_file, known)
            settle_demo(databases, template.database, progress)
        return self._servers(known)

    def down(self, progress: Progress, *, purge: bool = False) -> None:
        """Stop the services; with `purge` delete their volumes too."""
        self._check()
        progress(f"stopping {', '.join(SERVICES)}")
        self._call(lambda: self.compose.stop(down=purge))

    def status(self) -> list[Line]:
        """Return one line per service."""
        self._check()
        found = {
            one.Service: one.State
            for one in self._call(lambda: self.compose.get_containers(include_all=True))
        }
        return [
            Line(name, "up" if found.get(name) == "running" else "down", log=f"docker compose logs {name}")
            for name in SERVICES
        ]

    def servers(self) -> Servers:
        """Return where everything is; raises when `up --docker` never ended well."""
        self._check()
        known = state.load(self._state_file)
        if known is None or known.template is None:
            raise SandboxError("there is no complete sandbox in Docker: run `pdm-odoo sandbox up --docker`")
        return self._servers(known)

    @property
    def _state_file(self) -> Path:
        return self.place.folder / "docker.json"

    def _check(self) -> None:
        check_engine()
        if not (self.repository / COMPOSE_FILE).exists():
            raise SandboxError(
                f"{self.repository / COMPOSE_FILE} is missing: run this from a checkout of the repository"
            )

    def _servers(self, known: state.State) -> Servers:
        services = self._call(self.compose.get_config)["services"]
        broker, database = _environment(services["rabbitmq"]), _environment(services["postgres"])
        amqp = _login(broker, "rabbitmq", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS")
        sql = _login(database, "postgres", "POSTGRES_USER", "POSTGRES_PASSWORD")
        template = known.template
        return Servers(
            amqp_url=SecretStr(f"amqp://{amqp}@{self._address('rabbitmq', 5672)}"),
            management_url=SecretStr(f"http://{amqp}@{self._address('rabbitmq', 15672)}"),
            broker_metrics_url=f"http://{self._address('rabbitmq', 15692)}/metrics",
            odoo_url=f"http://{self._address('odoo', 8069)}",
            postgres_dsn=SecretStr(f"postgresql://{sql}@{self._address('postgres', 5432)}/postgres"),
            template_db=template.database if template else "",
            admin_login=users.ADMIN,
            admin_password=SecretStr(known.passwords["odoo_admin"]),
            runtime_login=users.RUNTIME,
            runtime_api_key=SecretStr(template.api_key if template else ""),
        )

    def _address(self, service: str, port: int) -> str:
        host, published = self._call(lambda: self.compose.get_service_host_and_port(service, port))
        return f"{host}:{published}"

    def _execute(self, command: Sequence[str]) -> str:
        return str(self._call(lambda: self.compose.exec_in_container(list(command), "odoo"))[0])

    def _call(self, use: Callable[[], Any]) -> Any:
        try:
            return use()
        except subprocess.CalledProcessError as failed:
            # Not the whole command: it may hold the administrator's password.
            command = " ".join(str(part) for part in failed.cmd[:7])
            end = (failed.stderr or b"").decode(errors="replace")[-1500:]
            raise SandboxError(f"`{command}` ended with {failed.returncode}:\n{end}") from failed


def check_engine(docker: str = "docker") -> None:
    """Raise unless a Docker engine answers."""
    try:
        asked = subprocess.run([docker, "info"], capture_output=True, text=True, timeout=30, check=False)
        answer = "" if asked.returncode == 0 else asked.stderr.strip() or asked.stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as silent:
        answer = str(silent)
    if answer:
        raise SandboxError(
            f"no Docker engine answers (`{docker} info`: {answer.splitlines()[-1]}): start one, "
            "or use the sandbox without --docker, which needs none"
        )


def _environment(service: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in (service.get("environment") or {}).items()}


def _login(environment: Mapping[str, str], service: str, user: str, password: str) -> str:
    if missing := [name for name in (user, password) if not environment.get(name)]:
        raise SandboxError(f"{COMPOSE_FILE}: the service {service} does not set {' and '.join(missing)}")
    return f"{quote(environment[user], safe='')}:{quote(environment[password], safe='')}"
