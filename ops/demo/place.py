"""Where the demo happens: a database and a virtual host of its own in the sandbox."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from consumers.odoo.jsonrpc import JsonRpc
from ops.demo.release import folder as release_folder
from ops.sandbox.box import Sandbox, up
from ops.sandbox.place import default_folder
from ops.sandbox.ports import is_free
from ops.sandbox.progress import Progress
from ops.sandbox.servers import DEMO
from ops.setup_odoo import setup
from producers.topology import declare
from schemas.metrics import Metrics
from schemas.settings import AdministratorSettings, BrokerSettings, OdooSettings

VHOST = "pdm-demo"
_FIRST_PORT = 9108


@dataclass(frozen=True)
class DemoPlace:
    """The demo's database and virtual host, and the folder where it leaves files."""

    sandbox: Sandbox
    environment: dict[str, str]
    """What `pdm-odoo consume` needs."""
    folder: Path

    @property
    def broker(self) -> BrokerSettings:
        """Return the demo's virtual host."""
        return BrokerSettings.model_validate({"url": self.environment["AMQP_URL"]})

    @property
    def pages(self) -> str:
        """Return the address of the consumers' metrics and health pages."""
        return f"http://127.0.0.1:{self.environment['PDM_ODOO_HEALTH_PORT']}"

    def odoo(self) -> JsonRpc:
        """Return a connection as the user that the consumers are."""
        return JsonRpc(
            OdooSettings.model_validate(
                {
                    "url": self.environment["ODOO_URL"],
                    "db": self.environment["ODOO_DB"],
                    "login": self.environment["ODOO_LOGIN"],
                    "api_key": self.environment["ODOO_API_KEY"],
                }
            ),
            Metrics(CollectorRegistry()),
        )


def prepare(progress: Progress) -> DemoPlace:
    """Bring the servers up, declare the topology, add our fields; quick when it was done before.

    Raises:
        SandboxError: the servers cannot be had.
        SetupError, BrokerError: they refuse us.
    """
    servers = up(progress)
    sandbox = Sandbox(servers)
    # Anew each time: what an interrupted demo left in its queues would be counted as ours.
    sandbox.delete_vhost(VHOST)
    sandbox.add_vhost(VHOST)
    place = DemoPlace(sandbox, {}, default_folder(os.environ) / "demo")
    access = servers.environment(DEMO, VHOST)
    administrator = {name: access.pop(name) for name in list(access) if name.startswith("ODOO_ADMIN_")}
    place.environment.update(
        access,
        PDM_ODOO_ATTACHMENT_ROOTS=f'["{release_folder()}"]',
        PDM_ODOO_LOOKUP_DIR=str(place.folder / "lookups"),
        PDM_ODOO_HEALTH_PORT=str(_free_port()),
        PDM_ODOO_LOG_FORMAT="json",
    )
    progress("declaring exchanges and queues")
    declare(place.broker)
    progress("adding our fields to Odoo")
    with JsonRpc(_administrator(access | administrator), Metrics(CollectorRegistry())) as odoo:
        setup(odoo, lambda _: None)
    return place


def _administrator(environment: dict[str, str]) -> AdministratorSettings:
    return AdministratorSettings.model_validate(
        {
            "url": environment["ODOO_URL"],
            "db": environment["ODOO_DB"],
            "admin_login": environment["ODOO_ADMIN_LOGIN"],
            "admin_password": environment["ODOO_ADMIN_PASSWORD"],
        }
    )


def _free_port() -> int:
    return next(port for port in range(_FIRST_PORT, _FIRST_PORT + 100) if is_free(port))
