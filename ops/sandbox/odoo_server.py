"""Odoo itself: a server of several processes that serves every database that a client names."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from ops.sandbox import odoo_program, odoo_python, postgres
from ops.sandbox.accounts import Account
from ops.sandbox.components import Component
from ops.sandbox.place import Place
from ops.sandbox.processes import Launch, Tag
from ops.sandbox.state import State


def configuration(place: Place, state: State) -> str:
    """Return the text of odoo.conf: no database filter, no scheduled jobs, time limits as Odoo ships them.

    Odoo 19 warns of /jsonrpc at every call: that is muted, the log is for what one does not know yet.
    """
    return f"""\
[options]
addons_path = {odoo_program.program(place).addons}
data_dir = {place.folder / "odoo" / "data"}
admin_passwd = {state.passwords["odoo_master"]}
db_host = 127.0.0.1
db_port = {state.ports["postgres"]}
db_user = {postgres.ODOO}
db_password = {state.passwords["postgres_odoo"]}
http_interface = 127.0.0.1
http_port = {state.ports["odoo"]}
gevent_port = {state.ports["odoo_live"]}
list_db = True
workers = 2
max_cron_threads = 0
log_handler = :INFO,odoo.addons.rpc.controllers.jsonrpc:ERROR
"""


@dataclass(frozen=True)
class OdooCommand:
    """How to run Odoo's command in a place."""

    place: Place

    @property
    def settings(self) -> Path:
        """The path of odoo.conf."""
        return self.place.folder / "odoo" / "odoo.conf"

    def argv(self, *arguments: str) -> list[str]:
        """Return a command line; a first argument without a dash is a subcommand."""
        program = [str(odoo_python.python(self.place)), str(odoo_program.program(self.place).script)]
        subcommand = [arguments[0]] if arguments and not arguments[0].startswith("-") else []
        return [*program, *subcommand, "-c", str(self.settings), *arguments[len(subcommand) :]]

    @property
    def environment(self) -> dict[str, str]:
        """All that the process needs to know."""
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.place.folder / "odoo" / "data"),
            "PYTHONPATH": str(odoo_program.program(self.place).library),
            # The program belongs to the caller; compiled files go where the server may write.
            "PYTHONPYCACHEPREFIX": str(self.place.folder / "odoo" / "data" / "pycache"),
        }

    def write_settings(self, state: State, account: Account) -> None:
        """Write odoo.conf for the servers' user alone, and make its data folder."""
        self.place.give(self.place.folder / "odoo" / "data", account)
        self.settings.touch(0o600)
        self.settings.chmod(0o600)
        account.own(self.settings)
        self.settings.write_text(configuration(self.place, state))


def odoo(place: Place, state: State, account: Account) -> Component:
    """Return the application server."""
    command = OdooCommand(place)
    url = f"http://127.0.0.1:{state.ports['odoo']}"
    return Component(
        tag=Tag.of(place.folder, "odoo"),
        address=url,
        launch=Launch(command.argv(), command.environment, place.log("odoo"), place.folder / "odoo"),
        answers=lambda: version(url) is not None,
        settings=(configuration(place, state),),
        patience=90,
        prepare=lambda: command.write_settings(state, account),
    )


def version(url: str) -> str | None:
    """Return the version that an Odoo server tells everybody, or none while it does not answer."""
    question = {"service": "common", "method": "version", "args": []}
    call = {"jsonrpc": "2.0", "method": "call", "params": question}
    try:
        reply = httpx.post(f"{url}/jsonrpc", json=call, timeout=10, trust_env=False)
        return str(reply.json()["result"]["server_version"])
    except (httpx.HTTPError, ValueError, KeyError):
        return None
