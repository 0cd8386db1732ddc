"""The one variant of a product: rules for `product.product`, such as what only a variant has (its cost).

A newcomer would get wrong when the fence of a new product is written: with its variant, in one call, for
only then is the product whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.companies import Scope
from consumers.errors import PermanentError
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.product import is_stub
from consumers.mapping.values import difference
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Values
from consumers.odoo.own_fields import SEQUENCE
from consumers.odoo.records import find
from schemas.dead_letter import Reason
from schemas.facts import VARIANT

Held = Mapping[int, Sequence[Mapping[str, Any]]]
"""Template → its variants as read."""
_TEMPLATE = "product_tmpl_id"


@dataclass(frozen=True)
class Made:
    """A product that was just made."""

    key: str
    facts: Facts
    sequence: str
    """Its fence; empty where texts follow that close it."""


class Variants:
    """Plans and writes the fields of variants."""

    def __init__(self, scope: Scope, fit: Fit) -> None:
        self._scope = scope
        self.mapping = fit.mappings[VARIANT]
        self._inserting = self.mapping.inserting
        self._updating = self.mapping.updating

    def read(self, templates: Sequence[int]) -> Held:
        """Return the variants of `templates`: one call, none without rules."""
        if not self.mapping.fields:
            return {}
        found: dict[int, list[Mapping[str, Any]]] = {}
        fields = (_TEMPLATE, *self.mapping.fields)
        for row in find(self._scope.odoo, VARIANT, _TEMPLATE, templates, fields):
            found.setdefault(row[_TEMPLATE], []).append(row)
        return found

    def plan(self, known: Facts, record: Mapping[str, Any] | None, held: Held) -> dict[int, Values]:
        """Return variant → what differs; of a product that is new nothing, for `settle` has to look first.

        `record` is the template as read, or None.

        Raises:
            PermanentError: a value does not fit, or the product has several variants.
        """
        if not self.mapping.fields:
            return {}
        if record is None:
            self._inserting.values(known, self._scope.relations)  # refused now, not after the product is made
            return {}
        variants = held.get(record["id"], ())
        if len(variants) > 1:
            raise PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"template {record['id']} has {len(variants)} variants in Odoo, and the profile's rules for "
                f"{VARIANT} cannot tell which one is meant",
            )
        fresh = is_stub(record)
        mapping = self._inserting if fresh else self._updating
        writable = mapping.for_completion if fresh else mapping.for_update
        values = mapping.values(known, self._scope.relations)
        return {
            variant["id"]: changes
            for variant in variants
            if (changes := difference(variant, writable(values, variant)))
        }

    def settle(self, made: Mapping[int, Made]) -> dict[int, tuple[str, Values]]:
        """Return variant → key and what to write, for products that were just made, by template: one call."""
        if not self.mapping.fields or not made:
            return {}
        changes: dict[int, tuple[str, Values]] = {}
        for template, variants in self.read(list(made)).items():
            values = self._inserting.values(made[template].facts, self._scope.relations)
            for variant in variants:
                fence = {SEQUENCE: made[template].sequence} if made[template].sequence else {}
                changes[variant["id"]] = (made[template].key, difference(variant, values) | fence)
        return changes

    def write(self, changes: Mapping[int, tuple[str, Values]]) -> dict[str, PermanentError]:
        """Write `changes`, by variant with their key, and return the refusals by key: one call."""
        written = {variant: values for variant, (_, values) in changes.items()}
        refused = change_each(self._scope.odoo, VARIANT, written)
        return {changes[variant][0]: error for variant, error in refused.items()}
