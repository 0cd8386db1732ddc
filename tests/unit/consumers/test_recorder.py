"""What is recorded of a batch, and that a record never costs more than itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from consumers.delivery import Delivery
from consumers.errors import PermanentError, TransientError, UnavailableError
from consumers.recorder import MOST
from consumers.report import Report
from consumers.results import Applied, Result, Verdict
from consumers.work import StoppedError
from consumers.worker import Worker
from producers.errors import BrokerUnavailableError
from schemas import settled
from schemas.dead_letter import ATTEMPT, MAX_MESSAGE, Reason
from schemas.event import Event
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.message import Message
from schemas.metrics import Metrics
from schemas.settled import BatchSettled, Settled
from tests.unit.consumers.deliveries import (
    Closed,
    Records,
    ScriptedHandler,
    delivery,
    recorder,
    seen,
    undecodable,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ODD = "\ud800 is no text"


class Scene:
    """A worker and its recorder, whose publisher confirms when the scene is over."""

    def __init__(self, handler: ScriptedHandler | None = None, *faults: Exception) -> None:
        self.records = Records(*faults)
        self.recorder = recorder(self.records)
        self.stop = threading.Event()
        self._worker = Worker(
            consumer=Consumer.PRODUCT,
            handler=handler or ScriptedHandler(),
            publisher=self,
            report=Report(Consumer.PRODUCT, Metrics(CollectorRegistry())),
            recorder=self.recorder,
            breaker=Closed(),
            stop=self.stop,
            now=lambda: NOW,
            host="host-1",
            key_parts=KeyParts.NUMBER,
        )

    def publish(self, messages: Sequence[Message]) -> None:
        """Confirm retries and dead letters."""

    def work(self, *batches: Sequence[Delivery]) -> None:
        with self.recorder:
            for batch in batches:
                self._worker.work(batch)

    @property
    def recorded(self) -> list[BatchSettled]:
        found = [settled.decode(message.body) for message in self.records.confirmed]
        return [record for record in found if record]


def answering(**verdicts: Verdict) -> ScriptedHandler:
    """Answer by part number."""
    return ScriptedHandler(lambda event: verdicts[event.subject])


def batch() -> list[Delivery]:
    return [
        delivery(seen("NEW"), 1),
        delivery(seen("LATER"), 2, headers={ATTEMPT: 2}),
        delivery(seen("WRONG"), 3),
        undecodable(4),
    ]


VERDICTS: dict[str, Verdict] = {
    "NEW": Applied(Result.CREATED, "left its unit alone"),
    "LATER": TransientError(Reason.MISSING_PRODUCT, "PU-1 is not in Odoo"),
    "WRONG": PermanentError(Reason.UNKNOWN_STATE, "state 'x'"),
}


def test_a_batch_is_one_record_that_says_of_each_delivery_what_became_of_it() -> None:
    scene = Scene(answering(**VERDICTS))

    scene.work(batch())

    [record] = scene.recorded
    assert (record.consumer, record.host, record.at) == ("product", "host-1", NOW)
    by_subject = {one.subject: one for one in record.settled}
    assert by_subject["NEW"] == Settled(
        id=seen("NEW").id,
        subject="NEW",
        key="Works.NEW",
        sequence=seen("NEW").sequence,
        attempt=1,
        outcome="done",
        result="created",
        text="left its unit alone",
    )
    later = by_subject["LATER"]
    assert (later.outcome, later.tier, later.reason, later.attempt) == ("retry", "30s", "missing_product", 2)
    assert by_subject["WRONG"].outcome == "dead_letter"
    assert by_subject["WRONG"].text == "state 'x'"
    assert (by_subject[""].id, by_subject[""].reason) == ("m-1", "not_json")


def test_what_the_broker_did_not_take_is_published_later_in_order() -> None:
    scene = Scene(None, BrokerUnavailableError("no stream"))

    scene.work([delivery(seen("FIRST"))], [delivery(seen("SECOND"))])

    assert [one.settled[0].subject for one in scene.recorded] == ["FIRST", "SECOND"]


def test_what_the_broker_confirmed_of_a_lot_is_not_published_again() -> None:
    class Halfway(Records):
        """Loses the connection after the first record of its first call."""

        def publish(self, messages: Sequence[Message], timeout: float | None = None) -> None:
            if not self.confirmed:
                super().publish(messages[:1], timeout)
                raise BrokerUnavailableError("lost", unconfirmed=tuple(messages[1:]))
            super().publish(messages, timeout)

    records = Halfway()
    kept = recorder(records)
    for number in range(3):
        kept.record(Consumer.BOM, [], NOW + timedelta(seconds=number))

    assert not kept._published(1, quiet=True)
    assert kept._published(1, quiet=True)

    start = int(NOW.timestamp())
    assert [message.timestamp for message in records.confirmed] == [start, start + 1, start + 2]


def test_a_fault_that_nobody_foresaw_ends_neither_the_work_nor_the_records() -> None:
    scene = Scene(None, RuntimeError("a bug"))

    with scene.recorder:
        scene.recorder.record(Consumer.BOM, [], NOW)
        scene.records.failed.wait(5)
        scene.recorder.record(Consumer.BOM, [], NOW)

    assert len(scene.recorded) == 1


def test_while_the_broker_takes_none_the_newest_are_kept() -> None:
    records = Records()
    kept = recorder(records)
    for number in range(MOST + 7):
        kept.record(Consumer.BOM, [], NOW + timedelta(seconds=number))

    with kept:
        pass

    assert len(records.confirmed) == MOST
    assert records.confirmed[-1].timestamp == int(NOW.timestamp()) + MOST + 6


def test_a_batch_that_is_not_settled_is_not_recorded() -> None:
    handler = ScriptedHandler()
    handler.raised = [UnavailableError("down")]
    scene = Scene(handler)
    scene.stop.set()

    with pytest.raises(StoppedError):
        scene.work([delivery()])

    assert scene.recorded == []


def test_foreign_text_is_bounded_and_always_encoded() -> None:
    long = PermanentError(Reason.REFUSED_BY_ODOO, ODD + "x" * 10 * MAX_MESSAGE)
    scene = Scene(ScriptedHandler(lambda _: long))

    scene.work([delivery(), delivery(b"", tag=2, message_id=ODD)])

    [record] = scene.recorded
    assert all(len(one.text.encode()) <= MAX_MESSAGE for one in record.settled)


def test_a_record_with_more_than_we_know_is_read_and_anything_else_is_none() -> None:
    scene = Scene()
    scene.work([delivery()])
    [message] = scene.records.confirmed

    newer = message.body.replace(b'"attempt":', b'"added":1,"attempt":')

    assert settled.decode(newer) == settled.decode(message.body)
    assert settled.decode(b'{"specversion": "1.0"}') is None
    assert settled.decode(b"\xff") is None


def test_an_unchanged_event_is_short_in_a_record() -> None:
    def unchanged(_: Event) -> Verdict:
        return Applied(Result.UNCHANGED)

    scene = Scene(ScriptedHandler(unchanged))

    scene.work([delivery(seen(f"BD-{number:05}"), number) for number in range(1, 101)])

    [message] = scene.records.confirmed
    assert len(message.body) < 100 * 250
