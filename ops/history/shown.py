"""How the history of a number is shown: tables for people, JSON for programs. Times are UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.hanging import Hanging
from ops.history.diagnosis import Diagnosis, Verdict, clock, day, holds, is_applied
from ops.history.held import Held
from ops.history.traces import Arrival, Question, Step, Traces
from ops.visible import cell
from schemas.dead_letter import cut

_STYLES = {
    Verdict.APPLIED: "green",
    Verdict.LEFT_ALONE: "green",
    Verdict.NEWER: "yellow",
    Verdict.WAITS: "yellow",
    Verdict.NOT_ARRIVED: "yellow",
    Verdict.DEAD_LETTERED: "red",
    Verdict.GONE: "red",
}
_FAULT = 120
"""Bytes of a fault beside its message: the dead letter says all of it."""
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """All that is known of a number."""

    question: Question
    traces: Traces
    records: Sequence[Held] | None
    trouble: str
    """Why Odoo was not asked; empty when it was."""
    diagnoses: Sequence[Diagnosis]


def document(story: Story) -> bytes:
    """Return `story` as JSON."""
    fields = {
        "number": story.question.number,
        "since": story.question.since,
        "diagnosis": [asdict(one) for one in story.diagnoses],
        "arrived": [asdict(one) for one in story.traces.arrivals],
        "older_left_out": story.traces.dropped,
        "done": [_flat(step) for step in story.traces.steps],
        "odoo": None if story.records is None else [asdict(one) for one in story.records],
        "odoo_trouble": story.trouble,
    }
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _flat(step: Step) -> dict[str, object]:
    return {"at": step.at, "consumer": step.consumer, "host": step.host, **asdict(step.settled)}


def page(story: Story, *, narrow: bool = False) -> RenderableType:
    """Return `story` for people: the timeline, what Odoo holds, and the diagnosis last.

    Where it is `narrow`, details stand below what they are of: in a column, ids would break.
    """
    parts: list[RenderableType] = []
    if story.traces.arrivals or story.traces.steps:
        parts.append(_timeline(story, narrow=narrow))
    if story.records is None:
        parts.append(cell(f"Odoo was not asked: {story.trouble}", "yellow"))
    elif story.records:
        parts.append(_in_odoo(story, story.records, narrow=narrow))
    else:
        source = f" from {story.question.source}" if story.question.source else ""
        parts.append(cell(f"Odoo holds nothing of {story.question.number}{source}."))
    parts += ["", *(_sentence(one) for one in story.diagnoses)]
    return Group(*parts)


def _timeline(story: Story, *, narrow: bool) -> RenderableType:
    question, traces = story.question, story.traces
    left_out = f", without the {traces.dropped} oldest" if traces.dropped else ""
    title = f"{question.number} since {day(question.since)}{left_out}"
    rows = sorted(_rows(traces), key=lambda row: row[0])
    if narrow:
        return Group(cell(title, "italic"), *(_block(cells[:4], cells[4], style) for _, cells, style in rows))
    table = Table(title=cell(title), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("time (UTC)", no_wrap=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("event of", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for _, cells, style in rows:
        table.add_row(*map(cell, cells), style=style)
    return table


def _block(cells: Sequence[str], detail: str, style: str = "") -> RenderableType:
    """Return one line with its detail below it."""
    below = [Hanging("    ", detail, style)] if detail else []
    return Group(Hanging("", "  ".join(cell for cell in cells if cell), style), *below)


Row = tuple[tuple[datetime, int], tuple[str, ...], str]
"""What it is sorted by, its cells, its style."""


def _rows(traces: Traces) -> Iterator[Row]:
    known_as = {one.id: (number, one.role) for number, one in enumerate(traces.arrivals, 1)}
    first: dict[str, datetime] = {}
    for step in traces.steps:
        first.setdefault(step.settled.id, step.at)
        yield (step.at, 1), _step(step, *known_as.get(step.settled.id, (0, ""))), _style(step)
    for number, arrival in enumerate(traces.arrivals, 1):
        known = arrival.published or arrival.time
        # The clocks of two machines differ: nothing is done before it arrives.
        at = min(known or _EARLIEST, first.get(arrival.id, known or _EARLIEST))
        yield (at, 0), _arrival(arrival, number), ""


def _arrival(arrival: Arrival, number: int) -> tuple[str, ...]:
    revision = f"revision {arrival.revision}" if arrival.revision else ""
    sequence = f"sequence {arrival.sequence}" if arrival.sequence else ""
    vault = f"in the vault {clock(arrival.time)}" if arrival.time else ""
    fault = f"no event that a consumer takes: {cut(arrival.fault, _FAULT)}" if arrival.fault else ""
    parts = (arrival.state, revision, sequence, vault, fault)
    ids = f"event {arrival.id}\ncorrelation {arrival.correlation_id or 'none'}"
    detail = "\n".join((", ".join(part for part in parts if part), ids))
    what = "arrived" if arrival.rank else "seen in a BOM"
    made = clock(arrival.published) if arrival.published else ""
    return made, str(number), f"{arrival.kind} {arrival.role}".rstrip(), what, detail


def _step(step: Step, number: int, role: str) -> tuple[str, ...]:
    told = step.settled
    what = told.result or (f"retry {told.tier}" if told.tier else told.outcome.replace("_", " "))
    named = "" if number else f"event {told.id}, sequence {told.sequence}"
    attempt = f"attempt {told.attempt}" if told.attempt > 1 or told.reason else ""
    why = f"{told.reason}: {told.text}" if told.reason else told.text
    detail = ", ".join(part for part in (named, attempt, why) if part)
    return clock(step.at), str(number or ""), f"{step.consumer} {role}".rstrip(), what, detail


def _style(step: Step) -> str:
    return {"retry": "yellow", "dead_letter": "red"}.get(step.settled.outcome, "")


def _in_odoo(story: Story, records: Sequence[Held], *, narrow: bool) -> RenderableType:
    rows = [_cells(record, story.traces) for record in records]
    if narrow:
        told = [_block(cells[:3], "\n".join(_named(cells[3:]))) for cells in rows]
        return Group(Text("\nIn Odoo now", "italic"), *told)
    table = Table(title="In Odoo now", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("record", "name", "", "revision", "sequence", "holds"):
        table.add_column(heading, overflow="fold")
    for cells in rows:
        table.add_row(*map(cell, cells))
    return table


def _cells(record: Held, traces: Traces) -> tuple[str, ...]:
    hidden = "" if record.active else "archived"
    return (record.where, record.name, hidden, record.revision, record.sequence, _which(record, traces))


def _named(cells: Sequence[str]) -> list[str]:
    return [
        f"{name} {cell}" for name, cell in zip(("revision", "sequence", "holds"), cells, strict=True) if cell
    ]


def _which(record: Held, traces: Traces) -> str:
    """Say which of the arrived events `record` holds: of several alike the last that was applied."""
    if not record.key:
        return "not from the vault"
    found = [one for one in enumerate(traces.arrivals, 1) if one[1].rank and holds(record, one[1])]
    done: dict[str, list[Step]] = {}
    for step in traces.steps:
        done.setdefault(step.settled.id, []).append(step)
    if found:
        number, _ = max(found, key=lambda one: (is_applied(done.get(one[1].id, ())), one[0]))
        return f"event #{number}"
    return "an older event, not listed (--since)" if record.sequence else "no event of its own yet"


def _sentence(diagnosis: Diagnosis) -> Text:
    style = _STYLES[diagnosis.verdict]
    return Text.assemble(cell(f"{diagnosis.name}: ", f"bold {style}"), cell(diagnosis.text, style))
