"""Product events, the verdicts on them, and what an Odoo holds then."""

from __future__ import annotations

from typing import Any

from consumers.errors import PermanentError
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from tests.factories import profile
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import TEMPLATE, VARIANT, Plm

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
FIELDS = '[models."product.template".fields]\n'
VENDOR = "product.supplierinfo"
VENDORS = f"""
[models."{VENDOR}".fields]
partner_id = {{ from = "Vendor", by = "ref" }}
price = {{ from = "Price", decimal = "," }}
delay = {{ from = "Days" }}
"""


def apply(odoo: Plm, *events: Event, rules: Profile | None = None) -> list[Verdict]:
    """Apply `events` under `rules`, the default profile when absent, by a handler without a memory."""
    return ProductHandler(odoo, odoo.schema, rules or profile()).apply(events)


def results(odoo: Plm, *events: Event) -> list[Result]:
    verdicts = apply(odoo, *events)
    assert all(isinstance(verdict, Applied) for verdict in verdicts), verdicts
    return [verdict.result for verdict in verdicts if isinstance(verdict, Applied)]


def told(number: str = "A", version: int = 1, /, **attributes: str) -> Event:
    """Return a root event with attributes of the vault."""
    return seen(number, version, attributes=attributes)


def refused(verdict: Verdict, reason: Reason) -> str:
    assert isinstance(verdict, PermanentError), verdict
    assert verdict.reason is reason
    return str(verdict)


def held(odoo: Plm, *names: str, number: str = "A") -> list[Any]:
    record = odoo.by_number(number)
    return [record.get(name) for name in names]


def change(odoo: Plm, number: str = "A", **values: Any) -> None:
    """Let somebody in Odoo change a product."""
    odoo._records[TEMPLATE][odoo.by_number(number)["id"]] |= values


def cost(odoo: Plm, number: str = "A") -> Any:
    [found] = [record for record in odoo.records(VARIANT) if record.get("default_code") == number]
    return found.get("standard_price")
