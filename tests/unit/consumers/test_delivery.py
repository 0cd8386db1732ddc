"""A delivery: decoded once, in an attempt that can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from consumers.delivery import content_of
from consumers.errors import PermanentError
from schemas.dead_letter import ATTEMPT, Reason
from schemas.event import Event, EventData, decode, encode
from schemas.keys import KeyParts
from tests.factories import attachment, bom, bom_line, event, item, lookup_refreshed, lookup_request, product
from tests.unit.consumers.deliveries import delivery, undecodable


@pytest.mark.parametrize(
    ("header", "attempt"),
    [
        (1, 1),
        (6, 6),
        (1_000_000, 1_000_000),
        (1_000_001, 1),
        (0, 1),
        (-1, 1),
        ("2", 1),
        (2.0, 1),
        (None, 1),
        (b"2", 1),
        ([2], 1),
        # A bool is an int to Python, and no header that AMQP publishes.
        (True, 1),
    ],
)
def test_an_attempt_is_what_the_header_says_or_the_first(header: object, attempt: int) -> None:
    found = delivery(headers={ATTEMPT: header}).attempt

    assert (type(found), found) == (int, attempt)


def test_a_delivery_without_the_header_is_on_its_first_attempt() -> None:
    assert delivery(headers={"x-delivery-count": 7}).attempt == 1


@pytest.mark.parametrize(
    ("data", "entity"),
    [(product(), "product"), (bom(), "bom"), (attachment(), "attachment"), (lookup_request(), "lookup")],
)
def test_a_consumer_takes_the_events_of_its_entity(data: EventData, entity: str) -> None:
    assert isinstance(content_of(encode(event(data)), entity), Event)


@pytest.mark.parametrize(
    ("data", "entity"), [(bom(), "product"), (product(), "bom"), (lookup_refreshed(), "lookup")]
)
def test_an_event_in_the_wrong_queue_is_refused(data: EventData, entity: str) -> None:
    error = content_of(encode(event(data)), entity)

    assert isinstance(error, PermanentError)
    assert error.reason is Reason.UNKNOWN_TYPE
    assert f"came to the queue of {entity}" in str(error)


def test_a_message_that_is_no_event_has_the_reason_of_the_decoder_and_no_key() -> None:
    found = undecodable()

    assert isinstance(found.content, PermanentError)
    assert found.content.reason is Reason.NOT_JSON
    assert (found.key, found.shard_key) == ("", "")


@pytest.mark.parametrize("parts", [KeyParts.NUMBER, KeyParts.NUMBER_AND_CONFIGURATION])
@pytest.mark.parametrize("data", [product(), bom(), attachment()], ids=lambda data: type(data).__name__)
def test_all_events_of_one_number_share_a_shard_whatever_their_vault_and_entity(
    data: EventData, parts: KeyParts
) -> None:
    here, there = (
        replace(delivery(), content=decode(encode(event(data, source=f"/pdm/{vault}")), parts))
        for vault in "XY"
    )

    assert here.key != there.key
    assert here.shard_key == there.shard_key == "BD-1000"


@pytest.mark.parametrize("data", [product, attachment], ids=["product", "attachment"])
def test_all_events_of_one_object_of_the_vault_share_a_shard_whatever_its_number(
    data: Callable[..., EventData],
) -> None:
    before, after = (
        content_of(encode(event(data(item=item(number=number)))), data.__name__, KeyParts.VAULT_OBJECT)
        for number in ("A-1", "A-2")
    )

    shards = {replace(delivery(), content=found).shard_key for found in (before, after)}
    assert shards == {"Works.36368"}


def test_a_line_that_cannot_be_told_from_others_is_a_fault_of_its_message() -> None:
    error = content_of(encode(event(bom(lines=(bom_line(3),)))), "bom", KeyParts.VAULT_OBJECT)

    assert isinstance(error, PermanentError)
    assert error.reason is Reason.INVALID_DATA
    assert str(error).startswith("line 3: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"1e999",
        b"[" * 100_000,
        b"\x00",
        b"{" + b'"a":{' * 2000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_no_body_makes_the_decoder_raise(body: bytes) -> None:
    assert isinstance(content_of(body, "product"), PermanentError)


def test_a_hostile_value_in_every_place_is_refused_and_never_raises() -> None:
    good = orjson.loads(encode(event()))
    values: list[Any] = [None, [], {}, 0, -1, 1e308, "\x00", "9" * 5000, True, [[]], {"": ""}]
    for hostile in values:
        for name in good:
            content_of(orjson.dumps(good | {name: hostile}), "product")
        for name in good["data"]:
            content_of(orjson.dumps(good | {"data": good["data"] | {name: hostile}}), "product")
