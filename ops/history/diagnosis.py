"""From what arrived, what was done and what Odoo holds to one sentence for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from consumers.odoo.own_fields import ADOPTED
from consumers.results import Result
from ops.history.held import Held
from ops.history.traces import Arrival, Step
from producers.queues import Depth
from schemas.kinds import Consumer
from schemas.topology import TIERS, dead_queue, work_queue

_SECONDS = {tier.name: tier.seconds for tier in TIERS}
_APPLIED = frozenset({Result.CREATED, Result.UPDATED, Result.UNCHANGED})
_OVERDUE = timedelta(minutes=1)
"""Later than this, a retry is not just being worked on."""


class Verdict(StrEnum):
    """What it comes down to."""

    APPLIED = "applied"
    WAITS = "waits"
    """For its turn, or for a retry: nothing to do but to look at what holds it up."""
    DEAD_LETTERED = "dead_lettered"
    LEFT_ALONE = "left_alone"
    """It was looked at, and nothing was to be written."""
    NEWER = "newer"
    """Odoo holds a newer event."""
    GONE = "gone"
    """It was applied, and Odoo has it no more."""
    NOT_ARRIVED = "not_arrived"
    """There is nothing of it in the log."""


@dataclass(frozen=True)
class Diagnosis:
    """What became of one aspect of the item."""

    kind: str
    name: str
    """What people call the aspect."""
    key: str
    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Aspect:
    """One thing that events are about: the product, the BOM or one file of an item."""

    kind: str
    key: str
    arrivals: Sequence[Arrival]
    steps: Mapping[str, Sequence[Step]]
    """Id of an event → what was done with it, the oldest first."""
    records: Sequence[Held] | None
    """Those of the key; None when Odoo was not asked."""

    @property
    def name(self) -> str:
        """Return what people call it."""
        role = next((arrival.role for arrival in self.arrivals if arrival.role), "")
        named = "BOM" if self.kind == Consumer.BOM else self.kind or "message"
        return f"{named} {role}".rstrip()

    @property
    def newest(self) -> Arrival | None:
        """Return the event that Odoo should hold; of one sequence the latest that was not stale."""
        return max(
            self.arrivals,
            key=lambda one: (one.rank, one.sequence, not _is_stale(self.steps.get(one.id, ())), one.offset),
            default=None,
        )


@dataclass(frozen=True)
class Moment:
    """What a diagnosis depends on besides its aspect."""

    now: datetime
    since: datetime
    depths: Mapping[str, Depth]


def aspects(
    arrivals: Iterable[Arrival], steps: Iterable[Step], records: Sequence[Held] | None
) -> list[Aspect]:
    """Return the aspects that events or records are about, in the order they were first seen."""
    told: dict[tuple[str, str], list[Arrival]] = {}
    for arrival in arrivals:
        # Messages that cannot be decoded have nothing in common.
        told.setdefault((arrival.kind, arrival.key or f"?{arrival.offset}"), []).append(arrival)
    for record in records or ():
        if record.key:
            told.setdefault((record.kind, record.key), [])
    done: dict[tuple[str, str], list[Step]] = {}
    for step in sorted(steps, key=lambda one: one.at):
        done.setdefault((step.consumer, step.settled.id), []).append(step)
    return [
        Aspect(
            kind,
            "" if key.startswith("?") else key,
            mine,
            {one.id: done.get((kind, one.id), []) for one in mine},
            None if records is None else [one for one in records if (one.kind, one.key) == (kind, key)],
        )
        for (kind, key), mine in told.items()
    ]


def diagnose(aspect: Aspect, moment: Moment) -> Diagnosis:
    """Return what became of the newest event of `aspect`, and what to do about it."""
    newest = aspect.newest
    verdict, text = _absent(aspect, moment) if newest is None else _fate(aspect, newest, moment)
    return Diagnosis(aspect.kind, aspect.name, aspect.key, verdict, text)


def holds(record: Held, arrival: Arrival) -> bool:
    """Tell whether `record` holds exactly what `arrival` says."""
    if record.key != arrival.key or record.kind != arrival.kind:
        return False
    if not arrival.rank:
        return not record.sequence and not _is_adopted(record)
    same = record.digest in ("", ADOPTED, arrival.digest)
    return record.sequence == arrival.sequence and same


def is_applied(steps: Sequence[Step]) -> bool:
    """Tell whether one of `steps` brought its event into Odoo, or found it there."""
    return any(step.settled.result in _APPLIED for step in steps)


def _is_adopted(record: Held) -> bool:
    return not record.sequence and record.digest == ADOPTED


def _is_stale(steps: Sequence[Step]) -> bool:
    return not is_applied(steps) and any(step.settled.result == Result.STALE for step in steps)


def _absent(aspect: Aspect, moment: Moment) -> tuple[Verdict, str]:
    record = next(iter(aspect.records or ()))
    if _is_adopted(record):
        what = "a product of its own, adopted by its number; no event of the item itself has come"
    elif not record.sequence:
        what = "a stub, made when the item was seen as a component; its own event has not come"
    else:
        what = f"sequence {record.sequence}, from before"
    return Verdict.NOT_ARRIVED, f"Nothing arrived since {day(moment.since)}. Odoo holds {what}."


def _fate(aspect: Aspect, newest: Arrival, moment: Moment) -> tuple[Verdict, str]:
    last = _last(aspect, newest)
    for record in aspect.records or ():
        if record.key and not newest.rank:
            return _only_seen(record, aspect, moment)
        if holds(record, newest):
            hidden = "" if record.active else ", archived"
            when = f" ({last.settled.result} {clock(last.at)})" if last and last.settled.result else ""
            return Verdict.APPLIED, f"Applied: Odoo holds the newest event, {newest.id}{when}{hidden}."
        if newest.key and record.sequence > newest.sequence:
            return Verdict.NEWER, (
                f"Stale: Odoo holds sequence {record.sequence}, which is newer than all that arrived since "
                f"{day(moment.since)}. An older event never overwrites it."
            )
    return _outcome(aspect, last, moment) if last else (Verdict.WAITS, _untouched(aspect, newest, moment))


def _outcome(aspect: Aspect, last: Step, moment: Moment) -> tuple[Verdict, str]:
    """Return what was last done with an event that Odoo does not hold."""
    if last.settled.outcome == "dead_letter":
        return Verdict.DEAD_LETTERED, (
            f"Dead-lettered {clock(last.at)} as {last.settled.reason}, attempt {last.settled.attempt}: "
            f"{_sentence(last.settled.text)} See ops/dead-letters.md, {last.settled.reason}."
        )
    if last.settled.outcome == "retry":
        return Verdict.WAITS, _retry(aspect, last, moment)
    return _done(aspect, last)


def _only_seen(record: Held, aspect: Aspect, moment: Moment) -> tuple[Verdict, str]:
    """Return what is to be said of an item that was only seen as a component of others."""
    if record.sequence:
        return Verdict.APPLIED, (
            f"Since {day(moment.since)} only seen in BOMs, which changes nothing: Odoo holds the item's own "
            f"release, sequence {record.sequence}, from before."
        )
    if _is_adopted(record):
        what = "a product of its own, adopted by its number"
    else:
        made = [one for steps in aspect.steps.values() for one in steps if one.settled.result == "created"]
        what = f"a stub (created {clock(made[0].at)})" if made else "a stub"
    hidden = "" if record.active else ", archived"
    return (
        Verdict.NOT_ARRIVED,
        f"Known only from BOMs: Odoo has {what}{hidden}. Its own release has not arrived.",
    )


def _last(aspect: Aspect, newest: Arrival) -> Step | None:
    """Return what was last done with the newest event, or with another copy of it."""
    copies = [one for one in aspect.arrivals if (one.rank, one.sequence, one.digest) == _version(newest)]
    steps = sorted(
        (step for one in copies for step in aspect.steps.get(one.id, ())), key=lambda step: step.at
    )
    # A copy that was superseded was so by another copy, and that one's result says more.
    telling = [step for step in steps if step.settled.result != Result.SUPERSEDED]
    return next(reversed(telling or steps), None)


def _version(arrival: Arrival) -> tuple[int, str, str]:
    return arrival.rank, arrival.sequence, arrival.digest


def _retry(aspect: Aspect, last: Step, moment: Moment) -> str:
    told = last.settled
    due = last.at + timedelta(seconds=_SECONDS.get(told.tier, 0))
    why = f"attempt {told.attempt} failed as {told.reason}: {_sentence(told.text)}"
    if moment.now <= due + _OVERDUE:
        return f"Waits for retry {told.tier} since {clock(last.at)}, due {clock(due)}; {why}"
    overdue = f"Its retry {told.tier} was due {clock(due)} and has no result yet"
    return f"{overdue}; {why} {_held_up(aspect.kind, moment)}"


def _untouched(aspect: Aspect, newest: Arrival, moment: Moment) -> str:
    came = f" {clock(newest.published)}" if newest.published else ""
    if aspect.records is None:
        return f"Arrived{came}, and no result is on record. {_held_up(aspect.kind, moment)}"
    return f"Arrived{came}, not applied yet. {_held_up(aspect.kind, moment)}"


def _held_up(kind: str, moment: Moment) -> str:
    """Say what is known of the queue and of who should work on it."""
    if kind not in set(Consumer):
        return "No consumer takes its type."
    consumer = Consumer(kind)
    work, dead = work_queue(consumer), dead_queue(consumer)
    depth = moment.depths.get(work)
    if depth and not depth.consumers:
        return f"No consumer reads {work} ({depth.messages} messages in it): start `pdm-odoo consume {kind}`."
    if depth and depth.messages:
        return f"The consumer is held or behind: {depth.messages} messages wait in {work}; look at its log."
    if (buried := moment.depths.get(dead)) and buried.messages:
        return (
            "The consumer has it in hand or is held; or RabbitMQ itself dead-lettered it, and it is among "
            f"the {buried.messages} messages in {dead}: see ops/dead-letters.md, crash."
        )
    return "The consumer has it in hand, or is held; look at its log."


def _done(aspect: Aspect, last: Step) -> tuple[Verdict, str]:
    told = last.settled
    when = f"{told.result} {clock(last.at)}"
    if told.result == Result.STALE:
        return Verdict.NEWER, f"Stale {clock(last.at)}: {_sentence(told.text or 'Odoo held a newer event')}"
    if aspect.records is None:
        return Verdict.APPLIED, f"Applied ({when}). Whether Odoo still holds it is not known."
    if told.result == Result.UNCHANGED or any(_is_adopted(one) for one in aspect.records):
        why = _sentence(told.text) if told.text else "it said nothing that Odoo did not hold."
        return Verdict.LEFT_ALONE, f"Looked at and left alone ({when}): {why}"
    if aspect.records:
        return Verdict.GONE, (
            f"Applied ({when}), but Odoo now holds sequence {aspect.records[0].sequence or 'none'}: somebody "
            "changed that, or a backup was restored. Publish the export again."
        )
    return Verdict.GONE, (
        f"Applied ({when}), but Odoo has it no more: somebody deleted it. Publish the export again."
    )


def clock(moment: datetime) -> str:
    """Return `moment` for people."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def day(moment: datetime) -> str:
    """Return `moment` to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
