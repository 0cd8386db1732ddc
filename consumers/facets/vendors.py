"""The vendor of a product: rules for `product.supplierinfo`, one line per product and partner.

A newcomer would get wrong that a line has no key of ours: it is told by product and partner, and only
among lines without a minimum quantity. Price breaks, and lines of other partners, belong to purchasing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.companies import Scope
from consumers.errors import PermanentError
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.values import completed, difference, load_cells
from consumers.odoo.client import Values
from consumers.odoo.records import change, create_once, find
from schemas.dead_letter import Reason
from schemas.facts import VENDOR
from schemas.keys import external_id

Held = Mapping[int, Sequence[Mapping[str, Any]]]
"""Template → its vendor lines as read."""
PARTNER = "partner_id"
_TEMPLATE, _MINIMUM = "product_tmpl_id", "min_qty"


@dataclass(frozen=True)
class VendorPlan:
    """What to write of one product's vendor: the changes of a line, or the values of a new one."""

    line: int | None
    values: Values


class Vendors:
    """Plans and writes vendor lines."""

    def __init__(self, scope: Scope, fit: Fit) -> None:
        self._scope = scope
        self._info = fit.infos[VENDOR]
        self.mapping = fit.mappings[VENDOR]
        self._inserting = self.mapping.inserting
        self._updating = self.mapping.updating

    def read(self, templates: Sequence[int]) -> Held:
        """Return the vendor lines of `templates`: one call, none without rules."""
        if not self.mapping.fields:
            return {}
        found: dict[int, list[Mapping[str, Any]]] = {}
        fields = tuple(dict.fromkeys((_TEMPLATE, _MINIMUM, PARTNER, *self.mapping.fields)))
        for row in find(self._scope.odoo, VENDOR, _TEMPLATE, templates, fields):
            found.setdefault(row[_TEMPLATE], []).append(row)
        return found

    def plan(self, known: Facts, template: int | None, held: Held) -> VendorPlan | None:
        """Return what to write; None when nothing differs or the event names no vendor.

        Raises:
            PermanentError: a value does not fit, or several lines of the product are the partner's.
        """
        if not self.mapping.fields:
            return None
        values = self._inserting.values(known, self._scope.relations)
        partner = values.get(PARTNER)
        if not partner:
            return None
        lines = [
            line for line in held.get(template or 0, ()) if line[PARTNER] == partner and not line[_MINIMUM]
        ]
        if len(lines) > 1:
            raise PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"template {template} has {len(lines)} vendor lines of partner {partner} in Odoo "
                f"({', '.join(str(line['id']) for line in lines)}); leave one without minimum quantity",
            )
        if not lines:
            return VendorPlan(None, self._inserting.for_insert(values))
        wanted = self._updating.values(known, self._scope.relations)
        changes = difference(lines[0], self._updating.for_update(wanted, lines[0]))
        return VendorPlan(lines[0]["id"], changes) if changes else None

    def write(self, plans: Mapping[str, tuple[int, VendorPlan]]) -> dict[str, PermanentError]:
        """Write what is planned, by key with its template, and return the refused ones: two calls at most.

        Raises: as `records.create_once` and `records.change`.
        """
        change(self._scope.odoo, VENDOR, {plan.line: plan.values for _, plan in plans.values() if plan.line})
        new = {key: one for key, one in plans.items() if one[1].line is None}
        names = dict.fromkeys(name for _, plan in new.values() for name in plan.values)
        rows = []
        for key, (template, plan) in new.items():
            values = {_TEMPLATE: template} | completed(plan.values, names, self._info)
            own = external_id("vendor", f"{key}.{plan.values[PARTNER]}")
            rows.append({"id": own} | load_cells(values, self._info))
        outcome = create_once(self._scope.odoo, VENDOR, rows)
        return {key: one for key, one in zip(new, outcome, strict=True) if isinstance(one, PermanentError)}
