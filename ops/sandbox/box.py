"""What a test session holds: the running servers, and the means to own a database or a virtual host."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ops.sandbox import vhosts
from ops.sandbox.modes import provider
from ops.sandbox.progress import Progress, silent
from ops.sandbox.servers import Servers


@dataclass(frozen=True)
class Sandbox:
    """Running servers; see `up`."""

    servers: Servers

    def clone(self, name: str) -> None:
        """Make an Odoo database from the template, in half a second; raise if it exists."""
        self._databases().clone(self.servers.template_db, name)

    def drop(self, name: str) -> None:
        """Delete a database with its attachments; nothing happens without it."""
        self._databases().drop(name)

    def add_vhost(self, name: str) -> None:
        """Make a RabbitMQ virtual host with full rights for the sandbox's user."""
        vhosts.add(self.servers.management_url, name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all its queues; nothing happens without it."""
        vhosts.delete(self.servers.management_url, name)

    @contextmanager
    def sql(self, name: str) -> Iterator[Any]:
        """Lend PostgreSQL's own connection to a database; each statement is committed."""
        with self._databases().connection(name) as connection:
            yield connection

    def _databases(self) -> Any:
        # On demand: it needs PostgreSQL's client, and `up` has told already when that is missing.
        module = importlib.import_module("ops.sandbox.databases")
        return module.Databases(self.servers.postgres_dsn.get_secret_value(), self.servers.filestore)


def up(progress: Progress = silent) -> Servers:
    """Bring the servers up in the mode that the environment names; quick when they are up already."""
    return provider(os.environ).up(progress)
