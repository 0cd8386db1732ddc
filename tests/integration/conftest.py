"""Real servers: started once per session, a database and a virtual host of its own for each module.

If the servers cannot be had these tests fail; they never skip.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from consumers.odoo.schema import Schema
from ops.consume import Wiring
from ops.demo import release
from ops.sandbox.box import Sandbox, up
from ops.sandbox.progress import timed_lines
from ops.sandbox.servers import Servers
from ops.setup_odoo import setup
from producers.topology import declare
from schemas.environment import of
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings, OdooSettings
from schemas.settings import BrokerSettings, ConsumerSettings
from schemas.topology import TOPOLOGY
from tests import factories
from tests.integration.carrier import Carrier


@pytest.hookimpl(tryfirst=True)  # the name of a test begins with its protocol, whatever else it has
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_protocols") and "protocol" in metafunc.fixturenames:
        # Of the module, as the fixture: its database is made once for each, not once for each test.
        metafunc.parametrize("protocol", ["jsonrpc", "json2"], scope="module")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker("servers")


@pytest.fixture(scope="session", autouse=True)
def _logs_stay_out_of_what_commands_say() -> None:
    """Unconfigured, structlog prints to standard output, where `--json` is read from."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def write(line: str) -> None:
        if reporter is None:
            return  # one of several processes of pytest-xdist: it has no terminal
        with capture.global_and_fixture_disabled():
            reporter.write_line(line)

    return up(timed_lines(write))


@pytest.fixture(scope="session")
def sandbox(servers: Servers) -> Sandbox:
    return Sandbox(servers)


@pytest.fixture(scope="module")
def protocol() -> str:
    """How the module's connections speak to Odoo; a module marked `both_protocols` runs once on each."""
    return "jsonrpc"


@pytest.fixture(scope="module")
def database(sandbox: Sandbox, protocol: str) -> Iterator[dict[str, str]]:
    """The environment of a fresh clone of the template, without our custom fields."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    sandbox.clone(name)
    yield {**sandbox.servers.environment(name), "ODOO_PROTOCOL": protocol}
    sandbox.drop(name)


@pytest.fixture(scope="module")
def administrator(database: dict[str, str]) -> Iterator[Connection]:
    """A connection as the administrator of the module's database."""
    settings = of(AdministratorSettings, {**database, "ODOO_PROTOCOL": "jsonrpc"})  # it has a password
    with connect(settings, Metrics(CollectorRegistry())) as odoo:
        yield odoo


@pytest.fixture(scope="module")
def odoo_settings(database: dict[str, str], administrator: Connection) -> OdooSettings:
    """The runtime user of the module's database, in which `setup` has run."""
    setup(administrator, lambda _: None)
    return of(OdooSettings, database)


@pytest.fixture(scope="module")
def odoo(odoo_settings: OdooSettings) -> Iterator[Connection]:
    """A connection as the runtime user."""
    with connect(odoo_settings, Metrics(CollectorRegistry())) as connection:
        yield connection


@pytest.fixture(scope="module")
def schema(odoo: Connection) -> Schema:
    return Schema(odoo)


@pytest.fixture
def carrier(odoo: Connection, schema: Schema) -> Carrier:
    return Carrier(odoo, schema)


@contextmanager
def virtual_host(sandbox: Sandbox) -> Iterator[BrokerSettings]:
    """Lend a virtual host with nothing declared in it."""
    vhost = f"test-{uuid.uuid4().hex[:12]}"
    sandbox.add_vhost(vhost)
    yield of(BrokerSettings, sandbox.servers.environment("none", vhost))
    sandbox.delete_vhost(vhost)


@pytest.fixture(scope="module")
def broker(sandbox: Sandbox) -> Iterator[BrokerSettings]:
    """A virtual host of the module's own, with nothing declared in it."""
    with virtual_host(sandbox) as settings:
        yield settings


def joined(broker: BrokerSettings, odoo: OdooSettings, folder: Path) -> Wiring:
    """Return the servers joined: topology declared, lookup lists in `folder`."""
    declare(broker, TOPOLOGY)
    settings = ConsumerSettings.model_validate(
        {"attachment_roots": (release.folder(),), "lookup_dir": folder, "schema_file": folder / "schema.json"}
    )
    return Wiring(broker, odoo, settings, factories.profile())


@pytest.fixture
def wiring(sandbox: Sandbox, odoo_settings: OdooSettings, tmp_path: Path) -> Iterator[Wiring]:
    """Queues of the test's own, before the module's database."""
    with virtual_host(sandbox) as settings:
        yield joined(settings, odoo_settings, tmp_path)
