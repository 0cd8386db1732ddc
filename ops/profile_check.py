"""`pdm-odoo profile check`: does a profile fit the connected Odoo? All mistakes at once, with their lines."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from prometheus_client import CollectorRegistry

from consumers.errors import PipelineError, UnavailableError
from consumers.fitted import described, spoken
from consumers.mapping.check import check
from consumers.mapping.series import for_series
from consumers.odoo.connection import connect
from consumers.odoo.schema import Schema
from ops.listing import Column, Listing, Row
from ops.profile import text_of
from ops.terminal import printer, show
from schemas.environment import load
from schemas.facts import MODELS
from schemas.findings import Finding
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile import Profile
from schemas.profile_text import examine


def findings(text: str, schema: Schema | None) -> tuple[Profile | None, list[Finding]]:
    """Return the profile in `text` and all its mistakes, by line; without `schema` those within the file."""
    profile, found, lines = examine(text)
    if profile is not None and schema is not None:
        able = schema.capabilities
        profile = for_series(profile, able, schema.model(able.documents).fields)
        infos = described(profile, schema, (*profile.models, *MODELS))
        found += check(profile, lines, infos, spoken(profile, schema), found)
    return profile, sorted(found, key=lambda one: one.line)


_EPILOG = """\b
Examples:
  pdm-odoo profile check profile.toml              against the connected Odoo
  pdm-odoo profile check --offline profile.toml    only what can be seen without one
  pdm-odoo profile check --json profile.toml       for scripts: a list of line, model, field, text, suggestion

Without FILE the profile of PDM_ODOO_PROFILE, or the default one. Exit code 1 when there is any mistake.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--offline", is_flag=True, help="Do not ask Odoo.")
@click.option("--json", "as_json", is_flag=True, help="Print the mistakes as JSON.")
def check_command(file: Path | None, *, offline: bool, as_json: bool) -> None:
    """Check a profile: every model, field, type, choice and relation it names."""
    name, text = text_of(file)
    try:
        if offline:
            profile, found = findings(text, None)
        else:
            settings = load(OdooSettings)
            with connect(settings, Metrics(CollectorRegistry())) as odoo:
                profile, found = findings(text, Schema(odoo, language=settings.lang))
    except (PipelineError, UnavailableError) as error:
        raise click.ClickException(f"{error}; --offline checks what can be seen without Odoo") from error
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2))
        sys.stdout.buffer.write(b"\n")
    elif found:
        _print(name, found)
    elif profile:
        rules = sum(len(model.fields) for model in profile.models.values())
        where = "" if offline else ", and fits the connected Odoo"
        text = f"{len(profile.states)} states, {rules} field rules in {len(profile.models)} models"
        show(printer(), f"{name} is sound{where}: {text}")
    if found:
        # Not `context.exit`: `main` runs us without click's standalone mode.
        sys.exit(1)


_COLUMNS = (
    Column("line", is_named=True, is_number=True),
    Column("where"),
    Column("what is wrong", is_detail=True),
    Column("did you mean", is_detail=True, is_named=True),
)


def _print(name: str, found: list[Finding]) -> None:
    rows = [Row((str(one.line), one.where, one.text, one.suggestion)) for one in found]
    show(printer(), Listing(_COLUMNS, rows, f"{name}: {len(found)} mistake{'s'[: len(found) > 1]}"))
