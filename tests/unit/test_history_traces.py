"""What a message of the streams says of one part number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from ops.history.traces import Arrival, Question, arrived, done
from producers.log_stream import Logged
from schemas import settled
from schemas.event import encode
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.settled import BatchSettled, Settled
from tests import factories

ALL = (Consumer.PRODUCT, Consumer.BOM, Consumer.ATTACHMENT)
AT = datetime(2026, 3, 2, tzinfo=UTC)


def question(number: str = "BD-1000", **overrides: Any) -> Question:
    fields: dict[str, Any] = {"source": None, "since": AT, "kinds": ALL, "parts": KeyParts.NUMBER}
    return Question(number, **(fields | overrides))


def logged(body: bytes, routing_key: str = "pdm.product.state_changed.v1") -> Logged:
    return Logged(7, "m-1", routing_key, body)


def record(*told: Settled, consumer: str = "product") -> Logged:
    return logged(settled.to_message(BatchSettled(consumer, "host", AT, told)).body, settled.TYPE)


def told(identifier: str, subject: str = "", key: str = "") -> Settled:
    return Settled(identifier, subject, key, "1", 1, "done", "created")


def test_an_event_of_the_number_is_told_with_all_that_identifies_it() -> None:
    event = factories.event(factories.attachment())

    assert arrived(logged(encode(event)), question()) == Arrival(
        offset=7,
        id=event.id,
        kind="attachment",
        key=event.key,
        source="/pdm/Works",
        time=event.time,
        published=datetime(2025, 3, 2, 8, 51, 15, 840000, UTC),
        state="Released",
        revision="B",
        sequence=event.sequence,
        correlation_id=event.correlationid,
        role="PDF File",
        digest=event.digest,
    )


def test_a_bom_that_only_names_the_number_as_a_component_is_not_its_event() -> None:
    body = encode(factories.event(factories.bom()))

    assert b"PU-0001" in body
    assert arrived(logged(body), question("PU-0001")) is None


@pytest.mark.parametrize("number", ['Ä/1 "x"', "BD\\1", "部品-1"])
def test_a_number_is_found_however_its_json_was_written(number: str) -> None:
    event = factories.event(factories.product(item=factories.item(number=number)))
    escaped = json.dumps(orjson.loads(encode(event))).encode()

    for body in (encode(event), escaped):
        found = arrived(logged(body), question(number))
        assert found is not None
        assert found.id == event.id


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"source": "/pdm/Works"}, True),
        ({"source": "/pdm/Other"}, False),
        ({"kinds": (Consumer.BOM,)}, False),
    ],
)
def test_what_is_not_asked_for_is_left_out(asked: dict[str, Any], found: bool) -> None:
    body = encode(factories.event())

    assert (arrived(logged(body), question(**asked)) is not None) is found


def test_a_message_that_no_consumer_takes_is_told_with_why() -> None:
    body = orjson.dumps({"id": "x-1", "subject": "BD-1000"})

    found = arrived(logged(body, "pdm.bom.state_changed.v1"), question())

    assert found is not None
    assert (found.id, found.kind, found.key) == ("m-1", "bom", "")
    assert "source: Field required" in found.fault


@pytest.mark.parametrize("body", [b"BD-1000", b'["BD-1000"]', b'{"subject": "BD-1000-1"}'])
def test_what_is_about_nothing_is_left_out(body: bytes) -> None:
    assert arrived(logged(body), question()) is None


def test_of_a_record_only_the_deliveries_of_the_number_count() -> None:
    batch = record(told("e1", "BD-1000", "Works.BD-1000"), told("e2", "BD-1000-1"), told("x-1"))

    assert [step.settled.id for step in done(batch, question(), {"e1"})] == ["e1"]
    assert [step.settled.id for step in done(batch, question(), {"e1", "x-1"}, {"x-1"})] == ["e1", "x-1"]
    assert done(batch, question(source="/pdm/Other"), set()) == []
    assert done(batch, question(kinds=(Consumer.BOM,)), {"e1"}) == []


def test_other_messages_of_the_results_say_nothing() -> None:
    refreshed = encode(factories.event(factories.lookup_refreshed(name="bd-1000")))

    assert done(logged(refreshed), question("bd-1000"), set()) == []


def test_ids_that_are_no_uuids_with_a_time_tell_none() -> None:
    event = factories.event(event_id="e-1")

    found = arrived(logged(encode(event)), question())

    assert found is not None
    assert found.published is None
    assert found.time is not None
    assert abs(found.time - event.time) < timedelta(seconds=1)
