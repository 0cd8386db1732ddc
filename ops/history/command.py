"""`pdm-odoo history NUMBER`: ask the streams and Odoo, and say what became of the part.

A newcomer would get wrong that the dead-letter queues are not looked into: each look counts as a delivery
there. The records in `pdm.results` say the same.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from prometheus_client import CollectorRegistry

from consumers.errors import PipelineError, UnavailableError
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from ops.history.diagnosis import Diagnosis, Moment, aspects, diagnose
from ops.history.held import Held, held
from ops.history.nothing import elsewhere, never
from ops.history.shown import Story, document, page
from ops.history.traces import Question, Traces, trace
from ops.impact import near
from ops.own_fields_there import named_if_missing
from ops.profile import in_force, profile_option
from ops.terminal import is_narrow, printer, show
from producers.queues import depths
from schemas.environment import SettingsError, load
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile import Profile
from schemas.settings import BrokerSettings
from schemas.topology import dead_queue, work_queue

KINDS = (Consumer.PRODUCT, Consumer.BOM, Consumer.ATTACHMENT)
_STEP = 50_000
"""Messages between two lines of progress: some seconds."""
_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_EPILOG = """\b
Examples:
  pdm-odoo history BD-1000
  pdm-odoo history BD-1000 --since 30d --kind bom
  pdm-odoo history BD-1000 --since 2026-03-02T08:00 --source /pdm/Works
  pdm-odoo history BD-1000 --json | jq '.diagnosis[].text'

Reads the streams pdm.log (30 days) and pdm.results (7 days) and asks Odoo; changes nothing. About 20,000
messages a second are looked through. Needs AMQP_URL with a user who may read ^pdm\\., and the consumers'
ODOO_* settings; while Odoo is away it tells the rest.

\b
Exit code 0  what is known was told, be it that nothing arrived or that Odoo was not asked
          1  RabbitMQ does not answer or refuses, or a setting or the profile is wrong
          2  the command line is wrong
"""


def _moment(_context: click.Context, _parameter: click.Parameter, value: str) -> datetime:
    """Return the moment so long ago (`30m`, `12h`, `7d`, `4w`), or of ISO 8601, where UTC is assumed."""
    try:
        if found := _AGO.fullmatch(value):
            return _past(datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])}), value, found[1])
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(
            f"{value!r} is neither like 7d, 12h or 30m nor a time like 2026-03-02T08:00"
        ) from error
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _past(moment, value)


def _past(moment: datetime, value: str, count: str = "1") -> datetime:
    if not int(count) or moment > datetime.now(UTC):
        raise click.BadParameter(f"{value!r} is not in the past: nothing can have arrived since")
    return moment


def _number(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("is empty; name the part number")
    return value.strip()


@click.command(epilog=_EPILOG)
@click.argument("number", callback=_number)
@click.option("--source", help="Of this vault only, e.g. /pdm/Works.")
@click.option(
    "--since",
    callback=_moment,
    default="7d",
    metavar="AGO|TIME",
    show_default=True,
    help="From when on to look: 30m, 12h, 7d, 4w, or a time in ISO 8601, UTC unless it says more.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([one.value for one in KINDS]),
    help="Only this; may be repeated.",
)
@profile_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def history(
    number: str,
    *,
    source: str | None,
    since: datetime,
    kinds: Sequence[str],
    profile: Path | None,
    as_json: bool,
) -> None:
    """Explain one part number: what arrived, what was done, what waits, and what Odoo holds.

    Compares NUMBER exactly with the numbers of events. The diagnosis stands last.
    """
    mapping = in_force(profile)
    chosen = tuple(Consumer(name) for name in kinds) or KINDS
    question = Question(number, _source(source), since, chosen, mapping.key.parts)
    story = tell(question, mapping, load(BrokerSettings), _progress())
    if as_json:
        sys.stdout.buffer.write(document(story))
        return
    console = printer()
    show(console, page(story, narrow=is_narrow(console)))


def tell(
    question: Question, mapping: Profile, broker: BrokerSettings, say: Callable[[str, int, int], None]
) -> Story:
    """Return all that is known of the number.

    Raises:
        BrokerError: the broker is away, or refuses to have a stream read.
    """
    traces = trace(broker, question, say)
    queues = [name(one) for one in question.kinds for name in (work_queue, dead_queue)]
    moment = Moment(datetime.now(UTC), question.since, depths(broker, queues))
    found = _in_odoo(question, traces, mapping)
    told = [diagnose(one, moment) for one in aspects(traces.arrivals, traces.steps, found.records)]
    return Story(question, traces, found.records, found.trouble, told or [_nothing(traces, found, question)])


@dataclass(frozen=True)
class _InOdoo:
    """What Odoo holds of the number."""

    records: list[Held] | None
    """None when Odoo was not asked."""
    trouble: str = ""
    like: Sequence[str] = ()
    """Numbers in Odoo that are nearly the same, when nothing else is known."""


def _nothing(traces: Traces, found: _InOdoo, question: Question) -> Diagnosis:
    if question.source and traces.elsewhere:
        return elsewhere(question.number, question.source, traces.elsewhere)
    like = ", ".join(found.like)
    return never(found.records, question.since, before=bool(traces.steps), like=like)


def _in_odoo(question: Question, traces: Traces, mapping: Profile) -> _InOdoo:
    keys = {one.key for one in traces.arrivals if one.key}
    try:
        settings = load(OdooSettings)
        with connect(settings, Metrics(CollectorRegistry())) as connection:
            schema = Schema(connection, language=settings.lang)
            odoo = Watched(connection, schema)
            with named_if_missing(schema):
                records = held(odoo, question, keys, mapping)
            silent = not (records or traces.arrivals or traces.steps or traces.elsewhere)
            return _InOdoo(records, like=near(odoo, mapping.key.identify, question.number) if silent else ())
    except (SettingsError, PipelineError, UnavailableError) as error:
        return _InOdoo(None, str(error))


def _source(text: str | None) -> str | None:
    """Return `text` as events have it; the vault's name alone will do."""
    return text and f"/pdm/{text.removeprefix('/pdm/')}"


def _progress() -> Callable[[str, int, int], None]:
    """Return what tells of long streams on standard error."""
    told = {"": 0}

    def say(stream: str, read: int, total: int) -> None:
        if read // _STEP > told.get(stream, 0):
            told[stream] = read // _STEP
            click.echo(f"{stream}: {read:,} of {total:,} messages", err=True)

    return say
