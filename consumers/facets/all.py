"""All facets of products together: what they want to know, what they plan, what they write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.companies import Scope, Texts
from consumers.errors import PermanentError
from consumers.facets import languages, variants, vendors
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.odoo.client import Values


@dataclass(frozen=True)
class FacetPlan:
    """What to write of one product beside its template."""

    variants: Mapping[int, Values] = field(default_factory=dict)
    vendor: vendors.VendorPlan | None = None
    texts: languages.Texts = field(default_factory=dict)
    fence: str = ""
    """The sequence to write with the last of the texts; empty where the texts do not close it."""

    def __bool__(self) -> bool:
        return bool(self.variants or self.vendor or self.texts)


@dataclass(frozen=True)
class Looked:
    """What Odoo holds of the facets of some templates."""

    variants: variants.Held
    vendors: vendors.Held
    texts: languages.Held


class Facets:
    """Plans and writes the facets of one company's products."""

    def __init__(self, scope: Scope, fit: Fit) -> None:
        self._variants = variants.Variants(scope, fit)
        self._vendors = vendors.Vendors(scope, fit)
        self._languages = languages.Languages(scope, fit)
        self.created = self._variants.mapping.created | self._vendors.mapping.created
        """Where missing related records are to be created."""

    def __bool__(self) -> bool:
        """Return whether the profile has a rule for any facet."""
        return bool(self._variants.mapping.fields or self._vendors.mapping.fields or self._languages)

    def wanted(self, known: Facts) -> list[Texts]:
        """Return the related records that a plan will ask for; raises PermanentError as `plan`."""
        return [self._variants.mapping.wanted(known), self._vendors.mapping.wanted(known)]

    def read(self, templates: Sequence[int]) -> Looked:
        """Return what Odoo holds for `templates`."""
        return Looked(
            self._variants.read(templates), self._vendors.read(templates), self._languages.read(templates)
        )

    def plan(self, key: str, known: Facts, record: Mapping[str, Any] | None, held: Looked) -> FacetPlan:
        """Return what to write for the facts of the event of `key`, whose product is `record` or new.

        Raises:
            PermanentError: a value does not fit, or is not clear in Odoo.
        """
        template = int(record["id"]) if record else None
        return FacetPlan(
            self._variants.plan(known, record, held.variants),
            self._vendors.plan(key, known, template, held.vendors),
            self._languages.plan(known, record, held.texts),
        )

    def write(
        self, plans: Mapping[str, tuple[int, FacetPlan]], made: Mapping[int, variants.Made]
    ) -> dict[str, PermanentError]:
        """Write `plans`, by key with their template; `made` are the products that are new, by template.

        Returns:
            The refusals, by key.
        """
        refused = self._variants.write(
            {
                variant: (key, values)
                for key, (_, plan) in plans.items()
                for variant, values in plan.variants.items()
            }
            | self._variants.settle(made)
        )
        due = {key: one for key, one in plans.items() if key not in refused}
        refused |= self._vendors.write(
            {key: (template, plan.vendor) for key, (template, plan) in due.items() if plan.vendor}
        )
        texts = {template: (key, plan.texts) for key, (template, plan) in due.items() if plan.texts}
        untold = self._languages.write(
            {template: one for template, (_, one) in texts.items()},
            {template: plan.fence for template, plan in due.values() if plan.fence},
        )
        return refused | {texts[template][0]: error for template, error in untold.items()}
