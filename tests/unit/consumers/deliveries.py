"""Deliveries, handlers and settings for tests of the consumers: nothing here knows a broker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from prometheus_client import CollectorRegistry

from consumers.breaker import Breaker
from consumers.delivery import Delivery, content_of
from consumers.errors import PermanentError
from consumers.recorder import Recorder
from consumers.results import Applied, Result, Verdict
from consumers.settle import Settlement
from schemas.event import Event, encode
from schemas.message import Message
from schemas.metrics import Metrics
from schemas.product import Authority
from schemas.sequence import from_version
from schemas.settings import ConsumerSettings
from tests.factories import event, item, product

DONE = Applied(Result.UPDATED)


def consumer_settings(**overrides: Any) -> ConsumerSettings:
    """Return settings that no variable of the environment and no `.env` can change, and no schema file."""
    fields = {name: field.get_default() for name, field in ConsumerSettings.model_fields.items()}
    return ConsumerSettings(_env_file=None, **(fields | {"schema_file": None} | overrides))


def seen(number: str = "BD-1000", version: int = 1, **overrides: Any) -> Event:
    """Return a product event of `number` at file `version`."""
    data = product(item=item(number=number), **overrides)
    return event(data, sequence=from_version(version), event_id=f"{number}-{version}-{data.rank}")


def sighting(number: str = "BD-1000", version: int = 1, **overrides: Any) -> Event:
    return seen(number, version, authority=Authority.SIGHTING, **overrides)


def delivery(content: Event | bytes | None = None, tag: int = 1, **overrides: Any) -> Delivery:
    """Return a delivery of an event, or of bytes as they came."""
    body = content if isinstance(content, bytes) else encode(content or seen())
    fields: dict[str, Any] = {
        "generation": 1,
        "headers": {},
        "message_id": "m-1",
        "exchange": "pdm.events",
        "routing_key": "pdm.product.state_changed.v1",
        "content_type": "application/cloudevents+json",
        "received_at": 0.0,
        "content": content_of(body, "product"),
    }
    return Delivery(tag=tag, body=body, **(fields | overrides))


def deliveries(*events: Event) -> list[Delivery]:
    return [delivery(one, tag) for tag, one in enumerate(events, 1)]


class ScriptedHandler:
    """Answers each event by `rule`; what it was asked stays in `asked`."""

    def __init__(self, rule: Callable[[Event], Verdict] = lambda _: DONE) -> None:
        self.asked: list[list[Event]] = []
        self.raised: list[Exception] = []
        """Errors to raise, one per call, before the rule is asked again."""
        self.prepared = 0
        self.away: list[Exception] = []
        """Errors to raise, one per preparation, before Odoo can be worked with."""
        self._rule = rule

    def prepare(self) -> None:
        self.prepared += 1
        if self.away:
            raise self.away.pop(0)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        self.asked.append(list(events))
        if self.raised:
            raise self.raised.pop(0)
        return [self._rule(one) for one in events]


class CarelessHandler(ScriptedHandler):
    """Raises for the whole call when `fault` finds something wrong with one event."""

    def __init__(self, fault: Callable[[Event], Exception | None]) -> None:
        super().__init__()
        self._fault = fault

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        verdicts = super().apply(events)
        for one in events:
            if error := self._fault(one):
                raise error
        return verdicts


def numbers(asked: Sequence[Event]) -> list[str]:
    return [one.data.item.number for one in asked]


def by_tag(settlements: Sequence[Settlement]) -> Mapping[int, Settlement]:
    """Return settlements by tag, after checking that each delivery has exactly one."""
    found = {settlement.delivery.tag: settlement for settlement in settlements}
    assert len(found) == len(settlements)
    return found


def undecodable(tag: int = 1) -> Delivery:
    found = delivery(b"\xff not JSON", tag)
    assert isinstance(found.content, PermanentError)
    return found


class Records:
    """A publisher of records: keeps what it confirmed; raises the next of `faults` first."""

    def __init__(self, *faults: Exception) -> None:
        self.confirmed: list[Message] = []
        self.failed = threading.Event()
        self._faults = list(faults)

    def publish(self, messages: Sequence[Message], timeout: float | None = None) -> None:
        assert timeout is not None, "a stop must not wait without end"
        if messages and self._faults:
            self.failed.set()
            raise self._faults.pop(0)
        self.confirmed += messages


class Closed:
    """A breaker that never holds a batch."""

    def turn(self, waits: Callable[[BaseException], object]) -> AbstractContextManager[None]:
        return nullcontext()


def impatient(stop: threading.Event, clock: Callable[[], float]) -> Breaker:
    """Return a breaker whose Odoo answers whenever it is asked."""
    return Breaker(lambda: None, Metrics(CollectorRegistry()), stop, clock, chance=lambda: 1.0)


def recorder(records: Records | None = None) -> Recorder:
    """Return a recorder, which publishes once its context is entered."""
    return Recorder(records or Records(), "host-1")
