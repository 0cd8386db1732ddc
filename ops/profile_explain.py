"""`pdm-odoo profile explain`: one export → attribute, rule, Odoo's value, and what Odoo has now."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from prometheus_client import CollectorRegistry
from rich import box
from rich.console import Console
from rich.table import Table

from consumers.errors import PipelineError, UnavailableError
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from ops.explained import Explained, Explainer
from ops.hanging import Hanging
from ops.listing import Column, Listing, Row
from ops.profile import in_force, profile_option
from ops.publish import content
from ops.terminal import is_narrow, printer, show
from ops.visible import cell
from producers.ids import new_id
from producers.sources.errors import SourceError
from producers.sources.read import read
from schemas.environment import load
from schemas.event import Event, UndecodableError, decode, encode
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.product import Authority, Product
from schemas.profile import Profile

_EPILOG = """\b
Examples:
  pdm-odoo profile explain BD-1000.XML
  pdm-odoo profile explain --profile profile.toml BD-1000.XML
  pdm-odoo profile explain --number BD-1000 --sightings exports.XML
  pdm-odoo profile explain --json BD-1000.XML      for scripts: a list of events with their fields

Asks Odoo and writes nothing.
"""


@click.command("explain", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@profile_option
@click.option("--number", help="Only events of this part number.")
@click.option("--sightings", is_flag=True, help="Components too, which can only become stubs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_command(
    file: Path, profile: Path | None, number: str | None, *, sightings: bool, as_json: bool
) -> None:
    """Show what would become of one export: attribute, rule, value, and what Odoo has now."""
    mapping = in_force(profile)
    try:
        found = read(str(file), content(file, str(file)), mapping, new_id=new_id)
        events = _events(found, str(file), mapping, number, sightings=sightings)
        brought = {event.subject for event in found if isinstance(event.data, Product)}
        settings = load(OdooSettings)
        with connect(settings, Metrics(CollectorRegistry())) as odoo:
            schema = Schema(odoo, language=settings.lang)
            explainer = Explainer(Watched(odoo, schema), schema, mapping, brought)
            explained = [explainer.explain(event) for event in events]
    except (SourceError, PipelineError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        rows = [asdict(one) for one in explained]
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return
    console = printer()
    for one in explained:
        _print(console, one)


def _events(
    found: Sequence[Event], file: str, mapping: Profile, number: str | None, *, sightings: bool
) -> list[Event]:
    events = [
        event
        for event in found
        if event.kind.consumer is not Consumer.LOOKUP
        and (number is None or event.subject == number)
        and (sightings or getattr(event.data, "authority", None) is not Authority.SIGHTING)
    ]
    if not events:
        among = ", ".join(sorted({event.subject for event in found})[:20])
        raise click.ClickException(f"{file} has nothing to explain for {number!r}; it speaks of {among}")
    try:
        # As a consumer gets them: it is the profile that says what their keys are made of.
        return [decode(encode(event), mapping.key.parts) for event in events]
    except UndecodableError as error:
        raise click.ClickException(f"{file}: {error}") from error


def _print(console: Console, one: Explained) -> None:
    show(console, Hanging("", f"{one.kind} {one.number}: {one.outcome}", "bold"))
    if one.rows and is_narrow(console):
        _print_narrow(console, one)
    elif one.rows:
        show(console, _fields(one))
    if one.lines:
        show(console, _lines(one))
    if not (one.rows or one.lines):
        show(console, "")


def _print_narrow(console: Console, one: Explained) -> None:
    """Print each field on lines of its own: in columns its words would break."""
    model = ""
    for row in one.rows:
        if row.model != model:
            model = row.model
            show(console, Hanging("  ", model, "bold"))
        style = "dim" if row.effect == "same" else ""
        show(console, Hanging("    ", f"{row.field}: {row.effect}", style))
        named = (("reads", row.source), ("rule", row.rule), ("becomes", row.value), ("Odoo has now", row.now))
        show(console, *(Hanging(f"      {name} ", text, style) for name, text in named if text))
    show(console, "")


_LINE_COLUMNS = (
    Column("position", is_named=True, is_number=True),
    Column("component"),
    Column("quantity", is_number=True),
    Column("unit"),
    Column("", is_detail=True),
)


def _lines(one: Explained) -> Listing:
    rows = [
        Row((str(line.position), line.component, line.quantity, line.unit, line.note)) for line in one.lines
    ]
    return Listing(_LINE_COLUMNS, rows, "Lines")


def _fields(one: Explained) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("field of Odoo", "what the rule reads", "rule", "becomes", "Odoo has now", "effect"):
        table.add_column(heading, overflow="fold")
    model = ""
    for row in one.rows:
        if row.model != model:
            model = row.model
            table.add_row(cell(model, "bold"))
        cells = (f"  {row.field}", row.source, row.rule, row.value, row.now, row.effect)
        table.add_row(*map(cell, cells), style="dim" if row.effect == "same" else "")
    return table
