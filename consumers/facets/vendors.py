"""The vendor of a product: rules for `product.supplierinfo`, one line per product and partner.

A newcomer would get wrong that a line has no key of ours: it is told by product and partner, among lines
without minimum quantity and dates. Those, and lines of other partners, belong to purchasing. So does a
line that we made and purchasing has given to another partner: its external id still names ours.
Calls: one to read; one more for a batch in which a product has lines and none of the event's partner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from consumers.companies import Scope
from consumers.errors import PermanentError
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.values import difference, load_cells, sendable
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import create_once, external_ids, find
from schemas.dead_letter import Reason
from schemas.facts import VENDOR

PARTNER = "partner_id"
_TEMPLATE = "product_tmpl_id"
_SPECIAL = ("min_qty", "date_start", "date_end")
"""Fields that make a line one of several of its partner, unless the profile fills them."""


class Held:
    """The vendor lines of some templates as read, by template."""

    def __init__(self, odoo: Odoo, lines: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
        self._odoo = odoo
        self.lines = lines

    @cached_property
    def names(self) -> frozenset[str]:
        """The external ids of all lines: one call, when first needed."""
        ids = [int(line["id"]) for lines in self.lines.values() for line in lines]
        return frozenset(external_ids(self._odoo, VENDOR, ids).values())


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
        self._special = tuple(
            name for name in _SPECIAL if name in self._info.fields and name not in self.mapping.fields
        )

    def read(self, templates: Sequence[int]) -> Held:
        """Return the vendor lines of `templates`: one call, none without rules."""
        if not self.mapping.fields:
            return Held(self._scope.odoo, {})
        found: dict[int, list[Mapping[str, Any]]] = {}
        fields = tuple(dict.fromkeys((_TEMPLATE, PARTNER, *self._special, *self.mapping.fields)))
        for row in find(self._scope.odoo, VENDOR, _TEMPLATE, templates, fields):
            found.setdefault(row[_TEMPLATE], []).append(row)
        return Held(self._scope.odoo, found)

    def plan(self, key: str, known: Facts, template: int | None, held: Held) -> VendorPlan | None:
        """Return what to write; None when nothing differs, the event names no vendor, or none may be made.

        Raises:
            PermanentError: a value does not fit, or several lines of the product are the partner's.
        """
        if not self.mapping.fields:
            return None
        values = self._inserting.values(known, self._scope.relations)
        partner = values.get(PARTNER)
        if not partner:
            return None
        there = held.lines.get(template or 0, ())
        theirs = [line for line in there if line[PARTNER] == partner]
        lines = [line for line in theirs if not any(line[name] for name in self._special)]
        if len(lines) > 1:
            raise PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"template {template} has {len(lines)} vendor lines of partner {partner} in Odoo "
                f"({', '.join(str(line['id']) for line in lines)}); leave one of them",
            )
        if lines:
            wanted = self._updating.values(known, self._scope.relations)
            changes = difference(lines[0], self._updating.for_update(wanted, lines[0]))
            return VendorPlan(lines[0]["id"], changes) if changes else None
        # Where purchasing has made the partner's line special, or given it to another, it knows better.
        if theirs or not self._inserting.may_create:
            return None
        if there and self._external_id(key, partner) in held.names:
            return None
        return VendorPlan(None, self._inserting.for_insert(values))

    def _external_id(self, key: str, partner: int) -> str:
        return self._scope.external_id("vendor", f"{key}.{partner}")

    def write(self, plans: Mapping[str, tuple[int, VendorPlan]]) -> dict[str, PermanentError]:
        """Write what is planned, by key with its template, and return the refused ones: two calls at most.

        A line that is new to us may be one that purchasing has moved to another product, where `read` does
        not see it: it is left there, though the result says updated.

        Raises: as `records.create_once` and `change_each`.
        """
        of_line = {plan.line: (key, plan) for key, (_, plan) in plans.items() if plan.line}
        refused = change_each(
            self._scope.odoo, VENDOR, {line: plan.values for line, (_, plan) in of_line.items()}
        )
        new = {key: one for key, one in plans.items() if one[1].line is None}
        rows = []
        for key, (template, plan) in new.items():
            values = {_TEMPLATE: template} | sendable(plan.values, self._info)
            own = self._external_id(key, plan.values[PARTNER])
            rows.append({"id": own} | load_cells(values, self._info))
        outcome = create_once(self._scope.odoo, VENDOR, rows)
        return {of_line[line][0]: error for line, error in refused.items()} | {
            key: one for key, one in zip(new, outcome, strict=True) if isinstance(one, PermanentError)
        }
