"""`pdm-odoo bench`: figures as ratios of one run; only these travel from machine to machine."""

from __future__ import annotations

import statistics
import sys

import click
import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from ops.bench.mapping import measure_mapping
from ops.bench.run import Figure, measure, prepared
from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import timed_lines

_EXAMPLES = """\b
Examples:
  pdm-odoo bench
  pdm-odoo bench --rounds 5 --json > bench.json

All three work on the sandbox's Odoo, in turns: the product consumer through RabbitMQ, a naive client
(one search, then one create or write per event), and the consumer's own calls in a bare loop.
"""


@click.command(epilog=_EXAMPLES)
@click.option(
    "--rounds", type=click.IntRange(1, 50), default=3, show_default=True, help="Rounds to take medians of."
)
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
def bench(*, rounds: int, as_json: bool) -> None:
    """Measure products per second: new, changed, unchanged."""
    progress = timed_lines(lambda line: click.echo(line, err=True))
    try:
        with prepared(progress) as prepared_bench:
            mapping = measure_mapping(prepared_bench.odoo, prepared_bench.schema)
            figures = measure(prepared_bench, rounds, progress)
    except SandboxError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        found = {"scenarios": figures, "mapping": mapping}
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return
    Console(width=None if sys.stdout.isatty() else 120).print(_table(figures))
    click.echo(
        f"A profile of {mapping.rules} rules is read and checked in {mapping.check_seconds * 1000:.0f} ms; "
        f"one event is mapped by 20 rules and compared in {mapping.event_seconds * 1e6:.0f} µs."
    )


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Events per second, median (range)", title_justify="left", box=box.MARKDOWN)
    table.add_column("scenario")
    for heading in ("pipeline", "naive client", "bare calls", "times naive", "of the limit"):
        table.add_column(heading, justify="right")
    for figure in figures:
        table.add_row(
            figure.scenario,
            *(_spread(rates) for rates in (figure.pipeline, figure.naive, figure.bare)),
            f"{figure.over_naive:.0f} x",
            f"{figure.of_limit:.2f}",
        )
    return table


def _spread(rates: list[float]) -> str:
    return f"{statistics.median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})"
