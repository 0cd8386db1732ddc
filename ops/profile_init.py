"""`pdm-odoo profile init`: a commented profile to edit, with what the connected Odoo has to offer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from prometheus_client import CollectorRegistry

from consumers.errors import PipelineError, UnavailableError
from consumers.mapping.convert import TYPES
from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.fields import FieldInfo
from consumers.odoo.schema import Schema
from ops.profile import default_text
from schemas.environment import load
from schemas.facts import BOM, DOCUMENT, LINE, PRODUCT, VARIANT, VENDOR
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile_rules import is_owned

_LISTS: tuple[tuple[str, str, str, list[list[object]]], ...] = (
    ("Companies", "res.company", "name", []),
    ("Languages that are installed", "res.lang", "code", [["active", "=", True]]),
    ("Units", "uom.uom", "name", [["active", "=", True]]),
    ("Product categories", "product.category", "complete_name", []),
    ("Routes that products accept", "stock.route", "name", [["product_selectable", "=", True]]),
)
_MANY = 40
_MODELS = (PRODUCT, VARIANT, VENDOR, BOM, LINE, DOCUMENT)


def offered(odoo: Odoo) -> str:
    """Return comments for a profile that name what the connected Odoo has: lists, and fields by model."""
    schema = Schema(odoo)
    lines = ["", f"# --- What the connected Odoo ({odoo.version()}) has ---"]
    for title, model, field, domain in _LISTS:
        lines += _list(odoo, title, model, field, domain)
    for model in _MODELS:
        lines += ["#", f"# Fields of {model}: name, type, label"]
        fields = schema.model(model).fields
        lines += [_field(fields[name]) for name in sorted(fields) if _writable(model, fields[name])]
    return "\n".join(lines) + "\n"


def _list(odoo: Odoo, title: str, model: str, field: str, domain: list[list[object]]) -> Iterator[str]:
    rows = odoo.call(
        model, "search_read", domain=domain, fields=[field], order="id", limit=_MANY + 1, load=None
    )
    yield "#"
    yield f"# {title} ({model}.{field}):"
    yield from (f"#   {row[field]}" for row in rows[:_MANY])
    if len(rows) > _MANY:
        yield "#   …"


def _writable(model: str, field: FieldInfo) -> bool:
    return not field.readonly and field.type in TYPES and not is_owned(model, field.name)


def _field(field: FieldInfo) -> str:
    kind = f"{field.type} of {field.relation}" if field.relation else field.type
    choices = f": {', '.join(value for value, _ in field.selection)}" if field.selection else ""
    return f"#   {field.name:<32} {kind}{choices}  ({field.label})"


_EPILOG = """\b
Examples:
  pdm-odoo profile init                        print it
  pdm-odoo profile init profile.toml           write it; a file that is there stays
  pdm-odoo profile init --from-odoo my.toml    with what the connected Odoo has to offer
"""


@click.command("init", epilog=_EPILOG)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from-odoo", is_flag=True, help="Add what the connected Odoo has to offer, as comments.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init_command(file: Path | None, *, from_odoo: bool, force: bool) -> None:
    """Write a commented profile to edit: the default one."""
    if file and file.exists() and not force:
        raise click.ClickException(f"{file} is there already; choose another name, or replace it by --force")
    text = default_text()
    if from_odoo:
        try:
            with connect(load(OdooSettings), Metrics(CollectorRegistry())) as odoo:
                text += offered(odoo)
        except (PipelineError, UnavailableError) as error:
            raise click.ClickException(str(error)) from error
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    name = os.fspath(file)
    click.echo(f"wrote {name}; edit it, then: pdm-odoo profile check {name}")
