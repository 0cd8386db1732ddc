"""Where the demo happens: a database and a virtual host of its own in the sandbox."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from ops.demo.release import folder as release_folder
from ops.sandbox.box import Sandbox, up
from ops.sandbox.place import default_folder
from ops.sandbox.ports import is_free
from ops.sandbox.progress import Progress
from ops.sandbox.servers import DEMO, DEMO_VHOST
from ops.setup_odoo import setup
from ops.setup_views import add_views
from producers.topology import declare
from schemas.environment import of
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings, OdooSettings
from schemas.settings import BrokerSettings

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
        return of(BrokerSettings, self.environment)

    @property
    def pages(self) -> str:
        """Return the address of the consumers' metrics and health pages."""
        return f"http://127.0.0.1:{self.environment['PDM_ODOO_HEALTH_PORT']}"

    def odoo(self) -> Connection:
        """Return a connection as the user that the consumers are."""
        return connect(of(OdooSettings, self.environment), Metrics(CollectorRegistry()))


def prepare(progress: Progress) -> DemoPlace:
    """Bring the servers up, declare the topology, add our fields; quick when it was done before.

    Raises:
        SandboxError: the servers cannot be had.
        SetupError, BrokerError: they refuse us.
    """
    servers = up(progress)
    sandbox = Sandbox(servers)
    # Anew each time: what an interrupted demo left in its queues would be counted as ours.
    sandbox.delete_vhost(DEMO_VHOST)
    sandbox.add_vhost(DEMO_VHOST)
    folder = default_folder(os.environ) / "demo"
    access = servers.environment(DEMO, DEMO_VHOST)
    place = DemoPlace(
        sandbox,
        {
            # The consumers need no administrator.
            **{name: value for name, value in access.items() if not name.startswith("ODOO_ADMIN_")},
            "PDM_ODOO_ATTACHMENT_ROOTS": f'["{release_folder()}"]',
            "PDM_ODOO_LOOKUP_DIR": str(folder / "lookups"),
            "PDM_ODOO_SCHEMA_FILE": str(folder / "schema.json"),
            "PDM_ODOO_HEALTH_PORT": str(_free_port()),
            "PDM_ODOO_LOG_FORMAT": "json",
        },
        folder,
    )
    progress("declaring exchanges and queues")
    declare(place.broker)
    progress("adding our fields to Odoo")
    with connect(of(AdministratorSettings, access), Metrics(CollectorRegistry())) as odoo:
        setup(odoo, lambda _: None)
        add_views(odoo, lambda _: None)
    return place


def _free_port() -> int:
    return next(port for port in range(_FIRST_PORT, _FIRST_PORT + 100) if is_free(port))
