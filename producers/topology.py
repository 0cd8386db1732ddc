"""Declare the topology. Needs a user with the right to configure; consumers and producers have none.

A newcomer would get wrong that declaring again never changes what exists: an argument that differs
is refused, and one that RabbitMQ does not know is accepted in silence. `ops/topology.py` compares.
"""

from __future__ import annotations

import re
from typing import Any

import structlog

from producers import broker
from producers.errors import RefusedError, TopologyError
from schemas.settings import BrokerSettings
from schemas.topology import TOPOLOGY, Topology

log = structlog.get_logger()

_INEQUIVALENT = re.compile(
    r"inequivalent arg '(?P<argument>[^']+)' for (?P<kind>queue|exchange) '(?P<name>[^']+)' in vhost '.*?': "
    r"received (?P<wanted>.*) but current is (?P<actual>.*)$"
)
_VALUE = re.compile(r"^(?:the value )?'(?P<value>.*?)'(?: of type '\w+')?$")


def declare(settings: BrokerSettings, topology: Topology = TOPOLOGY) -> None:
    """Declare all of `topology` in its order; what is there already stays as it is.

    Raises:
        TopologyError: something is there, but different, or the user may not declare it.
        BrokerUnavailableError: no connection.
    """
    where = broker.address(settings)
    try:
        with broker.connection(settings, "topology") as connection:
            _declare(connection.channel(), topology)
    except RefusedError as error:
        raise TopologyError(explain(error.code, error.reply, where)) from error
    log.info("topology declared", broker=where, queues=len(topology.queues), bindings=len(topology.bindings))


def _declare(channel: Any, topology: Topology) -> None:
    for exchange in topology.exchanges:
        channel.exchange_declare(
            exchange.name, exchange.type, durable=True, arguments=dict(exchange.arguments)
        )
    for queue in topology.queues:
        channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
    for binding in topology.bindings:
        channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)


def explain(code: int, reply: str, where: str) -> str:
    """Return what a refusal of the broker means: which object, what it is and should be, what to do."""
    match = _INEQUIVALENT.search(reply)
    if match is not None:
        actual, wanted = _value(match["actual"]), _value(match["wanted"])
        return (
            f"{match['kind']} {match['name']!r} at {where} has {match['argument']} = {actual}, but must have "
            f"{wanted}. RabbitMQ cannot change that: {_REMEDY[match['kind']]}, "
            "then run `pdm-odoo topology declare`; `pdm-odoo topology verify` lists all differences"
        )
    if code == 403:
        return (
            f"the user of AMQP_URL may not declare the topology at {where}: {reply}; "
            "run `pdm-odoo topology declare` as a user with the right to configure `^pdm\\.`"
        )
    return f"RabbitMQ at {where} refused the topology: {code} {reply}"


_REMEDY = {
    "queue": "stop its consumers, move its messages away or let it run empty, and delete the queue",
    "exchange": "stop the producers and delete the exchange",
}


def _value(words: str) -> str:
    match = _VALUE.match(words)
    return "nothing" if words == "none" else match["value"] if match else words
