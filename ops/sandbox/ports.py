"""Private ports: below 32768, so that the kernel never hands one to an outgoing connection meanwhile."""

import socket
from collections.abc import Callable, Collection, Mapping

from ops.sandbox.errors import SandboxError

FIRST, LAST = 28210, 32767
OF_SERVER = {
    "epmd": ("epmd",),
    "postgres": ("postgres",),
    "rabbitmq": ("erlang", "amqp", "management", "metrics"),
    "odoo": ("odoo", "odoo_live"),
}
"""The ports of each server; `erlang` is RabbitMQ's distribution, `odoo_live` Odoo's websocket."""
NAMES = tuple(name for names in OF_SERVER.values() for name in names)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        # Without it, connections of a server stopped a second ago would make its port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose(
    remembered: Mapping[str, int], in_use_by_us: Collection[str], free: Callable[[int], bool] = is_free
) -> dict[str, int]:
    """Return a port for every name: the remembered one if it is ours or free, else the next free one."""
    kept = {name: remembered[name] for name in NAMES if name in remembered}
    chosen = {name: port for name, port in kept.items() if name in in_use_by_us or free(port)}
    for offset, name in enumerate(NAMES):
        if name not in chosen:
            chosen[name] = _next_free(kept.get(name, FIRST + offset), set(chosen.values()), free)
    return chosen


def _next_free(start: int, taken: set[int], free: Callable[[int], bool]) -> int:
    for port in range(start, LAST + 1):
        if port not in taken and free(port):
            return port
    raise SandboxError(f"no free port from {start} to {LAST} on 127.0.0.1: stop something that listens there")
