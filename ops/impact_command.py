"""`pdm-odoo impact`: what hangs on a part, before it is released or archived."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
from prometheus_client import CollectorRegistry
from rich.console import Console

from consumers.errors import PipelineError, UnavailableError
from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.own_fields import KEY, VARIANT_KEY
from consumers.odoo.schema import Schema
from consumers.odoo.usage import Order, amount
from consumers.odoo.watching import Watched
from ops.hanging import Hanging
from ops.impact import Impact, Place, find, impact, near
from ops.listing import Column, Listing, Row
from ops.own_fields_there import named_if_missing
from ops.profile import in_force, profile_option
from ops.terminal import printer, show
from schemas.environment import load
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings

_UNSAID = 3
"""Exit code when Odoo refused to say a part of it."""
_INDENT = 2
"""Blanks for each level."""

_EPILOG = """\b
Examples:
  pdm-odoo impact BD-1300                    where it is used up to the tops, its stock, its open orders
  pdm-odoo impact BD-1300 BD-1310            several parts
  pdm-odoo impact --levels 1 BD-1300         only the assemblies that it stands in itself
  pdm-odoo impact --archived BD-1300         archived BOMs and products too
  pdm-odoo impact --json BD-1300             for scripts: a list of parts

NUMBER is looked for in the field that the profile's [key] identifies products by, and among our keys
(x_pdm_key, and x_pdm_variant_key of variants). Asks Odoo and writes nothing.

\b
Exit code 0  everything was told
          1  a number is not in Odoo, or Odoo does not answer
          2  the command line is wrong
          3  Odoo refused to say a part of it: "nothing uses it" is not certain
"""


@click.command("impact", epilog=_EPILOG)
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@click.option("--levels", type=click.IntRange(min=1), help="Look up so many levels only.")
@click.option("--archived", is_flag=True, help="Archived BOMs, and BOMs of archived products, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@profile_option
def impact_command(
    numbers: tuple[str, ...], levels: int | None, profile: Path | None, *, archived: bool, as_json: bool
) -> None:
    """Show what hangs on a part: where used on all levels, stock, open orders."""
    identify = in_force(profile).key.identify
    found: list[Impact] = []
    missing: list[str] = []
    try:
        settings = load(OdooSettings)
        with connect(settings, Metrics(CollectorRegistry())) as connection:
            schema = Schema(connection, language=settings.lang)
            odoo = Watched(connection, schema)
            for number in dict.fromkeys(one.strip() for one in numbers):
                with named_if_missing(schema):
                    parts = find(odoo, identify, number)
                found += [impact(odoo, schema, part, levels, archived=archived) for part in parts]
                if not parts:
                    missing.append(_missing(odoo, identify, number))
    except (PipelineError, UnavailableError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        rows = [_document(one) for one in found]
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        console = printer()
        for one in found:
            _print(console, one, sum(other.part.number == one.part.number for other in found))
    for text in missing:
        show(printer(stderr=True), f"Error: {text}")
    # Not `context.exit`: `main` runs us without click's standalone mode.
    if missing:
        sys.exit(1)
    if any(one.unknown for one in found):
        sys.exit(_UNSAID)


def _missing(odoo: Odoo, identify: str, number: str) -> str:
    like = near(odoo, identify, number)
    meant = f"; did you mean {', '.join(like)}?" if like else ""
    return f"no product in Odoo has {identify}, {KEY} or {VARIANT_KEY} {number!r}{meant}"


def _document(one: Impact) -> dict[str, Any]:
    part, usage = asdict(one.part), one.usage
    return {
        **{name: part[name] for name in ("number", "name", "revision", "key", "archived", "unit")},
        "template_id": one.part.template,
        "stock": usage.stock,
        "orders": [
            {"kind": kind, "order": order.name, "state": order.state, "quantity": order.quantity}
            for kind, order in _orders(one)
        ],
        "where_used": [asdict(place) for place in one.places],
        "more_levels": one.more,
        "unknown": one.unknown,
    }


def _orders(one: Impact) -> Iterator[tuple[str, Order]]:
    usage = one.usage
    for kind, orders in (
        ("makes it", usage.made),
        ("needs it", usage.consumed),
        ("purchase", usage.bought),
        ("sale", usage.sold),
    ):
        yield from ((kind, order) for order in orders)


def _print(console: Console, one: Impact, alike: int) -> None:
    part = one.part
    revision = f", revision {part.revision}" if part.revision else ""
    show(console, Hanging("", f"{part.number} {part.name}{revision}", "bold"))
    if part.archived:
        show(console, Hanging("  ", "archived in Odoo", "yellow"))
    if alike > 1:
        known = f"key {part.key}" if part.key else "no item of the vault"
        text = f"one of {alike} products with this number: id {part.template}, {known}"
        show(console, Hanging("  ", text, "yellow"))
    _say(console, "in stock", f"{amount(one.usage.stock)} {part.unit}")
    orders = list(_orders(one))
    if not orders:
        _say(console, "orders", "none open")
    for kind, order in orders:
        quantity = f"{amount(order.quantity)} {part.unit}"
        _say(console, kind, f"{order.name}, {order.state.replace('_', ' ')}, {quantity}")
    if one.places:
        products = len({place.number or place.name for place in one.places})
        levels = max(place.level for place in one.places)
        _say(console, "used in", f"{_count(products, 'product')} on {_count(levels, 'level')}")
        show(console, _listing(one))
    elif not any("BOMs" in text for text in one.unknown):
        _say(console, "used in", "no BOM")
        show(console, "")
    if one.more:
        show(
            console,
            Hanging("  ", "there are levels above these; leave out --levels to see them", "yellow"),
            "",
        )
    for text in one.unknown:
        show(console, Hanging("  ", f"Odoo does not say: {text}", "yellow"))


def _say(console: Console, label: str, text: str) -> None:
    show(console, Hanging(f"  {label:<10}  ", text))


_COLUMNS = (
    Column("level", is_named=True, is_number=True),
    Column("used in"),
    Column("name", is_detail=True),
    Column("quantity"),
    Column("BOM", is_named=True),
    Column("open MOs", is_detail=True, is_named=True),
    Column(""),
)


def _listing(one: Impact) -> Listing:
    rows = []
    for place in one.places:
        indent = _INDENT * place.level
        cells = (
            str(place.level),
            " " * (indent - _INDENT) + (place.number or place.name),
            place.name,
            _quantity(place),
            place.bom,
            ", ".join(place.orders),
            ", ".join(_remarks(place)),
        )
        rows.append(Row(cells, "dim" if place.archived else "", indent))
    return Listing(_COLUMNS, rows)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s'[: number > 1]}"


def _quantity(place: Place) -> str:
    """Return "2 Units", or "2 kg per 10 Units" of a BOM that is not for one."""
    quantity = f"{amount(place.quantity)} {place.unit}"
    return quantity if place.per == 1 else f"{quantity} per {amount(place.per)} {place.per_unit}"


def _remarks(place: Place) -> Iterator[str]:
    if place.cycle:
        yield "contains itself"
    elif place.top:
        yield "top"
    if place.see_level:
        yield f"see level {place.see_level}"
    if place.kind == "phantom":
        yield "kit"
    if place.archived:
        yield "archived"
