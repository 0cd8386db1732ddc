"""Where the running servers are and who may use them: all that a client needs, whatever started them."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

DEMO = "pdm_demo"
"""The database that is there after `up`, for people and for the default of `sandbox env`."""
DEMO_VHOST = "pdm-demo"
"""The virtual host of the demo, there after `up` too."""


@dataclass(frozen=True)
class Servers:
    """Addresses and accounts. URLs carry no path; those with a password are secret and stay out of `repr`.

    `filestore` is Odoo's folder of attachments where it is on this machine: a clone needs it.
    """

    amqp_url: SecretStr
    management_url: SecretStr
    broker_metrics_url: str
    odoo_url: str
    postgres_dsn: SecretStr
    template_db: str
    admin_login: str
    admin_password: SecretStr
    runtime_login: str
    runtime_api_key: SecretStr
    filestore: Path | None = None

    def environment(self, database: str, vhost: str = "/") -> dict[str, str]:
        """Return the variables that a client of one database and one virtual host needs, secrets in clear."""
        return {
            "AMQP_URL": f"{self.amqp_url.get_secret_value().rstrip('/')}/{quote(vhost, safe='')}",
            "AMQP_MANAGEMENT_URL": self.management_url.get_secret_value().rstrip("/"),
            "ODOO_URL": self.odoo_url.rstrip("/"),
            "ODOO_DB": database,
            "ODOO_LOGIN": self.runtime_login,
            "ODOO_API_KEY": self.runtime_api_key.get_secret_value(),
            "ODOO_ADMIN_LOGIN": self.admin_login,
            "ODOO_ADMIN_PASSWORD": self.admin_password.get_secret_value(),
        }
