"""The I/O thread, on a connection of our own making. The real broker is in tests/integration."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
import tenacity
from pika.exceptions import ChannelClosedByBroker, ProbableAccessDeniedError

from consumers.errors import UnavailableError
from consumers.runner import Runner
from producers.errors import AccessRefusedError, RefusedError
from schemas import dead_letter
from schemas.event import Event
from schemas.keys import KeyParts
from tests.unit.consumers.connections import Connection, Scene, Step, cancelled, closed, deliver, lost
from tests.unit.consumers.deliveries import ScriptedHandler, seen


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_deliveries_are_acknowledged_in_rising_order_up_to_the_last(scene: Scene) -> None:
    scene.until = lambda: scene.acked[-1][-1:] == [5]

    scene.run(tuple(deliver(tag, seen(f"P-{tag}")) for tag in range(1, 6)))

    assert scene.acked[0] == sorted(scene.acked[0])
    assert sorted(one.data.item.number for asked in scene.handler.asked for one in asked) == [
        f"P-{tag}" for tag in range(1, 6)
    ]


def test_a_subscription_asks_for_two_batches_per_shard_and_no_more(scene: Scene) -> None:
    scene.until = lambda: True

    scene.run((), product_batch_size=50, shards=3)

    channel = scene.connections[0].only_channel
    assert (channel.queue, channel.prefetch) == ("pdm.product", 300)


def test_a_dead_letter_is_confirmed_before_its_message_is_acknowledged(scene: Scene) -> None:
    scene.publisher.look = lambda: scene.connections[0].only_channel.acked
    scene.until = lambda: scene.acked[0] == [1]

    scene.run((deliver(1, b"not JSON"),))

    assert scene.publisher.acked_before == []


def test_after_a_reconnect_no_tag_of_before_is_acknowledged(scene: Scene) -> None:
    second_try = threading.Event()

    class Slow(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            second_try.wait(5)
            return super().apply(events)

    def again(connection: Connection) -> None:
        # The broker numbers anew: tag 1 of before is another message now.
        deliver(1, seen("B"))(connection)
        deliver(2, seen("A"))(connection)
        second_try.set()

    scene.handler = Slow()
    scene.until = lambda: len(scene.acked) == 2 and scene.acked[1][-1:] == [2]
    idle: tuple[Step, ...] = (lambda _: None,) * 3

    # C waits behind A when the connection goes; the broker gives it to somebody else.
    first = (deliver(1, seen("A")), *idle, deliver(2, seen("C")), lost)
    scene.run(first, (again,), shards=1, linger_seconds=0.0)

    assert scene.acked == [[], [2]]
    assert [one.data.item.number for asked in scene.handler.asked for one in asked] == ["A", "B", "A"]


@pytest.mark.parametrize("fault", [closed, cancelled, lost])
def test_a_subscription_that_ended_silently_is_noticed_and_renewed(scene: Scene, fault: Step) -> None:
    scene.until = lambda: len(scene.acked) == 2 and scene.acked[1] == [1]

    scene.run((fault,), (deliver(1, seen()),))

    assert scene.acked == [[], [1]]


def test_an_error_that_nobody_foresaw_ends_the_run_and_acknowledges_nothing(scene: Scene) -> None:
    scene.publisher.fault = ZeroDivisionError("bug")

    with pytest.raises(ZeroDivisionError):
        scene.run((deliver(1, b"not JSON"),))

    assert scene.acked == [[]]
    assert not scene.connections[0].is_open


def test_a_stop_lets_the_batch_in_work_end_and_leaves_the_rest(scene: Scene) -> None:
    class UntilStop(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            verdicts = super().apply(events)
            scene.stop.wait(5)
            return verdicts

    scene.handler = UntilStop()
    scene.until = lambda: bool(scene.handler.asked)

    def late(connection: Connection) -> None:
        if scene.stop.wait(0.01):
            deliver(2, seen("A", 2))(connection)
        else:
            connection._steps.insert(0, late)

    scene.run((deliver(1, seen("A", 1)), late), shards=1)

    assert scene.acked == [[1]]
    assert len(scene.handler.asked) == 1


def test_a_batch_that_outlives_the_grace_period_is_left_to_the_broker(scene: Scene) -> None:
    end = threading.Event()

    class Stuck(ScriptedHandler):
        def apply(self, events: Sequence[Event]) -> list[Any]:
            verdicts = super().apply(events)
            end.wait(5)
            return verdicts

    scene.handler = Stuck()
    scene.until = lambda: bool(scene.handler.asked)

    scene.run((deliver(1, seen()),), stop_grace_seconds=1.0)
    end.set()

    assert scene.acked == [[]]


def test_a_stop_while_odoo_is_away_acknowledges_nothing(scene: Scene) -> None:
    scene.handler.raised = [UnavailableError("connection refused")] * 100_000
    scene.until = lambda: bool(scene.handler.asked)

    scene.run((deliver(1, seen()),))

    assert scene.acked == [[]]


def test_nothing_is_taken_from_the_queue_before_odoo_can_be_worked_with(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected_while_away: list[int] = []

    class Away(ScriptedHandler):
        def prepare(self) -> None:
            connected_while_away.append(len(scene.connections))
            super().prepare()

    monkeypatch.setattr("consumers.worker._BACKOFF", tenacity.wait_none())
    scene.handler = Away()
    scene.handler.away = [UnavailableError("connection refused")] * 3
    scene.until = lambda: bool(scene.acked[0])

    scene.run((deliver(1, seen()),))

    assert connected_while_away == [0, 0, 0, 0]
    assert scene.acked == [[1]]


@pytest.mark.parametrize("fault", [closed, cancelled, lost])
def test_odoo_is_asked_again_before_every_reconnect(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, fault: Step
) -> None:
    def away_and_lost(connection: Connection) -> None:
        scene.handler.away = [UnavailableError("gone meanwhile")] * 2
        fault(connection)

    monkeypatch.setattr("consumers.worker._BACKOFF", tenacity.wait_none())
    scene.until = lambda: len(scene.connections) == 2

    scene.run((away_and_lost,), ())

    assert (scene.handler.prepared, len(scene.connections)) == (4, 2)


def test_a_stop_while_odoo_is_away_ends_the_run_without_a_connection(scene: Scene) -> None:
    class Away(ScriptedHandler):
        def prepare(self) -> None:
            scene.stop.set()
            raise UnavailableError("connection refused")

    scene.handler = Away()

    scene.run()

    assert scene.connections == []


def test_a_queue_that_is_not_there_ends_the_run_and_is_to_be_declared(scene: Scene) -> None:
    def missing(_connection: Connection) -> None:
        raise ChannelClosedByBroker(404, "NOT_FOUND - no queue 'pdm.product'")

    with pytest.raises(RefusedError, match=r"run `pdm-odoo topology declare` first$"):
        scene.run((missing,))


def test_a_login_that_is_refused_ends_the_run(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        assert not tries, "asked again"
        tries.append("once")
        raise AccessRefusedError("correct AMQP_URL")

    monkeypatch.setattr("producers.broker.connect", refuse)

    with pytest.raises(AccessRefusedError, match="correct AMQP_URL"):
        scene.run()


def test_a_virtual_host_that_is_refused_later_ends_the_run(scene: Scene) -> None:
    def refused(_connection: Connection) -> None:
        raise ProbableAccessDeniedError("access to vhost refused")

    with pytest.raises(AccessRefusedError):
        scene.run((refused,))

    assert not scene.connections[0].is_open


@pytest.mark.parametrize("body", [b"not JSON", seen()], ids=["no event", "an event"])
def test_what_is_no_utf_8_beside_a_body_is_carried_on_as_text(scene: Scene, body: Event | bytes) -> None:
    scene.handler.raised = [ZeroDivisionError("a bug")]
    scene.until = lambda: scene.acked[0] == [1]

    scene.run((deliver(1, body, b"pdm.\xff", message_id=b"\xfem", content_type=b"text/\xff"),))

    [message] = scene.publisher.confirmed
    assert message.headers[dead_letter.ORIGINAL_ROUTING_KEY] == r"pdm.\xff"
    assert message.content_type == r"text/\xff"
    assert message.message_id == (r"\xfem" if isinstance(body, bytes) else body.id)


def test_two_vaults_that_claim_one_number_are_never_worked_on_at_once(scene: Scene) -> None:
    others = [seen("A").model_copy(update={"source": f"/pdm/Vault-{number}"}) for number in range(8)]
    scene.until = lambda: scene.acked[0] == [8]

    def all_at_once(connection: Connection) -> None:
        for tag, one in enumerate(others, 1):
            deliver(tag, one)(connection)

    scene.run((all_at_once,), shards=32)

    assert [len(asked) for asked in scene.handler.asked] == [8]


def test_one_object_of_the_vault_is_never_worked_on_at_once_whatever_its_numbers(scene: Scene) -> None:
    numbers = [seen(f"A-{version}", version) for version in range(1, 9)]
    scene.until = lambda: scene.acked[0] == [8]

    def all_at_once(connection: Connection) -> None:
        for tag, one in enumerate(numbers, 1):
            deliver(tag, one)(connection)

    scene.run((all_at_once,), shards=32, key_parts=KeyParts.VAULT_OBJECT)

    assert [[one.subject for one in asked] for asked in scene.handler.asked] == [["A-8"]]


def test_a_connected_runner_has_just_turned(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ages: list[float] = []

    def note(runner: Runner, name: str, value: object) -> None:
        if name == "connected" and value:
            ages.append(scene.now - runner.last_turn)
        object.__setattr__(runner, name, value)

    def long_away(connection: Connection) -> None:
        scene.now += 1000
        lost(connection)

    monkeypatch.setattr(Runner, "__setattr__", note, raising=False)
    scene.until = lambda: len(ages) == 2

    scene.run((long_away,), ())

    assert max(ages) < 1
