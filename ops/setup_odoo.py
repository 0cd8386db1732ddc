"""Prepare a database: the administrator adds our fields once, because the consumers' user may not.

A newcomer would get wrong that no restart is needed: Odoo's workers see a new field at their next request.
The views that show the fields (`setup_views.py`) come after them, and nothing depends on those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import click
import orjson
from prometheus_client import CollectorRegistry

from consumers.errors import PipelineError, RefusedModelError, UnavailableError
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.connection import connect
from consumers.odoo.own_fields import KEY, VARIANT_KEY, OwnFields, own_fields
from ops.setup_status import Status
from ops.setup_views import OwnView, add_views
from ops.terminal import printer, show
from schemas.environment import SettingsError, load
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings


class SetupError(Exception):
    """The database cannot be prepared; a person has to act."""


@dataclass(frozen=True)
class OwnField:
    """One of our fields in one model of the database."""

    model: str
    name: str
    type: str
    status: Status


def setup(odoo_admin: Odoo, progress: Callable[[str], None], *, dry_run: bool = False) -> list[OwnField]:
    """Add our fields that are missing and return all of them; with `dry_run` add nothing.

    Safe to repeat: what is there is left alone.

    Raises:
        SetupError: the login has no Settings right, a model is not installed, or a field of ours is
            there with another type.
        MisconfiguredError: this Odoo is too old.
        PipelineError, UnavailableError: Odoo refuses or does not answer.
    """
    ours = own_fields(capabilities(odoo_admin.version()))
    models, present = _found(odoo_admin, ours)
    fields = [
        OwnField(model, name, kind, Status.PRESENT if (model, name) in present else Status.MISSING)
        for model, own in ours.items()
        for name, (kind, _) in own.items()
    ]
    missing = [field for field in fields if field.status is Status.MISSING]
    if missing and not dry_run:
        # One call: one transaction, and one reload of the registry instead of ten.
        odoo_admin.call(
            "ir.model.fields",
            "create",
            vals_list=[
                _values(field, models[field.model], ours[field.model][field.name][1]) for field in missing
            ],
        )
        fields = [
            field
            if field.status is Status.PRESENT
            else OwnField(field.model, field.name, field.type, Status.ADDED)
            for field in fields
        ]
    for field in fields:
        progress(f"{field.status}: {field.name} ({field.type}) in {field.model}")
    if missing and not dry_run:
        progress("no restart is needed: Odoo's workers reload at their next request")
    return fields


def _found(odoo: Odoo, ours: OwnFields) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Return the ids of our models, and the (model, name) of our fields that are there."""
    names = sorted({name for own in ours.values() for name in own})
    try:
        models = odoo.call("ir.model", "search_read", domain=[["model", "in", list(ours)]], fields=["model"])
        rows = odoo.call(
            "ir.model.fields",
            "search_read",
            domain=[["model", "in", list(ours)], ["name", "in", names]],
            fields=["model", "name", "ttype"],
        )
    except RefusedModelError as error:
        raise SetupError(
            "the login has no Settings right in Odoo, which adding fields needs; use an administrator's "
            f"ODOO_ADMIN_LOGIN ({str(error).splitlines()[0]})"
        ) from error
    ids = {row["model"]: int(row["id"]) for row in models}
    if absent := [model for model in ours if model not in ids]:
        raise SetupError(f"the database has no {', '.join(absent)}; install Odoo's Manufacturing (mrp) first")
    for row in rows:
        _check_type(row, ours)
    return ids, {(row["model"], row["name"]) for row in rows}


def _check_type(row: Values, ours: OwnFields) -> None:
    model, name, found = row["model"], row["name"], row["ttype"]
    own = ours[model].get(name)
    if own is not None and own[0] != found:
        raise SetupError(
            f"{model} has a field {name} of type {found}, and ours is of type {own[0]}; rename or delete "
            "that field in Odoo (Settings, Technical, Fields) if nothing uses it, then run setup again"
        )


def _values(field: OwnField, model_id: int, label: str) -> Values:
    return {
        "model_id": model_id,
        "name": field.name,
        "ttype": field.type,
        "field_description": label,
        "state": "manual",
        "index": field.name in {KEY, VARIANT_KEY},
        # A product that is duplicated in Odoo is no item of the vault.
        "copied": False,
    }


_EPILOG = """\b
Examples:
  pdm-odoo odoo setup --dry-run        what would be added
  pdm-odoo odoo setup                  add it; safe to repeat
  pdm-odoo odoo setup --json           for scripts: a list of model, name, type, status (and why of views)

Reads ODOO_URL, ODOO_DB, ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD; the consumers need no administrator.
"""


@click.command("setup", epilog=_EPILOG)
@click.option("--dry-run", is_flag=True, help="Say what would be added, add nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print fields and views as JSON.")
def setup_command(*, dry_run: bool, as_json: bool) -> None:
    """Add the fields that pdm-odoo keeps in Odoo, and show the revision in Odoo's forms and lists.

    A view that this Odoo does not take is told, and setup goes on: the consumers need the fields alone.
    """
    try:
        settings = load(AdministratorSettings)
        with connect(settings, Metrics(CollectorRegistry())) as odoo:
            progress = _quiet if as_json else partial(show, printer())
            found: list[OwnField | OwnView] = [*setup(odoo, progress, dry_run=dry_run)]
            found += add_views(odoo, progress, dry_run=dry_run)
            if dry_run:
                missing = sum(one.status is Status.MISSING for one in found)
                progress(f"{missing} would be added, nothing was: run it without --dry-run to add them")
    except (SettingsError, SetupError, PipelineError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2))
        sys.stdout.buffer.write(b"\n")


def _quiet(_text: str) -> None:
    pass
