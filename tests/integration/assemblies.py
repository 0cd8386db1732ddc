"""Assemblies in the real Odoo: products and structures brought in, and what Odoo then holds of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from consumers.bom import BomHandler
from consumers.errors import AmbiguousError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.event import Event, decode
from schemas.message import Message
from schemas.profile import Profile
from schemas.sequence import from_version
from tests import factories

STATES = {"Released": "upsert", "Obsolete": "archive", "In Work": "ignore"}
Lines = Mapping[str, float]
"""Component → quantity."""


class Telling:
    """Passes calls on, notes them, and may lose a reply or die before a call."""

    def __init__(self, odoo: Odoo) -> None:
        self.calls: list[str] = []
        self.lose = ""
        """Method whose next reply is lost after Odoo has done its work."""
        self.die_before = ""
        """Method that is not called any more."""
        self._odoo = odoo

    def version(self) -> str:
        return self._odoo.version()

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        if method == self.die_before:
            self.die_before = ""
            raise AmbiguousError("the process died here")
        self.calls.append(f"{model}.{method}")
        result = self._odoo.call(model, method, **arguments)
        if method == self.lose:
            self.lose = ""
            raise AmbiguousError("the reply was lost")
        return result


@dataclass
class Assemblies:
    """Parts of one test: numbers begin alike, and with nobody else's."""

    odoo: Odoo
    schema: Schema
    policy: dict[str, Any] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=lambda: dict(STATES))

    def __post_init__(self) -> None:
        self.prefix = uuid.uuid4().hex[:8]
        self.telling = Telling(Watched(self.odoo, self.schema))
        self.units = UnitCache(self.odoo)
        self.sent: list[Message] = []
        """What the BOM consumer sent to others."""

    def number(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    @property
    def profile(self) -> Profile:
        known = factories.profile()
        models = known.model_dump(mode="json", by_alias=True, exclude_none=True)["models"]
        return factories.profile(states=self.states, bom=self.policy, models={**models, **self.models})

    def products(self, *names: str, sequence: int = 1, state: str = "Released") -> None:
        events = [
            factories.event(
                factories.product(
                    item=factories.item(number=self.number(name)),
                    transition=factories.transition(to_state=state),
                    unit=None,
                ),
                sequence=from_version(sequence),
            )
            for name in names
        ]
        verdicts = ProductHandler(self.telling, self.schema, self.profile).apply(events)
        assert all(isinstance(verdict, Applied) for verdict in verdicts), verdicts

    def arrive(self) -> list[Verdict]:
        """Let the product consumer take what was sent to it; return its verdicts."""
        events = {event.key: event for event in (decode(one.body) for one in self.sent)}
        self.sent.clear()
        return ProductHandler(self.telling, self.schema, self.profile).apply(list(events.values()))

    def structure(
        self,
        name: str,
        sequence: int,
        lines: Lines | list[tuple[str, float, dict[str, Any]]],
        revision: str = "A",
        state: str = "Released",
        attributes: dict[str, str] | None = None,
    ) -> Event:
        rows = lines if isinstance(lines, list) else [(part, much, {}) for part, much in lines.items()]
        data = factories.bom(
            item=factories.item(number=self.number(name), revision=revision),
            transition=factories.transition(to_state=state),
            attributes=attributes or {},
            lines=[
                factories.bom_line(place, number=self.number(part), quantity=Decimal(str(much)), **more)
                for place, (part, much, more) in enumerate(rows, 1)
            ],
        )
        return factories.event(data, sequence=from_version(sequence))

    def apply(self, *events: Event) -> list[Verdict]:
        handler = BomHandler(self.telling, self.schema, self.units, self.profile, self.sent.extend)
        handler.prepare()
        self.telling.calls.clear()
        return handler.apply(events)

    def one(self, *arguments: Any, **more: Any) -> Verdict:
        """Apply one structure, told as to `structure`."""
        [verdict] = self.apply(self.structure(*arguments, **more))
        return verdict

    def done(self, *arguments: Any, **more: Any) -> Result:
        verdict = self.one(*arguments, **more)
        assert isinstance(verdict, Applied), verdict
        return verdict.result

    def boms(self, name: str) -> list[dict[str, Any]]:
        """Return all BOMs of a product, by id."""
        found: list[dict[str, Any]] = self.odoo.call(
            "mrp.bom",
            "search_read",
            domain=[["product_tmpl_id.default_code", "=", self.number(name)]],
            fields=[
                *("code", "active", "type", "write_date", "product_tmpl_id", "bom_line_ids"),
                *("x_pdm_key", "x_pdm_sequence", "x_pdm_revision", "x_pdm_digest"),
            ],
            order="id",
            load=None,
        )
        return found

    def bom(self, name: str) -> dict[str, Any]:
        [found] = self.boms(name)
        return found

    def lines(self, bom: int, model: str = "mrp.bom.line") -> list[tuple[str, float]]:
        """Return component and quantity of each line, in Odoo's order."""
        rows = self.odoo.call(
            model,
            "search_read",
            domain=[["bom_id", "=", bom]],
            fields=["product_id", "product_qty"],
            order="sequence, id",
            load=None,
        )
        found = self.odoo.call(
            "product.product",
            "search_read",
            domain=[["id", "in", [row["product_id"] for row in rows]]],
            fields=["default_code"],
            order="id",
            load=None,
        )
        names = {row["id"]: str(row["default_code"]).removeprefix(f"{self.prefix}-") for row in found}
        return [(names[row["product_id"]], row["product_qty"]) for row in rows]

    def variant(self, name: str) -> dict[str, Any]:
        """Return the product of this number, as the variant that stands on lines."""
        [found] = self.odoo.call(
            "product.product",
            "search_read",
            domain=[["default_code", "=", self.number(name)]],
            fields=["product_tmpl_id", "uom_id", "active", "x_pdm_sequence"],
            order="id",
            load=None,
        )
        result: dict[str, Any] = found
        return result


def standing(odoo: Odoo, schema: Schema, *names: str) -> Assemblies:
    """Return assemblies of a test, of which the products `names` are in Odoo."""
    works = Assemblies(odoo, schema)
    works.products(*names)
    return works
