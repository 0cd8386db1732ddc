"""What is counted and said of a batch."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from consumers.delivery import Delivery
from consumers.errors import (
    MisconfiguredError,
    PermanentError,
    RefusedModelError,
    TransientError,
    UnavailableError,
)
from consumers.policy import Dead, Done, Outcome, Retry
from consumers.report import Report
from consumers.results import Result
from consumers.settle import Settlement
from schemas.dead_letter import ATTEMPT, Reason
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.topology import TIERS
from tests.factories import AT
from tests.unit.consumers.deliveries import delivery, seen, undecodable

NOW = AT + timedelta(seconds=90)
Line = MutableMapping[str, Any]


class Scene:
    """A report, its private registry, and the lines it wrote."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._registry = CollectorRegistry()
        self.report = Report(Consumer.PRODUCT, Metrics(self._registry))

    def settled(self, *outcomes: Outcome, of: Delivery | None = None) -> None:
        settlements = [Settlement(of or delivery(), outcome) for outcome in outcomes]
        self.report.settled(settlements, 0.25, NOW)

    def value(self, name: str, **labels: str) -> float:
        found = self._registry.get_sample_value(f"pdm_odoo_{name}", {"consumer": "product", **labels})
        return 0.0 if found is None else found

    def at(self, level: str) -> Sequence[Line]:
        return [line for line in self.lines if line["log_level"] == level]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with capture_logs() as lines:
        yield Scene(lines)


RETRY = Retry(TIERS[0], TransientError(Reason.MISSING_PRODUCT, "PU-0001 is not there"))
DEAD = Dead(PermanentError(Reason.UNKNOWN_UNIT, "no unit 'stone'"))


def test_each_outcome_is_counted_by_its_name(scene: Scene) -> None:
    scene.settled(Done(Result.CREATED), Done(Result.CREATED), Done(Result.STALE), RETRY, DEAD)

    assert scene.value("messages_settled_total", outcome="done", result="created") == 2
    assert scene.value("messages_settled_total", outcome="done", result="stale") == 1
    assert scene.value("messages_settled_total", outcome="retry", result="") == 1
    assert scene.value("messages_settled_total", outcome="dead_letter", result="") == 1
    assert scene.value("retries_total", tier="5s") == 1
    assert scene.value("dead_letters_total", reason="unknown_unit") == 1


def test_a_batch_is_measured_once(scene: Scene) -> None:
    scene.settled(Done(Result.CREATED), RETRY, DEAD)

    assert scene.value("batch_size_events_sum") == 3
    assert scene.value("batch_size_events_count") == 1
    assert scene.value("batch_duration_seconds_sum") == 0.25
    assert scene.value("last_success_timestamp_seconds") == NOW.timestamp()


def test_the_age_of_what_reached_odoo_is_measured_and_of_nothing_else(scene: Scene) -> None:
    scene.settled(Done(Result.CREATED), Done(Result.SUPERSEDED), RETRY, DEAD)

    assert scene.value("event_age_seconds_count") == 1
    assert scene.value("event_age_seconds_sum") == 90


def test_an_event_from_the_future_is_of_age_zero(scene: Scene) -> None:
    scene.report.settled(
        [Settlement(delivery(), Done(Result.CREATED))], 0.1, datetime(2020, 1, 1, tzinfo=UTC)
    )

    assert scene.value("event_age_seconds_sum") == 0


def test_a_good_batch_says_one_line_with_its_counts(scene: Scene) -> None:
    scene.settled(*[Done(Result.CREATED)] * 3, Done(Result.UNCHANGED))

    [line] = scene.lines
    assert (line["log_level"], line["event"]) == ("info", "batch settled")
    assert (line["consumer"], line["created"], line["unchanged"], line["seconds"]) == ("product", 3, 1, 0.25)


def test_a_retry_is_a_warning_that_names_event_attempt_and_reason(scene: Scene) -> None:
    scene.settled(RETRY, of=delivery(seen("A", 7), headers={ATTEMPT: 4}))

    [line] = scene.at("warning")
    assert line == {
        "event": "retry",
        "log_level": "warning",
        "consumer": "product",
        "key": "Works.A",
        "event_id": "A-7-1",
        "correlation_id": "0195560d-6f00-7000-8000-00000000c0de",
        "attempt": 4,
        "tier": "5s",
        "reason": "missing_product",
        "error": "PU-0001 is not there",
    }


def test_a_dead_letter_is_an_error_without_a_traceback_when_it_was_foreseen(scene: Scene) -> None:
    scene.settled(DEAD)

    [line] = scene.at("error")
    assert (line["event"], line["reason"], line["error"]) == (
        "dead letter",
        "unknown_unit",
        "no unit 'stone'",
    )
    assert "exc_info" not in line


def test_a_dead_letter_that_nobody_foresaw_shows_its_cause(scene: Scene) -> None:
    error, cause = TransientError(Reason.UNFORESEEN, "KeyError: 'x'"), KeyError("x")
    error.__cause__ = cause

    scene.settled(Dead(error))

    assert scene.at("error")[0]["exc_info"] is cause


def test_a_message_that_is_no_event_is_named_by_its_message_id(scene: Scene) -> None:
    scene.settled(DEAD, of=undecodable())

    [line] = scene.at("error")
    assert line["message_id"] == "m-1"
    assert not line.keys() & {"key", "event_id"}


def test_a_note_for_people_is_said(scene: Scene) -> None:
    scene.settled(Done(Result.UNCHANGED, "unit is kg in Odoo, Units in the vault"))

    assert [line["note"] for line in scene.lines if line["event"] == "event noted"] == [
        "unit is kg in Odoo, Units in the vault"
    ]


def test_a_note_on_which_a_person_should_act_is_a_warning_that_names_the_key(scene: Scene) -> None:
    scene.settled(
        Done(Result.UPDATED, "archived; still used: in 1 BOM (B)", warns=True), of=delivery(seen("A"))
    )

    [line] = scene.at("warning")
    assert (line["event"], line["key"], line["result"]) == ("event noted", "Works.A", "updated")
    assert line["note"] == "archived; still used: in 1 BOM (B)"


def test_a_hold_shows_until_it_is_over(scene: Scene) -> None:
    scene.report.held(RuntimeError("connection refused"))
    during = scene.value("held")
    scene.report.resumed()

    assert (during, scene.value("held")) == (1, 0)
    assert [(line["event"], line["log_level"]) for line in scene.lines] == [
        ("held", "warning"),
        ("resumed", "info"),
    ]


def test_a_hold_of_two_shards_shows_until_both_are_over(scene: Scene) -> None:
    down = UnavailableError("connection refused")
    shown: list[float] = []
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for shard, say in [
            (one, lambda: scene.report.held(down)),
            (one, lambda: scene.report.held(down)),
            (other, lambda: scene.report.held(down)),
            (one, scene.report.resumed),
            (other, scene.report.resumed),
        ]:
            shard.submit(say).result()
            shown.append(scene.value("held"))

    assert shown == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("why", "level"),
    [
        (UnavailableError("connection refused"), "warning"),
        (MisconfiguredError("check ODOO_API_KEY"), "error"),
        (RefusedModelError("no right to create"), "error"),
    ],
)
def test_a_hold_that_only_a_person_can_end_is_an_error(scene: Scene, why: Exception, level: str) -> None:
    scene.report.held(why)

    assert [(line["event"], line["error"]) for line in scene.at(level)] == [("held", str(why))]


def test_no_body_and_no_attribute_of_an_event_is_ever_said(scene: Scene) -> None:
    secret = delivery(seen("A", name="Confidential drive", attributes={"Cost": "4711.00"}))

    scene.settled(Done(Result.CREATED, "note"), RETRY, DEAD, of=secret)

    assert "Confidential" not in str(scene.lines)
    assert "4711.00" not in str(scene.lines)
