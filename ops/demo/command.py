"""`pdm-odoo demo`: from nothing to a table of what is in Odoo."""

from __future__ import annotations

import os
import shutil
import sys

import click
import orjson
from rich import box
from rich.table import Table
from rich.text import Text

from consumers.errors import UnavailableError
from ops.demo.consumers import DemoError
from ops.demo.place import DemoPlace, prepare
from ops.demo.release import folder as release_folder
from ops.demo.run import Outcome, run
from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import timed_lines
from ops.sandbox.servers import DEMO_VHOST
from ops.setup_odoo import SetupError
from ops.terminal import printer

NONE = "-"

_EXAMPLES = """\b
Examples:
  pdm-odoo demo                   the first time it installs and starts what is missing
  pdm-odoo demo                   again: nothing changes in Odoo, and it says so
  pdm-odoo demo --json            the outcome for programs
  pdm-odoo sandbox down --purge   remove all traces
"""


@click.command(epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def demo(context: click.Context, *, as_json: bool) -> None:
    """Carry a released machine of 44 parts into a real Odoo and show what arrived.

    Starts a private RabbitMQ and Odoo if they are not up (see `pdm-odoo sandbox --help`) and leaves
    them running. Each run empties the demo's queues and streams first; Odoo keeps what it has.
    Exit code 1 if anything of the release is not in Odoo as its files say.
    """
    progress = timed_lines(lambda line: click.echo(line, err=as_json))
    try:
        place = prepare(progress)
        outcome = run(place, progress)
    except (SandboxError, SetupError, DemoError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        sys.stdout.buffer.write(_document(outcome))
    else:
        _show(outcome, place)
    context.exit(1 if outcome.faults else 0)


def _document(outcome: Outcome) -> bytes:
    fields = {
        "events": outcome.events,
        "refused": outcome.refused,
        "results": outcome.results,
        "dead_letters": outcome.dead,
        "products": outcome.after.products,
        "released": outcome.released,
        "changed": not outcome.unchanged,
        "faults": outcome.faults,
    }
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _show(outcome: Outcome, place: DemoPlace) -> None:
    console = printer()
    console.print()
    console.print(_products(outcome))
    console.print(_troubles(outcome))
    counts = ", ".join(f"{count} {result}" for result, count in sorted(outcome.results.items()))
    console.print(f"{outcome.events} events: {counts.replace('dead_letter', 'dead-lettered')}")
    if outcome.faults:
        console.print("[red]Not everything arrived as the files say:[/red]")
        for fault in outcome.faults:
            console.print(Text(f"  {fault}"))
    else:
        console.print(
            f"[green]All {outcome.released} products of the release are in Odoo as the files say.[/green]"
        )
    if outcome.unchanged:
        console.print("[green]Nothing changed in Odoo: everything was there already.[/green]")
    console.print()
    console.print(_addresses(place))


def _products(outcome: Outcome) -> Table:
    known = set(outcome.before.products)
    table = Table(title="Now in Odoo", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("number", "name", "revision", "unit"):
        table.add_column(heading, overflow="fold")
    table.add_column("BOM lines", justify="right")
    table.add_column("documents", overflow="fold")
    table.add_column("picture")
    table.add_column("")
    for product in outcome.after.products:
        cells = (
            product.number,
            product.name,
            product.revision or NONE,
            product.unit,
            str(product.lines or NONE),
            ", ".join(product.documents) or NONE,
            "yes" if product.picture else NONE,
            "" if product in known else "new",
        )
        # As `Text`, so that a number like [red] is a number and no colour.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _troubles(outcome: Outcome) -> Table:
    table = Table(title="Not in Odoo, and why", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("where", "what", "reason"):
        table.add_column(heading, overflow="fold")
    for refused in outcome.refused:
        file, _, reason = refused.partition(": ")
        table.add_row(Text("file refused"), Text(file.rpartition("/")[2]), Text(reason))
    for letter in outcome.dead:
        table.add_row(
            Text(f"dead letter ({letter.consumer})"),
            Text(letter.number),
            Text(f"{letter.reason}: {letter.text}"),
        )
    return table


def _own_name() -> str:
    """Return how this command can be called from here: a virtual environment may not be on the path."""
    return "pdm-odoo" if shutil.which("pdm-odoo") else os.path.relpath(sys.argv[0])


def _addresses(place: DemoPlace) -> Table:
    servers = place.sandbox.servers
    management = servers.management_url.get_secret_value()
    table = Table(title="Where to look", title_justify="left", box=box.SIMPLE_HEAD, show_header=False)
    rows = (
        ("Odoo", f"{servers.odoo_url}/odoo?db={place.environment['ODOO_DB']}", "user admin, password below"),
        (
            "RabbitMQ",
            f"http://{management.rpartition('@')[2]}",
            f"virtual host {DEMO_VHOST}, user and password below",
        ),
        ("RabbitMQ metrics", servers.broker_metrics_url, "for Prometheus"),
        ("consumers' metrics", f"{place.pages}/metrics", "while consumers run"),
        ("consumers' log", str(place.folder / "consumers.log"), "one JSON line per batch"),
        ("lookup lists", place.environment["PDM_ODOO_LOOKUP_DIR"], "what the vault's cards read"),
        ("export files", os.path.relpath(release_folder()), "what was published"),
        ("passwords", f"{_own_name()} sandbox env", "prints them"),
        ("to ask", f'eval "$({_own_name()} sandbox env)"', "first, then for example:"),
        ("", f"{_own_name()} history BD-1000", "what became of a part"),
    )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
