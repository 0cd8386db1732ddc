"""Publish the release, wait until it has come to rest, and look at what arrived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ops.demo import arrived, consumers, release
from ops.demo.place import DemoPlace
from ops.profile import in_force
from ops.publish import Tally, publish_files
from ops.sandbox.progress import Progress
from producers import broker, publisher
from producers.ids import new_id
from producers.sources.read import read as read_source
from schemas import dead_letter, topology
from schemas.event import Event, new_event, to_message
from schemas.kinds import LOOKUP_REQUEST, Consumer
from schemas.lookup import LookupRequest
from schemas.profile import Profile
from schemas.sequence import from_time

_SECONDS = 120.0
_LOOKUPS = (
    LookupRequest(name="units", model="uom.uom", fields=("name",)),
    LookupRequest(name="categories", model="product.category", fields=("complete_name",)),
)


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter of this run."""

    consumer: str
    number: str
    reason: str
    text: str


@dataclass
class Outcome:
    """Everything the demo shows."""

    events: int
    refused: list[str]
    results: Counter[str]
    dead: list[DeadLetter]
    before: arrived.Snapshot
    after: arrived.Snapshot
    released: int = 0
    """Products that the files are about."""
    faults: list[str] = field(default_factory=list)

    @property
    def unchanged(self) -> bool:
        """Return whether Odoo holds exactly what it held before."""
        return self.before == self.after


def run(place: DemoPlace, progress: Progress) -> Outcome:
    """Carry the release into Odoo and return what arrived.

    Raises:
        DemoError: the consumers did not do their work; their log says why.
        BrokerError, UnavailableError: a server does not answer.
    """
    profile = in_force()
    with place.odoo() as odoo:
        before = arrived.read(odoo)
    progress("starting the consumers")
    with consumers.running(place.environment, place.pages, place.folder / "consumers.log") as work:
        events, refused = _publish(place, profile, progress)
        progress(f"published {len(events)} events; waiting until they have come to rest")
        results = work.wait_for(len(events), _SECONDS)
    with place.odoo() as odoo:
        after = arrived.read(odoo)
    expected = release.expected(profile)
    return Outcome(
        events=len(events),
        refused=refused,
        results=results,
        dead=_dead_letters(place, {event.id: event for event in events}),
        before=before,
        after=after,
        released=len(expected.products),
        faults=arrived.faults(after, expected),
    )


def _publish(place: DemoPlace, profile: Profile, progress: Progress) -> tuple[list[Event], list[str]]:
    events: list[Event] = []
    refused: list[str] = []
    files = release.exports()
    progress(f"publishing {len(files)} export files")
    with publisher.connect(place.broker, "demo") as publishes:

        def send(_name: str, found: list[Event]) -> None:
            publishes.publish([to_message(event, topology.EVENTS) for event in found])
            events.extend(found)

        def reader(_name: str, body: bytes) -> list[Event]:
            return read_source(_name, body, profile, new_id=new_id)

        publish_files(files, reader, send, refused.append, Tally())
        send("lookups", [_lookup(request) for request in _LOOKUPS])
    return events, refused


def _lookup(request: LookupRequest) -> Event:
    now = datetime.now(UTC)
    return new_event(
        LOOKUP_REQUEST,
        request,
        event_id=new_id(),
        source="/pdm/Works",
        time=now,
        sequence=from_time(now),
        correlationid=new_id(),
    )


def _dead_letters(place: DemoPlace, events: dict[str, Event]) -> list[DeadLetter]:
    """Look at the dead-letter queues; what is looked at goes back when the connection closes."""
    found: list[DeadLetter] = []
    with broker.connection(place.broker, "demo") as connection:
        channel = connection.channel()
        for consumer in Consumer:
            while True:
                method, properties, _ = channel.basic_get(topology.dead_queue(consumer))
                if method is None or properties is None:
                    break
                headers = properties.headers or {}
                if event := events.get(properties.message_id or ""):
                    found.append(
                        DeadLetter(
                            consumer.value,
                            event.subject,
                            str(headers.get(dead_letter.REASON)),
                            str(headers.get(dead_letter.ERROR_MESSAGE)),
                        )
                    )
    return found
