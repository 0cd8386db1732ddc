"""A private RabbitMQ node: everything that Debian's package keeps in /etc and /var is pointed elsewhere.

It has an epmd (Erlang's port mapper) of its own: the machine-wide one would outlive the sandbox and
belong to whoever came first. (epmd adds ::1 to the address that it is told to listen on.)
"""

import socket
from pathlib import Path

import httpx

from ops.sandbox.accounts import Account
from ops.sandbox.components import Component
from ops.sandbox.place import Place
from ops.sandbox.processes import Launch, Tag
from ops.sandbox.state import State

USER = "pdm-odoo"
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange].\n"
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def configuration(state: State) -> str:
    """Return the text of rabbitmq.conf; its default user is made with the empty database instead of guest."""
    ports = state.ports
    return f"""\
listeners.tcp.1 = 127.0.0.1:{ports["amqp"]}
management.tcp.ip = 127.0.0.1
management.tcp.port = {ports["management"]}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {ports["metrics"]}
default_user = {USER}
default_pass = {state.passwords["amqp"]}
default_user_tags.administrator = true
log.console = true
log.console.level = info
log.file = false
"""


def epmd(place: Place, state: State) -> Component:
    """Return Erlang's port mapper for this sandbox alone."""
    port = state.ports["epmd"]
    return Component(
        tag=Tag.of(place.folder, "epmd"),
        address=f"127.0.0.1:{port}",
        launch=Launch(
            ["/usr/bin/epmd", "-port", str(port), "-address", "127.0.0.1"],
            {"PATH": "/usr/bin:/bin"},
            place.log("epmd"),
            place.folder,
        ),
        answers=lambda: _listens(port),
        patience=10,
    )


def rabbitmq(place: Place, state: State, account: Account) -> Component:
    """Return the broker."""
    home = place.folder / "rabbitmq"
    text = configuration(state)

    def prepare() -> None:
        place.give(home, account)
        files = {"rabbitmq.conf": text, "enabled_plugins": PLUGINS, "rabbitmq-env.conf": ""}
        for name, content in files.items():
            path = home / name
            path.touch(0o600)
            account.own(path)
            path.write_text(content)

    url = f"http://127.0.0.1:{state.ports['management']}"
    return Component(
        tag=Tag.of(place.folder, "rabbitmq"),
        address=f"127.0.0.1:{state.ports['amqp']}, management {url}",
        launch=Launch([SERVER], _environment(home, state), place.log("rabbitmq"), home),
        answers=lambda: _serves(url, state.passwords["amqp"]),
        settings=(text, PLUGINS),
        prepare=prepare,
    )


def _environment(home: Path, state: State) -> dict[str, str]:
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "RABBITMQ_NODENAME": "pdm_odoo_sandbox@localhost",
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "config"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_DIST_PORT": str(state.ports["erlang"]),
        "ERL_EPMD_PORT": str(state.ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # No busy waiting: two cores are shared with Odoo and PostgreSQL.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
        ),
    }


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _serves(url: str, password: str) -> bool:
    try:
        with httpx.Client(auth=(USER, password), timeout=5, trust_env=False) as client:
            return client.get(f"{url}/api/health/checks/local-alarms").status_code in {200, 503}
    except httpx.HTTPError:
        return False
