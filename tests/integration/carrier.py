"""One product under one profile, brought into the real Odoo."""

from __future__ import annotations

import itertools
import tomllib
from typing import Any

from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Verdict
from schemas.event import Event
from schemas.profile import Profile
from tests import factories

NUMBERS = itertools.count(1)

BASE = """
default_code = { from = "item.number", required = true }
name = { from = "item.name", default = "{item.number}" }
"""


class Carrier:
    """Brings one product under one profile into Odoo, and looks at it there."""

    def __init__(self, odoo: Odoo, schema: Schema) -> None:
        self.odoo = Watched(odoo, schema)
        self._schema = schema
        self.number = f"F-{next(NUMBERS)}"
        self._versions = itertools.count(1)

    def event(self, attributes: dict[str, str], **product: Any) -> Event:
        data = factories.product(
            item=factories.item(number=self.number), attributes=attributes, **({"unit": None} | product)
        )
        return factories.event(data, sequence=f"{next(self._versions):020}")

    def carry(self, rules: str, attributes: dict[str, str], **product: Any) -> Verdict:
        """Apply one event under these field rules of `product.template`."""
        return self.apply(profile(rules), self.event(attributes, **product))

    def apply(self, profile: Profile, *events: Event) -> Verdict:
        handler = ProductHandler(self.odoo, self._schema, profile)
        handler.prepare()
        return handler.apply(events)[-1]

    def held(self, *fields: str) -> list[Any]:
        """Return the values of `fields` in Odoo."""
        [record] = self.odoo.call(
            "product.template",
            "search_read",
            domain=[["default_code", "=", self.number]],
            fields=list(fields),
            load=None,
        )
        return [record[field] for field in fields]


def profile(rules: str, **parts: Any) -> Profile:
    """Return the default profile with these rules of `product.template`."""
    fields = tomllib.loads(BASE + rules)
    models = {"product.template": {"fields": fields}, **parts.pop("models", {})}
    return factories.profile(models=models, **parts)
