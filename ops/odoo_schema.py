"""`pdm-odoo odoo schema`: what is known of Odoo's fields, since when, and what Odoo says now.

A newcomer would get wrong that looking asks Odoo for nothing that is known already: `--refresh` does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import click
import orjson
from prometheus_client import CollectorRegistry

from consumers.errors import MisconfiguredError, PipelineError, RefusedModelError, UnavailableError
from consumers.odoo.capabilities import Capabilities
from consumers.odoo.connection import connect
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.own_fields import own_fields
from consumers.odoo.schema import Schema
from consumers.odoo.schema_file import Table as Known
from ops.hanging import Hanging
from ops.listing import Column, Listing, Row
from ops.terminal import printer, show
from schemas.environment import SettingsError, load
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.settings import ConsumerSettings

_EPILOG = """\b
Examples:
  pdm-odoo odoo schema                        the models, since when they are known, what this Odoo can
  pdm-odoo odoo schema product.template       the fields of one model; any model may be named
  pdm-odoo odoo schema --refresh              ask Odoo again, after somebody changed fields there
  pdm-odoo odoo schema mrp.bom --json         for scripts

What is read goes into PDM_ODOO_SCHEMA_FILE, where the consumers find it; not a model they do not use.
"""


@click.command("schema", epilog=_EPILOG)
@click.argument("model", required=False)
@click.option("--refresh", is_flag=True, help="Ask Odoo anew for what is known already.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def schema_command(model: str | None, *, refresh: bool, as_json: bool) -> None:
    """Show which fields Odoo has, as the consumers know them."""
    try:
        settings = load(OdooSettings)
        path = load(ConsumerSettings).schema_file
        with connect(settings, Metrics(CollectorRegistry())) as odoo:
            schema = Schema(odoo, path=path, database=settings.database)
            if model and model not in schema.known:
                # Shown, but not kept where the consumers would have to read it again every day.
                schema = Schema(odoo)
            found = _one(schema, model, refresh) if model else _all(schema, refresh)
    except (SettingsError, PipelineError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    elif model:
        show(printer(), _fields(schema, model))
    else:
        database = f"{settings.database}, Odoo {schema.version}, asked {_age(schema, model)}"
        console = printer()
        show(console, Hanging("database  ", database), Hanging("file      ", str(path)))
        show(console, Hanging("writes    ", "\n".join(_ways(schema.capabilities))))
        show(console, _models(schema))


def _one(schema: Schema, model: str, refresh: bool) -> list[dict[str, Any]]:
    """Return the fields of `model`."""
    if refresh and model in schema.known:
        schema.refresh(model)
    try:
        info = schema.model(model)
    except RefusedModelError as error:
        near = get_close_matches(model, schema.known - {model})
        meant = f"\nDid you mean {' or '.join(near)}?" if near else ""
        raise click.ClickException(f"{error}{meant}") from error
    except MisconfiguredError as error:
        table = schema.snapshot.tables.get(model)
        if table is None or table.model is None:
            raise
        # Our own fields are missing: what is there is shown all the same.
        show(printer(stderr=True), f"Warning: {error}")
        info = table.model
    return [asdict(field) for field in info.fields.values()]


def _all(schema: Schema, refresh: bool) -> dict[str, Any]:
    """Return all that is known, after asking for models of interest that are not known yet."""
    missing = [name for name in schema.tables if name not in schema.snapshot.tables]
    if refresh:
        schema.refresh()
    elif missing:
        schema.refresh(*missing)
    snapshot = schema.snapshot
    return {
        "installation": asdict(snapshot.installation),
        "checked_at": _time(snapshot.checked_at or time.time()),
        "capabilities": asdict(schema.capabilities),
        "tables": [
            {
                "model": name,
                "fields": len(table.model.fields) if table.model else 0,
                "own": _own(schema, name, table.model),
                "read_at": _time(table.read_at),
                "version": table.installation.version,
                "error": table.error,
            }
            for name, table in snapshot.tables.items()
        ],
    }


def _own(schema: Schema, name: str, info: ModelInfo | None) -> dict[str, bool]:
    """Return of each of our fields in the model `name` whether it is there."""
    ours = own_fields(schema.capabilities).get(name, {})
    return {field: info is not None and field in info.fields for field in ours}


def _ways(able: Capabilities) -> Sequence[str]:
    """Return how the consumers work with this Odoo."""
    return (
        "many records in one call (web_save_multi)" if able.saves_many else "one call per different values",
        "BOMs with their lines" if able.nested_reads else "BOMs, lines and products one after the other",
        f"files as {able.documents}",
        "units by category" if able.unit_categories else "units by reference unit",
        "storable: " + ", ".join(f"{field} = {value}" for field, value in able.storable.items()),
    )


_MODELS = (
    Column("model"),
    Column("fields", is_named=True, is_number=True),
    Column("ours", is_named=True),
    Column("read", is_detail=True, is_named=True),
    Column("Odoo", is_detail=True, is_named=True),
    Column("status", is_detail=True),
)
_FIELDS = (
    Column("field"),
    Column("label", is_detail=True),
    Column("type", is_detail=True),
    Column("", is_detail=True),
)


def _models(schema: Schema) -> Listing:
    rows = []
    order = {name: place for place, name in enumerate(schema.tables)}
    for name, one in sorted(schema.snapshot.tables.items(), key=lambda item: order.get(item[0], len(order))):
        own = _own(schema, name, one.model)
        cells = (
            name,
            str(len(one.model.fields)) if one.model else "",
            f"{sum(own.values())} of {len(own)}" if own else "",
            _ago(one.read_at),
            one.installation.version,
            _status(one),
        )
        rows.append(Row(cells, "red" if one.error else ""))
    return Listing(_MODELS, rows)


def _status(table: Known) -> str:
    if not table.error:
        return "ok"
    return "run `pdm-odoo odoo setup`" if table.model else table.error.splitlines()[0]


def _fields(schema: Schema, model: str) -> Listing:
    info = schema.snapshot.tables[model].model
    own = own_fields(schema.capabilities).get(model, {})
    rows = [
        Row(
            (field.name, field.label, _type(field), ", ".join(_notes(field))),
            "bold" if field.name in own else "",
        )
        for field in (info.fields.values() if info else ())
    ]
    return Listing(_FIELDS, rows, f"{model}, Odoo {schema.version}, read {_age(schema, model)}")


def _type(field: FieldInfo) -> str:
    if field.relation:
        return f"{field.type} {field.relation}"
    if field.size is not None:
        return f"{field.type}, {field.size} characters"
    return field.type if field.digits is None else f"{field.type}, {field.digits} digits"


def _notes(field: FieldInfo) -> Iterable[str]:
    if field.required:
        yield "required"
    if field.readonly:
        yield "read-only"
    if field.translated:
        yield "translated"
    if field.company_dependent:
        yield "per company"


def _age(schema: Schema, model: str | None) -> str:
    snapshot = schema.snapshot
    return _ago(snapshot.tables[model].read_at if model else snapshot.checked_at or time.time())


def _time(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _ago(moment: float) -> str:
    """Return how long ago `moment` was, as people say it."""
    seconds = int(time.time() - moment)
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"
