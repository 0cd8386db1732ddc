"""Servers that somebody else runs, named by environment variables: a plant's test system, or a CI's services.

Nothing is started or stopped here. The attachments of clones stay behind: Odoo's filestore is elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from ops.sandbox import vhosts
from ops.sandbox.databases import Databases, settle_demo
from ops.sandbox.errors import SandboxError
from ops.sandbox.odoo_server import version
from ops.sandbox.progress import Progress
from ops.sandbox.servers import Servers
from ops.sandbox.status import Line

VARIABLES = (
    "PDM_SANDBOX_AMQP_URL",
    "PDM_SANDBOX_MANAGEMENT_URL",
    "PDM_SANDBOX_ODOO_URL",
    "PDM_SANDBOX_POSTGRES_URL",
    "PDM_SANDBOX_TEMPLATE_DB",
    "PDM_SANDBOX_ADMIN_LOGIN",
    "PDM_SANDBOX_ADMIN_PASSWORD",
    "PDM_SANDBOX_LOGIN",
    "PDM_SANDBOX_API_KEY",
)
METRICS_URL = "PDM_SANDBOX_METRICS_URL"
"""The one variable that may be missing: the broker's metrics are then at the plugin's own port."""
METRICS_PORT = 15692


@dataclass(frozen=True)
class NamedSandbox:
    """Servers named by the variables in `environ`; the PostgreSQL role must own the template database."""

    environ: Mapping[str, str] = field(repr=False)

    def servers(self) -> Servers:
        """Return what the variables say; raise naming the missing ones."""
        if missing := [name for name in VARIABLES if not self.environ.get(name)]:
            raise SandboxError(
                f"named servers need every PDM_SANDBOX_* variable; missing: {', '.join(missing)}"
            )
        values = {name: self.environ[name] for name in VARIABLES}
        host = urlsplit(values["PDM_SANDBOX_MANAGEMENT_URL"]).hostname
        return Servers(
            amqp_url=SecretStr(values["PDM_SANDBOX_AMQP_URL"]),
            management_url=SecretStr(values["PDM_SANDBOX_MANAGEMENT_URL"]),
            broker_metrics_url=self.environ.get(METRICS_URL) or f"http://{host}:{METRICS_PORT}/metrics",
            odoo_url=values["PDM_SANDBOX_ODOO_URL"],
            postgres_dsn=SecretStr(values["PDM_SANDBOX_POSTGRES_URL"]),
            template_db=values["PDM_SANDBOX_TEMPLATE_DB"],
            admin_login=values["PDM_SANDBOX_ADMIN_LOGIN"],
            admin_password=SecretStr(values["PDM_SANDBOX_ADMIN_PASSWORD"]),
            runtime_login=values["PDM_SANDBOX_LOGIN"],
            runtime_api_key=SecretStr(values["PDM_SANDBOX_API_KEY"]),
        )

    def up(self, progress: Progress) -> Servers:
        """Check that every server answers, and make the demo database."""
        servers = self.servers()
        if silent := [line for line in self.status() if line.state != "up"]:
            names = ", ".join(f"{line.component} at {line.address}" for line in silent)
            raise SandboxError(f"named servers that do not answer: {names}")
        databases = Databases(servers.postgres_dsn.get_secret_value(), servers.filestore)
        settle_demo(databases, servers.template_db, progress)
        return servers

    def down(self, progress: Progress, *, purge: bool = False) -> None:
        """Stop nothing: these servers are not ours."""
        kept = "neither stopped nor deleted" if purge else "not stopped"
        progress(f"the servers are named by PDM_SANDBOX_* variables: they are not ours and were {kept}")

    def status(self) -> list[Line]:
        """Ask every server whether it serves."""
        servers = self.servers()
        databases = Databases(servers.postgres_dsn.get_secret_value(), None)
        management = urlsplit(servers.management_url.get_secret_value())
        database = urlsplit(servers.postgres_dsn.get_secret_value())
        broker = f"{management.hostname}:{management.port}"
        return [
            _line("rabbitmq", broker, lambda: vhosts.names(servers.management_url)),
            _line("postgres", f"{database.hostname}:{database.port}", databases.names),
            _line("odoo", servers.odoo_url, lambda: version(servers.odoo_url)),
        ]


def _line(component: str, address: str, ask: Callable[[], object]) -> Line:
    try:
        answer = ask()
    except SandboxError:
        answer = None
    return Line(component, "not answering" if answer is None else "up", address)
