"""BOM events of an assembly A, and an Odoo that knows it and its parts P, Q, R."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from consumers.bom import BomHandler
from consumers.results import Applied, Result, Verdict
from schemas.event import Event
from schemas.message import Message
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item, profile
from tests.unit.consumers.plm import BOM, Plm

Line = tuple[str, float]


def works() -> Plm:
    """Return an Odoo that knows the products A (an assembly) and P, Q, R."""
    found = Plm()
    for number in "APQR":
        found.add_product(number)
    found.warm()
    return found


def structure(
    number: str = "A", version: int = 1, lines: tuple[Line, ...] = (("P", 2), ("Q", 1)), **fields: Any
) -> Event:
    """Return a BOM event whose lines stand at 1, 2, …"""
    rows = tuple(
        bom_line(place, number=component, quantity=Decimal(str(quantity)))
        for place, (component, quantity) in enumerate(lines, 1)
    )
    data = bom(**{"item": item(number=number), "lines": rows} | fields)
    return event(data, sequence=from_version(version))


def apply(
    odoo: Plm, *events: Event, rules: Profile | None = None, sent: list[Message] | None = None
) -> list[Verdict]:
    """Apply `events` under `rules`, the default profile when absent; what is published comes to `sent`."""
    outgoing: list[Message] = [] if sent is None else sent
    return BomHandler(odoo, odoo.schema, odoo.cache, rules or profile(), outgoing.extend).apply(events)


def result(odoo: Plm, one: Event) -> Result:
    [verdict] = apply(odoo, one)
    assert isinstance(verdict, Applied), verdict
    return verdict.result


def only_bom(odoo: Plm) -> dict[str, Any]:
    [found] = odoo.records(BOM)
    return found


def built(odoo: Plm, **changes: Any) -> int:
    """Let the BOM of A be there; forget the calls."""
    result(odoo, structure(**changes))
    odoo.calls.clear()
    number: int = only_bom(odoo)["id"]
    return number
