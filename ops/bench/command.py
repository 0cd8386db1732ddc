"""`pdm-odoo bench`: figures as ratios of one run; only these travel from machine to machine."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from ops.bench.errors import BenchError
from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import timed_lines
from schemas.odoo_settings import OdooProtocol

_EXAMPLES = """\b
Examples:
  pdm-odoo bench                                  everything, in under 12 minutes on 2 cores
  pdm-odoo bench --quick                          does it run? the figures mean little
  pdm-odoo bench --only unchanged --protocol json2
  pdm-odoo bench --json bench.json --markdown bench.md --strict

Works on the sandbox's servers, with a database of its own. In turns: a naive consumer (one message: search,
then create or write by JSON-RPC), the pipeline from RabbitMQ to Odoo draining a backlog, and the limit:
the pipeline's own calls to Odoo again, without queue and pipeline.
"""
_OUT: dict[str, Any] = {"is_flag": False, "flag_value": "-", "metavar": "[FILE]"}


@click.command(epilog=_EXAMPLES)
@click.option("--rounds", type=click.IntRange(1, 50), help="Rounds to take medians of.  [default: 3]")
@click.option("--quick", is_flag=True, help="One round with few events: a smoke test.")
@click.option("--protocol", type=click.Choice(["jsonrpc", "json2"]), help="One transport instead of both.")
@click.option("--only", default="", metavar="TEXT", help="Only scenarios with TEXT in their name.")
@click.option("--json", "json_to", help="Write every figure as JSON, to FILE or standard output.", **_OUT)
@click.option("--markdown", "markdown_to", help="Write the tables to FILE too.", **_OUT)
@click.option("--strict", is_flag=True, help="Exit with 1 if a target is missed.")
def bench(
    *,
    rounds: int | None,
    quick: bool,
    protocol: str | None,
    only: str,
    json_to: str | None,
    markdown_to: str | None,
    strict: bool,
) -> None:
    """Measure throughput and latency against a naive consumer and against the bare calls."""
    progress = timed_lines(lambda line: click.echo(line, err=True))
    whole, report = _modules()
    changes: dict[str, Any] = {"only": only}
    if rounds:
        changes["rounds"] = rounds
    if protocol:
        changes["protocols"] = (OdooProtocol(protocol),)
    try:
        found = whole.run(whole.extent(quick=quick, **changes), progress)
    except (SandboxError, BenchError) as error:
        raise click.ClickException(str(error)) from error
    tables = report.markdown(found)
    as_json = orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if markdown_to not in {None, "-"}:
        Path(str(markdown_to)).write_text(tables, "utf-8")
    if json_to not in {None, "-"}:
        Path(str(json_to)).write_bytes(as_json)
    if json_to == "-":
        sys.stdout.buffer.write(as_json)
    else:
        click.echo(tables, nl=False)
    if strict and found.missed:
        raise SystemExit(1)


def _modules() -> tuple[Any, Any]:
    """Return what measures and what reports: on demand, for PostgreSQL's client is no part of the product."""
    try:
        return importlib.import_module("ops.bench.whole"), importlib.import_module("ops.bench.report")
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"the benchmark needs the Python package {missing.name!r}: run `uv sync --group sandbox`"
        ) from missing
