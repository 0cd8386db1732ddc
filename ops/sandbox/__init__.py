"""Real servers to try, test and measure with: RabbitMQ, PostgreSQL and Odoo, made and unmade on demand.

This package alone knows how servers are started. It may not: be imported by the product's own code, touch
a server or system service that it did not start, listen anywhere but on this machine, run a server as
root, or print a secret unless `env` asks for it.
"""

from ops.sandbox.box import Sandbox, up
from ops.sandbox.errors import SandboxError
from ops.sandbox.servers import DEMO, Servers

__all__ = ["DEMO", "Sandbox", "SandboxError", "Servers", "up"]
