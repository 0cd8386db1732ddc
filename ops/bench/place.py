"""Where is measured: a database and a virtual host of the run's own, gone afterwards.

A newcomer would get wrong that a fresh database is slow at first: each of Odoo's workers loads its
registry at the first call into it, three seconds that are nobody's figure; and that it matters for JSON-RPC
whether the user has a password. The sandbox's has none, customers' users do: whenever a record that Odoo
remembers is created, the next call over JSON-RPC costs 0.6 s to verify it, for the naive consumer and for us.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry

from consumers.odoo.connection import connect
from ops.sandbox.box import Sandbox
from ops.setup_odoo import setup
from producers.topology import declare
from schemas.environment import of
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings, OdooProtocol, OdooSettings
from schemas.settings import BrokerSettings


@dataclass(frozen=True)
class Place:
    """One database, prepared by `pdm-odoo odoo setup`, and one virtual host with the topology."""

    name: str
    sandbox: Sandbox
    environment: dict[str, str]
    password: str = field(repr=False)
    """Of the runtime user, who has one wherever a person could log in to make the API key."""

    @property
    def broker(self) -> BrokerSettings:
        """Return how to reach the virtual host."""
        return of(BrokerSettings, self.environment)

    def odoo(self, protocol: OdooProtocol) -> OdooSettings:
        """Return how the runtime user reaches the database by `protocol`."""
        return of(OdooSettings, {**self.environment, "ODOO_PROTOCOL": protocol.value})

    @contextmanager
    def sql(self) -> Iterator[Any]:
        """Lend PostgreSQL's own connection to the database: to fill it before measuring, for nothing else."""
        with self.sandbox.sql(self.name) as connection:
            yield connection


@contextmanager
def place(sandbox: Sandbox) -> Iterator[Place]:
    """Lend a place that is deleted at the end."""
    name = f"bench_{uuid4().hex[:12]}"
    made = Place(name, sandbox, sandbox.servers.environment(name, name), secrets.token_urlsafe())
    try:
        sandbox.clone(name)
        sandbox.add_vhost(name)
        with connect(
            of(AdministratorSettings, made.environment), Metrics(CollectorRegistry())
        ) as administrator:
            setup(administrator, lambda _: None)
            login = made.environment["ODOO_LOGIN"]
            users = administrator.call("res.users", "search", domain=[["login", "=", login]])
            administrator.call("res.users", "write", ids=users, vals={"password": made.password})
        declare(made.broker)
        yield made
    finally:
        sandbox.delete_vhost(name)
        sandbox.drop(name)
