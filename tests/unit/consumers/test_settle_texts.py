"""Texts of strangers in what is published before a delivery may be acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.policy import Dead, Retry
from consumers.settle import Settlement, fingerprint, messages
from producers import broker
from schemas import topology
from schemas.dead_letter import Reason
from schemas.kinds import Consumer
from schemas.message import Message
from tests.unit.consumers.deliveries import delivery, seen

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
OUTCOMES: list[Dead | Retry] = [
    Dead(PermanentError(Reason.NOT_JSON, "no")),
    Retry(topology.TIERS[0], TransientError(Reason.UNFORESEEN, "no")),
]


def only(outcome: Dead | Retry, **properties: Any) -> Message:
    [message] = messages([Settlement(delivery(b"?", **properties), outcome)], Consumer.PRODUCT, NOW, "host-1")
    return message


@pytest.mark.parametrize("outcome", OUTCOMES, ids=["dead letter", "retry"])
@pytest.mark.parametrize("field", ["message_id", "content_type"])
@pytest.mark.parametrize("raw", [b"\xe9" * 64, b"\xe9" * 80, b"\xff" * 255, "€".encode() * 85])
def test_a_short_text_that_is_no_utf_8_is_cut_to_what_amqp_carries(
    raw: bytes, field: str, outcome: Dead | Retry
) -> None:
    text = raw.decode(errors="backslashreplace")

    message = only(outcome, **{field: text})

    broker.check(message)
    kept = str(getattr(message, field))
    assert len(kept.encode()) <= 255
    assert text.startswith(kept.removesuffix("…"))


@pytest.mark.parametrize("outcome", OUTCOMES, ids=["dead letter", "retry"])
def test_a_short_text_that_fits_is_kept_whole(outcome: Dead | Retry) -> None:
    message = only(outcome, message_id="m" * 255, content_type="c" * 255)

    assert (message.message_id, message.content_type) == ("m" * 255, "c" * 255)


@pytest.mark.parametrize("message_id", ["", None])
def test_a_message_without_id_stays_without(message_id: str | None) -> None:
    assert only(OUTCOMES[0], message_id=message_id).message_id is None


def test_an_event_beside_hostile_properties_is_settled_under_its_own_id() -> None:
    one = seen()
    text = (b"\xff" * 255).decode(errors="backslashreplace")
    hostile = delivery(one, message_id=text, content_type=text)

    [message] = messages([Settlement(hostile, OUTCOMES[0])], Consumer.PRODUCT, NOW, "host-1")

    broker.check(message)
    assert message.message_id == one.id


def of(text: str) -> str:
    return fingerprint(Consumer.BOM, "missing_product", "TransientError", text)


def missing(name: str, count: int = 200) -> str:
    """Return what the BOM consumer says of components that are not there."""
    rest = f" and {200 - count} more" if count < 200 else ""
    return "not in Odoo yet: " + ", ".join(repr(name) for _ in range(min(count, 8))) + rest


@pytest.mark.parametrize("size", [1, 4, 6, 8, 11, 12, 15, 24, 29, 300])
def test_a_list_of_names_that_was_cut_has_the_fingerprint_of_a_whole_one(size: int) -> None:
    assert of(missing("P-" + "1" * size)) == of(missing("PU-1", 2)) == of(missing("PU-1", 1))


@pytest.mark.parametrize(
    "other",
    ["not in Odoo any more: 'PU-1'", "line 1: 'PU-1' not in Odoo yet", "not in Odoo yet, 'PU-1' of kg"],
)
def test_what_stands_around_the_names_still_counts(other: str) -> None:
    assert of(other) != of("not in Odoo yet: 'PU-1'")
