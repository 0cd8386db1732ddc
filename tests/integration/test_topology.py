"""The topology on a real RabbitMQ: declared, compared, and doing what its comments promise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from ops.topology import Difference, Remedy, verify
from ops.topology import topology as topology_command
from producers import publisher as publishing
from producers import topology
from producers.broker import connection, virtual_host
from producers.errors import TopologyError, UnroutableError
from producers.publisher import Publisher
from schemas.dead_letter import ATTEMPT
from schemas.kinds import ATTACHMENT, KINDS, LOOKUP_REFRESHED, Consumer, Kind
from schemas.message import Message
from schemas.settings import BrokerSettings
from schemas.topology import (
    DEAD,
    DELIVERY_LIMIT,
    EVENTS,
    LOG,
    RESULTS,
    RETRY,
    TIERS,
    TOPOLOGY,
    UNROUTED,
    WORK,
    Queue,
    Topology,
    dead_queue,
    retry_key,
    work_queue,
)

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def declared(broker: BrokerSettings) -> BrokerSettings:
    """The broker with everything declared."""
    topology.declare(broker)
    return broker


@pytest.fixture
def publisher(declared: BrokerSettings) -> Iterator[Publisher]:
    with publishing.connect(declared, "test publisher") as connected:
        yield connected


@pytest.fixture
def channel(declared: BrokerSettings) -> Iterator[Any]:
    """A channel; no queue has messages."""
    with connection(declared, "test") as opened:
        for queue in TOPOLOGY.queues:
            if queue.arguments["x-queue-type"] == "quorum":
                opened.channel().queue_purge(queue.name)
        yield opened.channel()


def differences(settings: BrokerSettings) -> list[Difference]:
    assert settings.management_url is not None
    return verify(settings.management_url, virtual_host(settings))


def take(channel: Any, queue: str, within: float = 5.0) -> tuple[Any, bytes]:
    """Take one message, which arrives within so many seconds: its properties and body."""
    # Not basic_get: a queue with a single active consumer refuses it.
    method, properties, body = next(channel.consume(queue, inactivity_timeout=within))
    assert method is not None, f"nothing arrived in {queue} within {within} s"
    channel.basic_ack(method.delivery_tag)
    channel.cancel()
    return properties, body


def read(channel: Any, stream: str, wanted: bytes) -> bool:
    """Tell whether `wanted` is in `stream`."""
    channel.basic_qos(prefetch_count=100)
    from_start = {"x-stream-offset": "first"}
    for method, _, body in channel.consume(stream, arguments=from_start, inactivity_timeout=2):
        if method is None or body == wanted:
            channel.cancel()
            return method is not None
        channel.basic_ack(method.delivery_tag)
    return False


def test_what_is_declared_twice_is_as_it_must_be(declared: BrokerSettings) -> None:
    topology.declare(declared)

    assert differences(declared) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.consumer], ids=lambda kind: kind.type)
def test_an_event_reaches_its_consumer_and_the_log(publisher: Publisher, channel: Any, kind: Kind) -> None:
    assert kind.consumer is not None
    body = f"an event of {kind.type}".encode()

    publisher.publish([Message(EVENTS, kind.type, body)])

    assert take(channel, work_queue(kind.consumer))[1] == body
    assert read(channel, LOG, body)


def test_an_event_of_an_unknown_version_reaches_the_consumer_that_refuses_it(
    publisher: Publisher, channel: Any
) -> None:
    publisher.publish([Message(EVENTS, "pdm.bom.state_changed.v99", b"future")])

    assert take(channel, work_queue(Consumer.BOM))[1] == b"future"


def test_a_misspelt_routing_key_lands_in_unrouted_and_not_in_the_log(
    publisher: Publisher, channel: Any
) -> None:
    publisher.publish([Message(EVENTS, "pdm.porduct.state_changed.v1", b"misspelt")])

    assert take(channel, UNROUTED)[1] == b"misspelt"
    assert not read(channel, LOG, b"misspelt")


def test_a_result_is_in_the_results_stream(publisher: Publisher, channel: Any) -> None:
    publisher.publish([Message(RESULTS, LOOKUP_REFRESHED.type, b"a result")])

    assert read(channel, RESULTS, b"a result")


@pytest.mark.parametrize("exchange", [RETRY, WORK, DEAD])
def test_a_misspelt_key_of_ours_is_unroutable(publisher: Publisher, channel: Any, exchange: str) -> None:
    with pytest.raises(UnroutableError, match="nonsense"):
        publisher.publish([Message(exchange, "nonsense", b"")])


def test_a_retry_comes_back_to_its_consumer_after_the_delay(publisher: Publisher, channel: Any) -> None:
    published = time.monotonic()
    publisher.publish([Message(RETRY, retry_key(Consumer.BOM, TIERS[0]), b"again", headers={ATTEMPT: 2})])

    properties, body = take(channel, work_queue(Consumer.BOM), within=8)

    assert body == b"again"
    assert properties.headers[ATTEMPT] == 2
    assert 4.5 < time.monotonic() - published < 7.5


def test_a_replay_reaches_the_one_consumer(publisher: Publisher, channel: Any) -> None:
    publisher.publish([Message(WORK, Consumer.PRODUCT, b"replayed")])

    assert take(channel, work_queue(Consumer.PRODUCT))[1] == b"replayed"


def test_a_message_that_kills_its_consumer_every_time_is_dead_lettered(
    publisher: Publisher, channel: Any, declared: BrokerSettings
) -> None:
    publisher.publish([Message(EVENTS, ATTACHMENT.type, b"poison")])
    queue, dead = work_queue(Consumer.ATTACHMENT), dead_queue(Consumer.ATTACHMENT)

    for delivery in range(DELIVERY_LIMIT + 1):
        victim = channel.connection.channel()
        method, _, body = next(victim.consume(queue, inactivity_timeout=5))
        assert method is not None, f"gone after {delivery} deliveries"
        assert body == b"poison"
        victim.close()

    properties, body = take(channel, dead)
    assert body == b"poison"
    assert properties.headers["x-death"][0]["reason"] == "delivery_limit"


def test_dead_letters_survive_being_looked_at(publisher: Publisher, channel: Any) -> None:
    publisher.publish([Message(DEAD, Consumer.LOOKUP, b"kept")])
    queue = dead_queue(Consumer.LOOKUP)

    for _ in range(2 * DELIVERY_LIMIT):
        method, _, _ = channel.basic_get(queue)
        channel.basic_reject(method.delivery_tag, requeue=True)

    assert take(channel, queue)[1] == b"kept"


class TestAnotherTopology:
    """What differs is named; each test mends what it broke."""

    def test_a_queue_with_another_argument_refuses_to_be_declared(self, declared: BrokerSettings) -> None:
        wanted = Queue("pdm.bom.retry.5s", {**queue("pdm.bom.retry.5s").arguments, "x-message-ttl": 6000})

        with pytest.raises(TopologyError) as caught:
            topology.declare(declared, Topology((), (wanted,), ()))

        assert "queue 'pdm.bom.retry.5s'" in str(caught.value)
        assert "has x-message-ttl = 5000, but must have 6000" in str(caught.value)
        assert "delete the queue, then run `pdm-odoo topology declare`" in str(caught.value)

    def test_an_argument_that_rabbitmq_does_not_know_is_found(
        self, declared: BrokerSettings, channel: Any
    ) -> None:
        wanted = queue("pdm.lookup.dead")
        channel.queue_delete(wanted.name)
        misspelt = {"x-queue-type": "quorum", "x-delivery-limits": 5}
        channel.queue_declare(wanted.name, durable=True, arguments=misspelt)

        found = {(each.what, each.text) for each in differences(declared)}

        assert ("queue pdm.lookup.dead", "has x-delivery-limits = 5, must not have it") in found
        assert ("queue pdm.lookup.dead", "has no x-delivery-limit, must have 1000000") in found
        channel.queue_delete(wanted.name)
        missing = {(each.what, each.text) for each in differences(declared)}
        assert ("queue pdm.lookup.dead", "is missing") in missing
        assert ("binding pdm.dead → pdm.lookup.dead (lookup)", "is missing") in missing
        topology.declare(declared)
        assert differences(declared) == []

    def test_a_binding_too_many_is_found(self, declared: BrokerSettings, channel: Any) -> None:
        channel.queue_bind(LOG, EVENTS, "#")

        found = differences(declared)

        assert found == [Difference("binding pdm.events → pdm.log (#)", "must not be there", Remedy.UNBIND)]
        channel.queue_unbind(LOG, EVENTS, "#")

    def test_a_customers_own_queue_is_none_of_our_business(
        self, declared: BrokerSettings, channel: Any
    ) -> None:
        channel.queue_declare("theirs", durable=True)
        channel.queue_bind("theirs", RESULTS, "#")

        assert differences(declared) == []
        channel.queue_delete("theirs")

    def test_a_policy_that_loses_dead_letters_is_found(self, declared: BrokerSettings) -> None:
        assert declared.management_url is not None
        policy = {"pattern": r"\.dead$", "apply-to": "queues", "definition": {"message-ttl": 60_000}}
        with httpx.Client(base_url=declared.management_url.get_secret_value()) as client:
            path = f"/api/policies/{virtual_host(declared)}/cleaning"
            client.put(path, json=policy).raise_for_status()
            found = eventually(lambda: differences(declared), lambda each: len(each) == len(Consumer))
            client.delete(path).raise_for_status()

        assert {each.what for each in found} == {f"queue {dead_queue(consumer)}" for consumer in Consumer}
        assert {each.text for each in found} == {"has a policy with message-ttl = 60000"}
        assert eventually(lambda: differences(declared), lambda each: not each) == []


def queue(name: str) -> Queue:
    return next(each for each in TOPOLOGY.queues if each.name == name)


def eventually(
    look: Callable[[], list[Difference]], good: Callable[[list[Difference]], bool], within: float = 15
) -> list[Difference]:
    """Return what `look` sees, at the latest after `within` seconds: the management API lags behind."""
    limit = time.monotonic() + within
    while not good(seen := look()) and time.monotonic() < limit:
        time.sleep(0.3)
    return seen


def test_the_commands_tell_what_to_do(declared: BrokerSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert declared.management_url is not None
    monkeypatch.setenv("AMQP_URL", declared.url.get_secret_value())
    monkeypatch.setenv("AMQP_MANAGEMENT_URL", declared.management_url.get_secret_value())
    run = CliRunner()

    assert run.invoke(topology_command, ["declare"]).exit_code == 0
    assert run.invoke(topology_command, ["verify"]).exit_code == 0
    with connection(declared, "test") as opened:
        opened.channel().queue_unbind(LOG, EVENTS, "pdm.bom.#")
    differs = run.invoke(topology_command, ["verify"])

    assert differs.exit_code == 1
    assert (
        "binding pdm.events → pdm.log (pdm.bom.#) is missing: run `pdm-odoo topology declare`"
        in differs.output
    )
    assert run.invoke(topology_command, ["declare"]).exit_code == 0
