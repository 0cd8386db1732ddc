"""The default way to get servers: our own, from Debian's packages, in one folder, for this user alone."""

import signal
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import SecretStr

from ops.sandbox import accounts, odoo_program, odoo_python, packages, ports, postgres, rabbitmq, state, users
from ops.sandbox.components import Component, bring_down, ensure, running
from ops.sandbox.databases import Databases, settle_demo
from ops.sandbox.errors import SandboxError
from ops.sandbox.odoo_runner import LocalOdoo
from ops.sandbox.odoo_server import OdooCommand, odoo
from ops.sandbox.place import Place
from ops.sandbox.processes import Tag, leader
from ops.sandbox.progress import Progress
from ops.sandbox.servers import Servers
from ops.sandbox.state import State
from ops.sandbox.status import Line
from ops.sandbox.steps import STEP
from ops.sandbox.template import TemplateBuilder

STOP = {"odoo": signal.SIGTERM, "rabbitmq": signal.SIGTERM, "postgres": postgres.STOP, "epmd": signal.SIGTERM}
"""In the order of stopping: the one that uses another stops before it."""


@dataclass(frozen=True)
class PrivateSandbox:
    """The servers of one folder. Every method may be called again at any time."""

    place: Place

    def up(self, progress: Progress) -> Servers:
        """Bring everything up, doing only what is not done yet; minutes at first, then about a second."""
        with self.place.locked(progress):
            self.place.create()
            self._clear_leftovers(progress)
            with ThreadPoolExecutor(2) as pool:
                # Two downloads at once: Odoo's needs none of the packages.
                program = pool.submit(odoo_program.provide, self.place, progress)
                packages.install(self.place, progress)
                account = accounts.for_servers()
                accounts.check_reachable(self.place.folder, account)
                odoo_python.provide(self.place, account, progress)
                program.result()
            return self._start(self._settle_state(), account, progress)

    def down(self, progress: Progress, *, purge: bool = False) -> None:
        """Stop the servers of this folder, and no others; with `purge` delete the folder too."""
        if not self.place.folder.exists():
            progress(f"nothing to stop: {self.place.folder} does not exist")
            return
        with self.place.locked(progress):
            bring_down(Tag.of(self.place.folder, STEP))
            for name, ask in STOP.items():
                progress(f"stopping {name}")
                bring_down(Tag.of(self.place.folder, name), ask)
            if purge:
                progress(f"deleting {self.place.folder}")
                self.place.purge()

    def servers(self) -> Servers:
        """Return where everything is; raises when `up` never ended well."""
        return _servers(self.place, state.load(self.place.state_file) or state.fresh())

    def status(self) -> list[Line]:
        """Return one line per server."""
        known = state.load(self.place.state_file)
        if known is None or not known.ports:
            return [Line(name, "absent") for name in ports.OF_SERVER]
        return [_line(component) for component in self._components(known, accounts.for_servers())]

    def _clear_leftovers(self, progress: Progress) -> None:
        # Steps of a killed `up`, and children of a killed server: they would hold its ports.
        for name in (STEP, *ports.OF_SERVER):
            tag = Tag.of(self.place.folder, name)
            if (name == STEP or leader(tag) is None) and bring_down(tag):
                progress(f"stopped what was left of an earlier {name}")

    def _settle_state(self) -> State:
        known = state.load(self.place.state_file) or state.fresh()
        alive = {name for name in ports.OF_SERVER if leader(Tag.of(self.place.folder, name)) is not None}
        held = {port for name in alive for port in ports.OF_SERVER[name]}
        settled = replace(known, ports=ports.choose(known.ports, held))
        if settled != known:
            state.save(self.place.state_file, settled)
        return settled

    def _components(self, known: State, account: accounts.Account) -> tuple[Component, ...]:
        return (
            rabbitmq.epmd(self.place, known),
            rabbitmq.rabbitmq(self.place, known, account),
            postgres.postgres(self.place, known),
            odoo(self.place, known, account),
        )

    def _start(self, known: State, account: accounts.Account, progress: Progress) -> Servers:
        postgres.initialise(self.place, known, account, progress)
        mapper, broker, database, application = self._components(known, account)
        with ThreadPoolExecutor(1) as pool:
            # The broker needs nothing of the others, and the template takes a minute meanwhile.
            brokers = pool.submit(_ensure_in_order, (mapper, broker), account, progress)
            ensure(database, account, progress)
            postgres.ensure_role(known)
            known = self._settle_template(known, account, progress)
            brokers.result()
        ensure(application, account, progress)
        return _servers(self.place, known)

    def _settle_template(self, known: State, account: accounts.Account, progress: Progress) -> State:
        databases = Databases(postgres.dsn(known, postgres.ODOO, "postgres_odoo"), self.place.filestore)
        OdooCommand(self.place).write_settings(known, account)
        builder = TemplateBuilder(LocalOdoo(self.place, account, progress), databases, progress)
        template = builder.settle(known.template, known.passwords["odoo_admin"], datetime.now(UTC))
        if template != known.template:
            known = replace(known, template=template)
            state.save(self.place.state_file, known)
        settle_demo(databases, template.database, progress)
        return known


def _ensure_in_order(components: Iterable[Component], account: accounts.Account, progress: Progress) -> None:
    for component in components:
        ensure(component, account, progress)


def _line(component: Component) -> Line:
    name, address, log = component.tag.name, component.address, str(component.launch.log)
    if (process := running(component)) is not None:
        return Line(name, "up", address, process.pid, log)
    started = leader(component.tag)
    if started is None:
        return Line(name, "down", address, None, log)
    state_of = "not answering" if started.version == component.version else "outdated"
    return Line(name, state_of, address, started.pid, log)


def _servers(place: Place, known: State) -> Servers:
    if known.template is None:
        raise SandboxError(f"there is no complete sandbox in {place.folder}: run `pdm-odoo sandbox up`")
    local = {name: f"127.0.0.1:{port}" for name, port in known.ports.items()}
    login = f"{rabbitmq.USER}:{known.passwords['amqp']}"
    return Servers(
        amqp_url=SecretStr(f"amqp://{login}@{local['amqp']}"),
        management_url=SecretStr(f"http://{login}@{local['management']}"),
        broker_metrics_url=f"http://{local['metrics']}/metrics",
        odoo_url=f"http://{local['odoo']}",
        postgres_dsn=SecretStr(postgres.dsn(known, postgres.ODOO, "postgres_odoo")),
        template_db=known.template.database,
        admin_login=users.ADMIN,
        admin_password=SecretStr(known.passwords["odoo_admin"]),
        runtime_login=users.RUNTIME,
        runtime_api_key=SecretStr(known.template.api_key),
        filestore=place.filestore,
    )
