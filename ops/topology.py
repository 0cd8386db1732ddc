"""The topology on the command line: show it, declare it, compare it with a running RabbitMQ.

A newcomer would get wrong that a successful `declare` proves nothing about arguments that RabbitMQ
does not know, nor about policies: only `verify` does.
"""

# ruff: noqa: D301 - click wants the character \b itself, which keeps the lines of an example apart
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import click
import httpx
from pydantic import SecretStr

from ops.listing import Column, Listing, Row
from ops.terminal import printer, show
from producers import broker
from producers import topology as declaring
from producers.errors import AccessRefusedError, BrokerError, BrokerUnavailableError
from schemas.environment import SettingsError, load
from schemas.settings import BrokerSettings
from schemas.topology import TOPOLOGY, Binding, Exchange, Queue, Topology

_LOSING = ("message-ttl", "expires", "max-length", "max-length-bytes", "delivery-limit", "overflow")
"""Keys of a policy that make a queue lose or refuse messages. Numbers in policies beat larger arguments."""


class Remedy(StrEnum):
    """What to do about a difference."""

    DECLARE = "run `pdm-odoo topology declare`"
    RECREATE = "let it run empty or move its messages away, delete it, run `pdm-odoo topology declare`"
    UNBIND = "remove the binding in RabbitMQ's pages"
    POLICY = "change or remove the policy"


@dataclass(frozen=True)
class Difference:
    """One way in which the broker is not as it must be."""

    what: str
    """The object, e.g. `queue pdm.bom`."""
    text: str
    remedy: Remedy


@dataclass(frozen=True)
class Found:
    """What a broker's management API says of one virtual host."""

    exchanges: Mapping[str, Mapping[str, Any]]
    queues: Mapping[str, Mapping[str, Any]]
    bindings: frozenset[Binding]


def verify(management_url: SecretStr, vhost: str, topology: Topology = TOPOLOGY) -> list[Difference]:
    """Return how the broker differs from `topology`; what is not ours is not looked at.

    Raises:
        BrokerUnavailableError: the management API does not answer or refuses the user.
    """
    return differences(find(management_url, vhost), topology)


def _client(management_url: SecretStr) -> httpx.Client:
    try:
        client = httpx.Client(base_url=management_url.get_secret_value(), timeout=30)
    except httpx.InvalidURL:
        client = None
    if client is None or client.base_url.scheme not in {"http", "https"}:
        # The URL's own text may be a piece of the password.
        raise BrokerUnavailableError(
            "AMQP_MANAGEMENT_URL is not of the form http(s)://user:password@host:port; percent-encode what "
            "is special in the password (/ as %2F, # as %23, @ as %40)"
        )
    return client


def find(management_url: SecretStr, vhost: str) -> Found:
    """Return exchanges, queues and bindings of `vhost`.

    Raises:
        AccessRefusedError: the management API refuses the user.
        BrokerUnavailableError: it does not answer, or has no such virtual host.
    """
    with _client(management_url) as client:
        exchanges, queues, bindings = (
            _rows(client, f"/api/{kind}/{quote(vhost, safe='')}")
            for kind in ("exchanges", "queues", "bindings")
        )
    return Found(
        exchanges={row["name"]: row for row in exchanges},
        queues={row["name"]: row for row in queues},
        bindings=frozenset(
            Binding(row["source"], row["destination"], row["routing_key"])
            for row in bindings
            if row["destination_type"] == "queue" and row["source"]
        ),
    )


def differences(found: Found, topology: Topology) -> list[Difference]:
    """Return how `found` differs from `topology`, in the order of `topology`."""
    return [
        *(fault for exchange in topology.exchanges for fault in _exchange(exchange, found)),
        *(fault for queue in topology.queues for fault in _queue(queue, found)),
        *_bindings(topology, found),
    ]


def _rows(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    place = f"{client.base_url.host}:{client.base_url.port}"
    try:
        reply = client.get(path)
    except httpx.HTTPError as error:
        raise BrokerUnavailableError(
            f"RabbitMQ's management API at {place} does not answer: {error}; correct AMQP_MANAGEMENT_URL"
        ) from error
    if reply.status_code in {401, 403}:
        raise AccessRefusedError(
            f"RabbitMQ's management API at {place} refused the user; it needs the tag `monitoring` "
            "and a right to the virtual host"
        )
    if reply.status_code != 200:
        raise BrokerUnavailableError(
            f"RabbitMQ's management API at {place} said {reply.status_code} to {path}"
        )
    rows: list[dict[str, Any]] = reply.json()
    return rows


def _exchange(wanted: Exchange, found: Found) -> Iterator[Difference]:
    name = f"exchange {wanted.name}"
    actual = found.exchanges.get(wanted.name)
    if actual is None:
        yield Difference(name, "is missing", Remedy.DECLARE)
        return
    yield from _compare(name, {"type": wanted.type, "durable": True, **wanted.arguments}, _facts(actual))


def _queue(wanted: Queue, found: Found) -> Iterator[Difference]:
    name = f"queue {wanted.name}"
    actual = found.queues.get(wanted.name)
    if actual is None:
        yield Difference(name, "is missing", Remedy.DECLARE)
        return
    kind = wanted.arguments["x-queue-type"]
    yield from _compare(name, {"type": kind, "durable": True, **wanted.arguments}, _facts(actual))
    # A length limit on a work queue only makes publishers wait; anywhere else it loses or blocks messages.
    harmless = ("max-length", "max-length-bytes") if "x-single-active-consumer" in wanted.arguments else ()
    policy = actual.get("effective_policy_definition") or {}
    if kind != "stream":
        for key in sorted(set(policy) & set(_LOSING) - set(harmless)):
            yield Difference(name, f"has a policy with {key} = {policy[key]}", Remedy.POLICY)


def _facts(actual: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": actual["type"], "durable": actual["durable"], **actual["arguments"]}


def _compare(name: str, wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterator[Difference]:
    for key in sorted(wanted.keys() | actual.keys()):
        if key not in actual:
            yield Difference(name, f"has no {key}, must have {wanted[key]}", Remedy.RECREATE)
        elif key not in wanted:
            yield Difference(name, f"has {key} = {actual[key]}, must not have it", Remedy.RECREATE)
        elif wanted[key] != actual[key]:
            yield Difference(name, f"has {key} = {actual[key]}, must have {wanted[key]}", Remedy.RECREATE)


def _bindings(topology: Topology, found: Found) -> Iterator[Difference]:
    for wanted in topology.bindings:
        if wanted not in found.bindings:
            yield Difference(_binding(wanted), "is missing", Remedy.DECLARE)
    # Others may bind queues of their own to our exchanges; nobody binds our queues.
    ours = {queue.name for queue in topology.queues}
    extra = {binding for binding in found.bindings if binding.queue in ours} - set(topology.bindings)
    for actual in sorted(extra, key=_binding):
        yield Difference(_binding(actual), "must not be there", Remedy.UNBIND)


def _binding(binding: Binding) -> str:
    return f"binding {binding.exchange} → {binding.queue} ({binding.routing_key or 'no key'})"


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (BrokerError, SettingsError) as error:
        raise click.ClickException(str(error)) from error


@click.group()
def topology() -> None:
    """Exchanges, queues and bindings in RabbitMQ.

    \b
    Examples:
      pdm-odoo topology show
      pdm-odoo topology declare
      pdm-odoo topology verify
    """


@topology.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def show_command(as_json: bool) -> None:
    """Print what this version needs; asks no broker.

    \b
    Examples:
      pdm-odoo topology show
      pdm-odoo topology show --json | jq '.queues[].name'
    """
    if as_json:
        click.echo(json.dumps(asdict(TOPOLOGY), indent=2))
        return
    console = printer()
    for listing in _listings():
        show(console, listing)


def _listings() -> Iterator[Listing]:
    name, arguments = Column("name"), Column("arguments", is_detail=True)
    exchanges = [Row((each.name, each.type, _arguments(each.arguments))) for each in TOPOLOGY.exchanges]
    yield Listing((name, Column("type"), arguments), exchanges, "Exchanges")
    queues = [Row((each.name, _arguments(each.arguments))) for each in TOPOLOGY.queues]
    yield Listing((name, arguments), queues, "Queues")
    bindings = [Row((each.exchange, each.routing_key, each.queue)) for each in TOPOLOGY.bindings]
    columns = (Column("exchange"), Column("routing key", is_named=True), Column("queue", is_named=True))
    yield Listing(columns, bindings, "Bindings")


def _arguments(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.removeprefix('x-')}={value}" for key, value in arguments.items())


@topology.command()
def declare() -> None:
    """Declare everything in the virtual host of AMQP_URL. May be repeated.

    Needs a user with the right to configure `^pdm\\.`, unlike the consumers' and producers' user.

    \b
    Example:
      AMQP_URL=amqp://admin:secret@rabbit/plm pdm-odoo topology declare
    """
    with _explained():
        declaring.declare(load(BrokerSettings))
    click.echo(f"declared {len(TOPOLOGY.exchanges)} exchanges and {len(TOPOLOGY.queues)} queues")


@topology.command("verify")
def verify_command() -> None:
    """Compare RabbitMQ with what this version needs; exit code 1 when it differs.

    Needs AMQP_MANAGEMENT_URL.

    \b
    Example:
      AMQP_MANAGEMENT_URL=http://admin:secret@rabbit:15672 pdm-odoo topology verify
    """
    with _explained():
        settings = load(BrokerSettings)
        if settings.management_url is None:
            raise click.UsageError("AMQP_MANAGEMENT_URL is not set; see .env.example")
        faults = verify(settings.management_url, broker.virtual_host(settings))
    console = printer()
    for fault in faults:
        show(console, f"{fault.what} {fault.text}: {fault.remedy}")
    if faults:
        raise SystemExit(1)
    click.echo("the topology is as it must be")
