"""`pdm-odoo adopt`: before the first release, the products that Odoo has become those of the vault's items.

A newcomer would get wrong that this is needed for correctness: a consumer adopts by itself. It is needed for
trust: what is ambiguous is known, and mended, before any event depends on it.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
import orjson
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from consumers.errors import PipelineError, UnavailableError
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from ops.adoption import Adoption, Item, Status, newest
from ops.listing import Column, Listing, Row
from ops.profile import in_force, profile_option
from ops.publish import STANDARD_INPUT, Tally, depth_option, events_of, publish_files
from ops.terminal import printer, show
from producers.ids import new_id
from producers.sources.errors import SourceError
from schemas.environment import SettingsError, load
from schemas.event import Event, UndecodableError, decode, encode
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile import Profile

SUFFIXES = frozenset({".xml", ".json", ".ndjson"})
"""What is read of a folder."""
ADOPTED = 50
"""Rows of the adopted ones: enough to see whether they are the right ones."""
SHOWN = 200
"""Rows of the table; more than a person mends in a day."""
EVERY = 1000
"""Items after which a log, which is no terminal, gets a line."""

_EPILOG = """\b
Examples:
  pdm-odoo adopt exports/                    what would be adopted; changes nothing
  pdm-odoo adopt --apply exports/            adopt; safe to repeat, safe while consumers run
  pdm-odoo adopt --profile my.toml *.xml     as my.toml says: its key, its states
  pdm-odoo adopt --json exports/             for scripts: one JSON object per item, one per line

Reads what `pdm-odoo publish` reads, and folders of it (*.xml, *.json, *.ndjson). Writes only the item's key
and a mark that it was adopted, and only to products that have its number; creates nothing. The exit code is 1
while an item is ambiguous or refused, or a file is.
"""


@click.command("adopt", epilog=_EPILOG)
@click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--plan/--apply", "plan_only", default=True, help="Only say what would be adopted (default), or adopt it."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one item per line.")
@depth_option
@profile_option
def adopt(
    exports: tuple[Path, ...], depth: int, profile: Path | None, *, plan_only: bool, as_json: bool
) -> None:
    """Make products that Odoo has had before those of the vault's items, by their number.

    Without --apply nothing changes: adopted, new, ambiguous and unchanged items are counted, and what a
    person has to mend is listed, and which products of Odoo are meant.
    """
    console = printer(stderr=True)
    tally, counts, unclear, adopted = Tally(), Counter[Status](), list[Item](), list[Item]()
    try:
        mapping = in_force(profile)
        events = _events(exports, mapping, depth, tally, console)
        settings = load(OdooSettings)
        with connect(settings, Metrics(CollectorRegistry())) as odoo:
            schema = Schema(odoo, language=settings.lang)
            adoption = Adoption(Watched(odoo, schema), schema, mapping, _wait, write=not plan_only)
            adoption.prepare()
            for item in _followed(adoption.items(events), len(events), console):
                counts[item.status] += 1
                if item.needs_a_person:
                    unclear.append(item)
                elif item.status is Status.ADOPTED:
                    adopted.append(item)
                if as_json:
                    click.echo(orjson.dumps(asdict(item)))
    except (SettingsError, PipelineError, UnavailableError) as error:
        done = f"\n{_totals(counts, plan_only=plan_only)} before that; run it again: what is done stays"
        raise click.ClickException(f"{error}{done if counts else ''}") from error
    if not as_json:
        _print_adopted(adopted, plan_only=plan_only)
        _print(unclear)
    show(printer(stderr=as_json), _totals(counts, plan_only=plan_only))
    if tally.refused:
        show(console, f"refused {tally.refused} of the files, see above")
    if unclear or tally.refused:
        sys.exit(1)


def _events(
    exports: Iterable[Path], profile: Profile, depth: int, tally: Tally, console: Console
) -> dict[str, Event]:
    """Return the product events of `exports` by key, of each item the one that would win."""
    found: dict[str, Event] = {}

    def reader(name: str, body: bytes) -> list[Event]:
        events = events_of(profile, new_id(), depth, name, body)
        try:
            # As a consumer gets them: it is the profile that says what their keys are made of.
            return [decode(encode(event), profile.key.parts) for event in events]
        except UndecodableError as error:
            raise SourceError(name, 0, str(error)) from error

    warn = partial(show, console)
    publish_files(_files(exports), reader, lambda _, events: newest(events, found), warn, tally)
    return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files of `paths`, those of a folder and of all below it in order."""
    for path in paths:
        if path == STANDARD_INPUT or not path.is_dir():
            yield path
            continue
        files = sorted(one for one in path.rglob("*") if one.suffix.casefold() in SUFFIXES and one.is_file())
        if not files:
            # A mistake, and told as one before anything is done.
            names = "no *.xml, *.json or *.ndjson"
            raise click.ClickException(f"{path}: has {names}; name the folder of the exports")
        yield from files


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _followed(batches: Iterable[list[Item]], total: int, console: Console) -> Iterator[Item]:
    """Yield the items of `batches`, showing how many of `total` are done."""
    columns = (TextColumn("Items"), BarColumn(), MofNCompleteColumn())
    done = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Items", total=total)
        for items in batches:
            yield from items
            before, done = done, done + len(items)
            progress.update(task, completed=done)
            if not console.is_terminal and done // EVERY > before // EVERY:
                console.print(f"{done} of {total} items")


def _totals(counts: Counter[Status], *, plan_only: bool) -> str:
    """Return how many items there are of each status, for people."""
    would = "would be " if plan_only else ""
    named = [f"{counts[Status.ADOPTED]} {would}adopted"]
    named += [f"{counts[one]} {one}" for one in (Status.NEW, Status.AMBIGUOUS, Status.UNCHANGED)]
    named += [f"{counts[one]} {one}" for one in (Status.IGNORED, Status.REFUSED) if counts[one]]
    total = counts.total()
    return f"{total} item{'' if total == 1 else 's'}: {', '.join(named)}"


_ADOPTED = (Column("number"), Column("record"), Column("name in Odoo", is_detail=True))
_UNCLEAR = (Column("number"), Column("status"), Column("why", is_detail=True))


def _print_adopted(items: list[Item], *, plan_only: bool) -> None:
    """Print which product of Odoo becomes that of which item."""
    if not items:
        return
    console = printer()
    rows = [Row((item.number, f"{item.model} {item.record}", item.name)) for item in items[:ADOPTED]]
    show(console, Listing(_ADOPTED, rows, "Would be adopted" if plan_only else "Adopted"))
    if len(items) > ADOPTED:
        show(console, f"… and {len(items) - ADOPTED} more: --json")


def _print(items: list[Item]) -> None:
    """Print what needs a person."""
    if not items:
        return
    console = printer()
    rows = [Row((item.number, item.status.value, item.text)) for item in items[:SHOWN]]
    show(console, Listing(_UNCLEAR, rows, "A person has to decide"))
    if len(items) > SHOWN:
        show(console, f"and {len(items) - SHOWN} more; --json lists all")
