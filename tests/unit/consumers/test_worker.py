"""A worker: patient while the world is down, and never the first to say that something is settled."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from consumers.delivery import Delivery
from consumers.errors import (
    AmbiguousError,
    ConflictError,
    MisconfiguredError,
    PermanentError,
    TransientError,
    UnavailableError,
)
from consumers.report import Report
from consumers.settle import Settlement
from consumers.work import StoppedError
from consumers.worker import Worker
from producers.errors import BrokerUnavailableError, ConfirmTimeoutError, NackedError, UnroutableError
from schemas.dead_letter import ATTEMPT, Reason
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.metrics import Metrics
from tests.unit.consumers import deliveries
from tests.unit.consumers.deliveries import CarelessHandler, ScriptedHandler, delivery, recorder, undecodable

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Stop(threading.Event):
    """A stop event whose waits take no time; it is set during the wait number `after`."""

    def __init__(self, after: int | None = None) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        if self._after == len(self.waits):
            self.set()
        return self.is_set()


class Journal(Report):
    """A report that notes the order of things."""

    def __init__(self, journal: list[str]) -> None:
        super().__init__(Consumer.PRODUCT, Metrics(CollectorRegistry()))
        self._journal = journal

    def settled(self, settlements: Sequence[Settlement], seconds: float, now: datetime) -> None:
        assert seconds >= 0
        self._journal.append(f"settled {len(settlements)}")

    def held(self, why: BaseException) -> None:
        self._journal.append(f"held: {why}")

    def resumed(self) -> None:
        self._journal.append("resumed")


class Publisher:
    """Notes what it confirmed; raises the next of `faults` first."""

    def __init__(self, journal: list[str], *faults: Exception) -> None:
        self.confirmed: list[Message] = []
        self._journal = journal
        self._faults = list(faults)

    def publish(self, messages: Sequence[Message]) -> None:
        if self._faults:
            raise self._faults.pop(0)
        self.confirmed += messages
        self._journal.append(f"confirmed {len(messages)}")


class Scene:
    """A worker with everything around it."""

    def __init__(
        self,
        handler: ScriptedHandler | None = None,
        publishing: Sequence[Exception] = (),
        stop_in_wait: int | None = None,
    ) -> None:
        self.journal: list[str] = []
        self.stop = Stop(stop_in_wait)
        self.handler = handler or ScriptedHandler()
        self.publisher = Publisher(self.journal, *publishing)
        self._worker = Worker(
            consumer=Consumer.PRODUCT,
            handler=self.handler,
            publisher=self.publisher,
            report=Journal(self.journal),
            recorder=recorder(),
            breaker=deliveries.impatient(self.stop, lambda: sum(self.stop.waits)),
            stop=self.stop,
            now=lambda: NOW,
            host="host-1",
            key_parts=KeyParts.NUMBER,
        )

    def prepare(self) -> None:
        self._worker.prepare()

    def work(self, *batch: Delivery) -> None:
        self._worker.work(batch or [delivery()])


def failing(*errors: Exception) -> ScriptedHandler:
    handler = ScriptedHandler()
    handler.raised = list(errors)
    return handler


def test_a_batch_that_applies_publishes_nothing_and_is_reported() -> None:
    scene = Scene()

    scene.work()

    assert scene.journal == ["settled 1"]


def test_dead_letters_are_confirmed_before_the_batch_is_reported() -> None:
    scene = Scene()

    scene.work(undecodable(1), delivery(tag=2))

    assert scene.journal == ["confirmed 1", "settled 2"]


def test_while_odoo_is_away_the_batch_is_held_and_spends_no_attempt() -> None:
    down = UnavailableError("connection refused")
    scene = Scene(failing(*[down] * 50))

    scene.work(delivery(headers={ATTEMPT: 6}))

    assert scene.journal == ["held: connection refused"] * 50 + ["resumed", "settled 1"]
    assert scene.publisher.confirmed == []
    assert sum(scene.stop.waits) <= 50 * 31


def test_a_misconfigured_odoo_is_asked_once_a_minute_and_no_more_often() -> None:
    scene = Scene(failing(*[MisconfiguredError("check ODOO_API_KEY")] * 3))

    scene.work()

    assert scene.stop.waits == [60.0] * 3


def test_who_asks_for_a_longer_pause_gets_it() -> None:
    scene = Scene(failing(UnavailableError("HTTP 429", retry_after=240)))

    scene.work()

    assert 240 <= sum(scene.stop.waits) < 241


@pytest.mark.parametrize("kind", [UnavailableError, MisconfiguredError])
def test_a_stop_ends_the_wait_and_leaves_the_batch_to_the_broker(kind: type[UnavailableError]) -> None:
    scene = Scene(failing(*[kind("away")] * 9), stop_in_wait=2)

    with pytest.raises(StoppedError):
        scene.work(undecodable(1), delivery(tag=2))

    assert len(scene.handler.asked) == (1 if kind is UnavailableError else 2)
    assert set(scene.journal) == {"held: away"}
    assert scene.publisher.confirmed == []


@pytest.mark.parametrize("fault", [BrokerUnavailableError, ConfirmTimeoutError, UnroutableError])
def test_what_the_broker_does_not_confirm_is_published_again_without_asking_odoo_again(
    fault: type[BrokerUnavailableError],
) -> None:
    scene = Scene(
        CarelessHandler(lambda _: PermanentError(Reason.REFUSED_BY_ODOO, "no")),
        publishing=[fault("no"), fault("no")],
    )

    scene.work()

    assert scene.journal == ["held: no", "held: no", "confirmed 1", "resumed", "settled 1"]
    assert len(scene.handler.asked) == 1


def test_who_prepares_waits_until_odoo_can_be_worked_with() -> None:
    scene = Scene()
    scene.handler.away = [UnavailableError("connection refused")] * 20

    scene.prepare()

    assert scene.handler.prepared == 21
    assert scene.journal == ["held: connection refused"] * 20 + ["resumed"]
    assert sum(scene.stop.waits) <= 20 * 31


def test_without_our_fields_who_prepares_asks_once_a_minute() -> None:
    scene = Scene()
    scene.handler.away = [MisconfiguredError("run `pdm-odoo odoo setup`")] * 2

    scene.prepare()

    assert scene.stop.waits == [60.0] * 2


@pytest.mark.parametrize(
    "fault",
    [
        AmbiguousError("Odoo's reply was lost"),
        ConflictError("busy"),
        TransientError(Reason.UNFORESEEN, "Odoo failed: builtins.KeyError: 'res.users'"),
        PermanentError(Reason.TOO_LARGE, "413"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_who_prepares_waits_whatever_odoo_answers(fault: Exception) -> None:
    scene = Scene()
    scene.handler.away = [fault]

    scene.prepare()

    assert scene.handler.prepared == 2


def test_a_stop_ends_the_preparation() -> None:
    scene = Scene(stop_in_wait=2)
    scene.handler.away = [UnavailableError("away")] * 9

    with pytest.raises(StoppedError):
        scene.prepare()

    assert scene.handler.prepared == 1


def test_what_the_broker_confirmed_is_not_published_again() -> None:
    class Full(Publisher):
        def publish(self, messages: Sequence[Message]) -> None:
            super().publish(messages[:1])
            if len(messages) > 1:
                raise NackedError("full", unconfirmed=tuple(messages[1:]))

    scene = Scene()
    full = Full(scene.journal)
    worker = dataclasses.replace(scene._worker, publisher=full)

    worker.work([undecodable(1), undecodable(2), undecodable(3)])

    again = ["confirmed 1", "held: full"]
    assert scene.journal == [*again, *again, "confirmed 1", "resumed", "settled 3"]
    assert len(full.confirmed) == 3


def test_a_broker_that_fails_inside_a_handler_is_waited_for_as_well() -> None:
    scene = Scene(failing(BrokerUnavailableError("gone")))

    scene.work()

    assert scene.journal == ["held: gone", "resumed", "settled 1"]


def test_a_stop_while_publishing_settles_nothing() -> None:
    scene = Scene(publishing=[BrokerUnavailableError("gone")] * 5, stop_in_wait=1)

    with pytest.raises(StoppedError):
        scene.work(undecodable())

    assert scene.journal == ["held: gone"]


def test_a_conflict_is_waited_out_by_the_same_stoppable_clock() -> None:
    scene = Scene(failing(ConflictError("busy")), stop_in_wait=1)

    with pytest.raises(StoppedError):
        scene.work()


def test_an_error_of_the_publisher_that_nobody_foresaw_is_not_swallowed() -> None:
    scene = Scene(publishing=[ZeroDivisionError("bug")])

    with pytest.raises(ZeroDivisionError):
        scene.work(undecodable())

    assert scene.journal == []


def test_a_batch_that_waits_for_what_another_one_found_out_is_held_too() -> None:
    scene = Scene()
    with pytest.raises(UnavailableError), scene._worker.breaker.turn(lambda _: None):
        raise UnavailableError("away")
    scene.work()
    assert scene.journal == ["held: away", "resumed", "settled 1"]
