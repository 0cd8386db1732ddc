"""`pdm-odoo publish`: files of a vault → events → the broker.

Every file is whole or nothing for itself: a refused file is reported and none of its events go out;
the others are published. A newcomer would get wrong to fear publishing a file again: an event carries
full state and the export's own time, so a second copy changes nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
import orjson
from rich.progress import track

from ops.listing import Column, Listing, Row
from ops.profile import in_force, profile_option
from ops.terminal import printer, show
from producers.errors import BrokerError
from producers.ids import new_id
from producers.publisher import connect
from producers.sources.errors import SourceError
from producers.sources.read import read
from producers.sources.text import MAX_BYTES
from schemas import topology
from schemas.attachment import Attachment
from schemas.bom import Bom
from schemas.environment import SettingsError, load
from schemas.event import Event, encode, to_message
from schemas.product import Product
from schemas.profile import Profile
from schemas.settings import BrokerSettings

STANDARD_INPUT = Path("-")
MANY = 5
"""From this number of files on, progress is shown."""
NAMED_IDS = 3
AHEAD = timedelta(days=1)
"""How far the vault's clock may be ahead of ours."""

depth_option = click.option(
    "--depth",
    type=click.IntRange(1, 200),
    default=1,
    show_default=True,
    help="Levels of components that are items too: publishing makes products of those that are unknown yet.",
)

Reader = Callable[[str, bytes], list[Event]]
Sink = Callable[[str, list[Event]], None]

EXAMPLES = """\b
Examples:
  pdm-odoo publish BD-1000.xml                  publish one export
  pdm-odoo publish exports/*.xml                publish many; refused ones are reported
  pdm-odoo publish --dry-run BD-1000.xml        show what would be published
  pdm-odoo publish --dry-run --json *.xml       the same as one envelope per line
  pdm-odoo publish --profile my.toml *.xml      attributes and structure as my.toml says
  pdm-odoo publish events.ndjson                publish finished events
  cat BD-1000.xml | pdm-odoo publish -          read standard input
"""


@dataclass
class Tally:
    """What became of the files of one run."""

    files: int = 0
    refused: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    correlationids: dict[str, None] = field(default_factory=dict)

    def add(self, events: Iterable[Event]) -> None:
        """Count one file and its events."""
        self.files += 1
        for event in events:
            self.kinds[event.kind.entity] += 1
            self.correlationids[event.correlationid] = None

    def sentence(self, verb: str) -> str:
        """Return the tally for people; `verb` says what was done with the events."""
        counts = ", ".join(f"{count} {entity}" for entity, count in self.kinds.items()) or "none"
        ids = list(self.correlationids)
        named = ", ".join(ids[:NAMED_IDS]) + (
            f" and {len(ids) - NAMED_IDS} more" if len(ids) > NAMED_IDS else ""
        )
        text = f"{verb} {_count(self.kinds.total(), 'event')} of {_count(self.files, 'file')} ({counts})"
        return f"{text}, correlation id {named}" if ids else text

    def document(self) -> bytes:
        """Return the tally as JSON."""
        return orjson.dumps(
            {
                "events": self.kinds.total(),
                "files": self.files,
                "refused": self.refused,
                "kinds": self.kinds,
                "correlation_ids": list(self.correlationids),
            }
        )


def publish_files(
    paths: Iterable[Path], reader: Reader, sink: Sink, report: Callable[[str], None], tally: Tally
) -> None:
    """Read each file, hand its events to `sink`, and count in `tally`.

    `report` hears of files that are refused, and of those in which the profile leaves nothing.

    A `ValueError` of `sink` refuses the file: it is raised before anything goes out.
    """
    for path in paths:
        name = "standard input" if path == STANDARD_INPUT else str(path)
        try:
            events = reader(name, content(path, name))
            _hand_over(sink, name, events)
        except SourceError as error:
            report(str(error))
            tally.refused += 1
        else:
            tally.add(events)
            if not events:
                report(f"{name}: nothing to publish: exclude in [structure] of the profile leaves no item")


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Show the events; publish nothing, need no broker.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: the envelopes of a dry run, or the counts."
)
@depth_option
@profile_option
def publish(files: tuple[Path, ...], dry_run: bool, as_json: bool, depth: int, profile: Path | None) -> None:
    """Publish exports of SOLIDWORKS PDM, or files of events, to RabbitMQ.

    Each of FILES is accepted whole or refused whole. The exit code is 1 when one was refused.
    """
    console = printer(stderr=True)
    tally = Tally()
    try:
        reader = partial(events_of, in_force(profile), new_id(), depth)
        with ExitStack() as stack:
            sink = _show(as_json) if dry_run else _broker(stack)
            shown = console.is_terminal and len(files) >= MANY
            paths = track(files, "Reading files", console=console, transient=True, disable=not shown)
            publish_files(paths, reader, sink, partial(show, console), tally)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except BrokerError as error:
        before = f"\n{tally.sentence('published')} before that" if tally.files else ""
        raise click.ClickException(f"{error}{before}\npublishing a file again does no harm") from error
    if as_json and not dry_run:
        click.echo(tally.document())
    else:
        show(printer(stderr=as_json), tally.sentence("would publish" if dry_run else "published"))
    if tally.refused:
        show(console, f"refused {_count(tally.refused, 'file')}, see above")
        # Not `context.exit`: `main` runs us without click's standalone mode, which would drop the code.
        sys.exit(1)


def events_of(profile: Profile, correlationid: str, depth: int, name: str, body: bytes) -> list[Event]:
    """Return the events of the file `name`; raises SourceError where it is refused."""
    # One run is one release: its files share a correlation id.
    events = read(name, body, profile, new_id=new_id, depth=depth, correlationid=correlationid)
    latest = datetime.now(UTC) + AHEAD
    for event in events:
        if event.time > latest:
            raise SourceError(
                name,
                0,
                f"is dated {event.time:%Y-%m-%d}, which is in the future: every later change of "
                f"{event.subject!r} would be taken for older; correct the clock of the vault's server",
            )
    return events


def content(path: Path, name: str) -> bytes:
    """Return the bytes of the file at `path`, or of standard input; one more than allowed at most.

    Raises:
        SourceError: it cannot be read.
    """
    # One byte more than allowed is enough to refuse.
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise SourceError(name, 0, "is a folder: name the files in it") from error
    except OSError as error:
        raise SourceError(name, 0, f"cannot be read ({error.strerror}): check name and rights") from error


def _hand_over(sink: Sink, name: str, events: list[Event]) -> None:
    try:
        sink(name, events)
    except ValueError as error:
        raise SourceError(name, 0, f"{error}; nothing of the file was published") from error


def _broker(stack: ExitStack) -> Sink:
    publisher = stack.enter_context(connect(load(BrokerSettings)))
    return lambda _, events: publisher.publish([to_message(event, topology.EVENTS) for event in events])


def _show(as_json: bool) -> Sink:
    if as_json:
        return lambda _, events: click.echo(b"\n".join(encode(event) for event in events))
    console = printer()
    return lambda name, events: show(console, _listing(name, events))


_COLUMNS = (
    Column("kind"),
    Column("number"),
    Column("revision", is_named=True),
    Column("authority"),
    Column("summary", is_detail=True),
    Column("sequence", is_detail=True, is_named=True),
)


def _listing(name: str, events: list[Event]) -> Listing:
    rows = []
    for event in events:
        item = getattr(event.data, "item", None)
        cells = (
            event.kind.entity,
            event.subject,
            item.revision or "" if item else "",
            event.data.authority.value if isinstance(event.data, Product) else "",
            _summary(event.data),
            event.sequence,
        )
        rows.append(Row(cells))
    return Listing(_COLUMNS, rows, name)


def _summary(data: object) -> str:
    match data:
        case Product():
            return ", ".join(part for part in (data.name, data.state) if part)
        case Bom():
            return _count(len(data.lines), "component")
        case Attachment():
            return f"{data.role}: {data.file.path}"
        case _:
            return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
