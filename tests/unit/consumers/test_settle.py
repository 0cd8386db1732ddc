"""What is published before a delivery may be acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.delivery import Delivery
from consumers.errors import PermanentError, TransientError
from consumers.policy import Dead, Done, Retry
from consumers.results import Result
from consumers.settle import Settlement, fingerprint, messages
from producers import broker
from schemas import dead_letter, topology
from schemas.dead_letter import Reason
from schemas.kinds import Consumer
from schemas.message import Message
from tests.factories import event
from tests.unit.consumers.deliveries import delivery, seen, undecodable

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
EARLIER = "2026-03-02T09:00:00+00:00"
TIER = topology.TIERS[1]
MISSING = TransientError(Reason.MISSING_PRODUCT, "not in Odoo yet: PU-0001")
REFUSED = PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses: a cycle")
RETRY, DEAD = Retry(TIER, MISSING), Dead(REFUSED)

FOREIGN: dict[str, Any] = {
    "x-death": [{"queue": "pdm.product.retry.5s", "reason": "expired", "count": 3}],
    "x-first-death-queue": "pdm.product.retry.5s",
    "x-last-death-reason": "expired",
    "x-delivery-count": 4,
    "x-acquired-count": 4,
    "cloudEvents:type": "other",
    "a": b"b",
}
TEXTS = st.text(max_size=20) | st.text("aä€😀", min_size=1, max_size=5).map(lambda text: text * 5_000)
VALUES = (
    TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.binary()
    | st.none()
    | st.floats()
    | st.datetimes()
    | st.lists(st.integers())
)
OURS = [value for name, value in vars(dead_letter).items() if name.isupper() and isinstance(value, str)]
HEADERS = st.dictionaries(st.sampled_from(OURS) | st.text(max_size=10), VALUES)


def only(outcome: Retry | Dead, of: Delivery | None = None, consumer: Consumer = Consumer.PRODUCT) -> Message:
    [message] = messages([Settlement(of or delivery(), outcome)], consumer, NOW, "host-1")
    return message


def chained(text: str, depth: int = 1) -> TransientError:
    """Return a failure whose traceback is real."""
    try:
        descend(text, depth)
    except KeyError as cause:
        failure = TransientError(Reason.UNFORESEEN, f"KeyError: {cause}")
        failure.__cause__ = cause
        return failure
    raise AssertionError


def descend(text: str, depth: int) -> None:
    if depth:
        descend(text, depth - 1)
    raise KeyError(text)


def test_what_is_done_publishes_nothing() -> None:
    settlements = [Settlement(delivery(), Done(result)) for result in Result]

    assert messages(settlements, Consumer.PRODUCT, NOW, "host-1") == []


def test_messages_keep_the_order_of_their_settlements() -> None:
    found = messages(
        [
            Settlement(delivery(seen("A")), DEAD),
            Settlement(delivery(seen("B")), Done(Result.CREATED)),
            Settlement(delivery(seen("C")), RETRY),
        ],
        Consumer.PRODUCT,
        NOW,
        "host-1",
    )

    assert [(one.exchange, one.message_id) for one in found] == [
        ("pdm.dead", "A-1-1"),
        ("pdm.retry", "C-1-1"),
    ]


@pytest.mark.parametrize("tier", topology.TIERS, ids=lambda tier: tier.name)
@pytest.mark.parametrize("consumer", Consumer)
def test_a_retry_goes_to_the_queue_of_its_consumer_and_tier(consumer: Consumer, tier: topology.Tier) -> None:
    message = only(Retry(tier, MISSING), consumer=consumer)

    queues = {
        binding.queue
        for binding in topology.TOPOLOGY.bindings
        if (binding.exchange, binding.routing_key) == (message.exchange, message.routing_key)
    }
    assert queues == {topology.retry_queue(consumer, tier)}


@pytest.mark.parametrize("consumer", Consumer)
def test_a_dead_letter_goes_to_the_queue_of_its_consumer(consumer: Consumer) -> None:
    message = only(DEAD, consumer=consumer)

    queues = {
        binding.queue
        for binding in topology.TOPOLOGY.bindings
        if (binding.exchange, binding.routing_key) == (message.exchange, message.routing_key)
    }
    assert queues == {topology.dead_queue(consumer)}


@pytest.mark.parametrize(("attempt", "expected"), [(None, 2), (1, 2), (4, 5), ("x", 2), (-3, 2), (0, 2)])
def test_a_retry_counts_the_attempt_up(attempt: object, expected: int) -> None:
    headers = {} if attempt is None else {dead_letter.ATTEMPT: attempt}

    assert only(RETRY, delivery(headers=headers)).headers[dead_letter.ATTEMPT] == expected


def test_a_first_retry_remembers_when_and_from_where() -> None:
    assert only(RETRY).headers == {
        dead_letter.ATTEMPT: 2,
        dead_letter.FIRST_FAILED_AT: NOW.isoformat(),
        dead_letter.ORIGINAL_EXCHANGE: "pdm.events",
        dead_letter.ORIGINAL_ROUTING_KEY: "pdm.product.state_changed.v1",
    }


def test_a_later_retry_keeps_the_first_failure_the_first_exchange_and_the_trace() -> None:
    carried = {
        dead_letter.FIRST_FAILED_AT: EARLIER,
        dead_letter.ORIGINAL_EXCHANGE: "pdm.events",
        dead_letter.ORIGINAL_ROUTING_KEY: "pdm.product.state_changed.v1",
        dead_letter.REPLAY_ID: "r-1",
        dead_letter.REPLAYS: 2,
        dead_letter.TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    again = delivery(headers=carried | FOREIGN, exchange="pdm.work", routing_key="product")

    assert only(RETRY, again).headers == carried | {dead_letter.ATTEMPT: 2}


def test_the_message_that_goes_out_and_comes_back_climbs_the_whole_ladder() -> None:
    current = delivery()
    for expected in range(2, 7):
        message = only(RETRY, current)
        assert message.headers[dead_letter.ATTEMPT] == expected
        assert message.headers[dead_letter.FIRST_FAILED_AT] == NOW.isoformat()
        current = delivery(message.body, headers=message.headers, exchange="pdm.work", routing_key="product")
    assert only(DEAD, current).headers[dead_letter.ORIGINAL_EXCHANGE] == "pdm.events"


@pytest.mark.parametrize("outcome", [RETRY, DEAD], ids=["retry", "dead letter"])
def test_headers_of_the_broker_and_of_strangers_are_dropped(outcome: Retry | Dead) -> None:
    assert not only(outcome, delivery(headers=FOREIGN)).headers.keys() & FOREIGN.keys()


def test_a_dead_letter_says_everything_of_itself() -> None:
    earlier = {dead_letter.ATTEMPT: 6, dead_letter.FIRST_FAILED_AT: EARLIER}

    assert only(DEAD, delivery(headers=earlier), Consumer.BOM).headers == {
        dead_letter.CONSUMER: "bom",
        dead_letter.REASON: "refused_by_odoo",
        dead_letter.ERROR_TYPE: "PermanentError",
        dead_letter.ERROR_MESSAGE: "Odoo refuses: a cycle",
        dead_letter.ERROR_STACK: "",
        dead_letter.ATTEMPT: 6,
        dead_letter.DEAD_AT: NOW.isoformat(),
        dead_letter.FIRST_FAILED_AT: EARLIER,
        dead_letter.FINGERPRINT: fingerprint(
            Consumer.BOM, "refused_by_odoo", "PermanentError", "Odoo refuses: a cycle"
        ),
        dead_letter.HOST: "host-1",
        dead_letter.ORIGINAL_EXCHANGE: "pdm.events",
        dead_letter.ORIGINAL_ROUTING_KEY: "pdm.product.state_changed.v1",
    }


def test_a_dead_letter_of_what_nobody_foresaw_has_the_type_and_the_stack_of_its_cause() -> None:
    headers = only(Dead(chained("uom_id"))).headers

    assert headers[dead_letter.ERROR_TYPE] == "KeyError"
    assert str(headers[dead_letter.ERROR_STACK]).startswith("Traceback (most recent call last):")
    assert "descend" in str(headers[dead_letter.ERROR_STACK])


@pytest.mark.parametrize("outcome", [RETRY, DEAD], ids=["retry", "dead letter"])
@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b'{"a": 1 }\n', b"x" * 100_000])
def test_a_body_goes_on_byte_for_byte(body: bytes, outcome: Retry | Dead) -> None:
    assert only(outcome, delivery(body)).body == body


def test_the_properties_of_a_message_that_is_an_event_come_from_the_event() -> None:
    one = seen()
    message = only(RETRY, delivery(one, message_id="forged"))

    assert (message.message_id, message.correlation_id, message.type) == (one.id, one.correlationid, one.type)
    assert message.timestamp == int(one.time.timestamp())


def test_a_message_that_is_no_event_keeps_its_own_id_and_content_type() -> None:
    message = only(DEAD, undecodable())
    unnamed = delivery(b"?", message_id=None, content_type=None)

    assert (message.message_id, message.type) == ("m-1", None)
    assert message.content_type == "application/cloudevents+json"
    assert only(DEAD, unnamed).content_type == "application/octet-stream"


@given(HEADERS, st.sampled_from([RETRY, DEAD]), TEXTS.filter(lambda text: len(text.encode()) < 256))
def test_whatever_the_headers_say_the_broker_takes_the_message(
    headers: dict[str, Any], outcome: Retry | Dead, routing_key: str
) -> None:
    for one in (delivery(headers=headers, routing_key=routing_key), delivery(b"?", headers=headers)):
        broker.check(only(outcome, one))


@pytest.mark.parametrize("year", [1, 1601, 1969, 9999])
@pytest.mark.parametrize("outcome", [RETRY, DEAD], ids=["retry", "dead letter"])
def test_an_event_of_any_time_can_be_retried_and_dead_lettered(year: int, outcome: Retry | Dead) -> None:
    broker.check(only(outcome, delivery(event(time=datetime(year, 1, 1, tzinfo=UTC)))))


@given(TEXTS, st.integers(0, 100), TEXTS)
def test_whatever_an_error_says_the_broker_takes_its_dead_letter(text: str, depth: int, host: str) -> None:
    [message] = messages([Settlement(delivery(), Dead(chained(text, depth)))], Consumer.PRODUCT, NOW, host)

    broker.check(message)


@pytest.mark.parametrize("value", ["", "yesterday", "2026-13-01", "x" * 5000, 5, None, b"\xff"])
def test_a_first_failure_at_no_time_is_now(value: object) -> None:
    headers = only(DEAD, delivery(headers={dead_letter.FIRST_FAILED_AT: value})).headers

    assert headers[dead_letter.FIRST_FAILED_AT] == NOW.isoformat()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("not in Odoo yet: PU-0001", "not in Odoo yet: PU-0002"),
        ("file 'a/b.pdf' is not there", "file 'c/d e.pdf' is not there"),
        ('Barcode "B1" already assigned', 'Barcode "XY" already assigned'),
        ("line 3: 0.0004 of BD-1 rounds to zero", "line 77: 0.0001 of 4711 rounds to zero"),
        ("Odoo holds template 17", "Odoo holds template 18"),
        ("not in Odoo yet: 'PU-1'", "not in Odoo yet: 'PU-1', 'PU-2'"),
        ("not in Odoo yet: 'Nut'", "not in Odoo yet: 'Bolt, long', \"O'Ring\", 'PU-2'"),
        ("line 1: 'P' is held in kg", "line 2: 'Q x' is held in kg"),
    ],
)
def test_failures_of_one_cause_have_one_fingerprint(one: str, other: str) -> None:
    assert fingerprint(Consumer.BOM, "r", "T", one) == fingerprint(Consumer.BOM, "r", "T", other)


@pytest.mark.parametrize(
    "other",
    [
        (Consumer.PRODUCT, "r", "T", "no unit"),
        (Consumer.BOM, "q", "T", "no unit"),
        (Consumer.BOM, "r", "U", "no unit"),
        (Consumer.BOM, "r", "T", "no weight"),
        (Consumer.BOM, "r", "T", "no unit 'kg'"),
    ],
)
def test_failures_of_another_cause_have_another_fingerprint(other: tuple[Consumer, str, str, str]) -> None:
    assert fingerprint(*other) != fingerprint(Consumer.BOM, "r", "T", "no unit")


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["x" * 100_000, "'" * 100_000, "7" * 100_000, "x " * 100_000])
def test_a_fingerprint_of_a_huge_text_takes_no_time(text: str) -> None:
    assert len(fingerprint(Consumer.BOM, "r", "T", text)) == 16
