"""The product consumer: one item → one `product.template`, with its variant, vendor and translations.

A newcomer would get wrong which call is safe: a product is created only by `load()` with our
external id, because a search followed by a create doubles it as soon as two do it at once.
Calls per batch under the default profile: 1 when nothing differs, 2 when something changed, 3 when
something is new; 1 more where barcodes change. A product that Odoo refuses costs 1 to 2 more when it is new,
2 to 11 when it is there (`change_each`).
"""

from __future__ import annotations

from collections.abc import Sequence

from consumers.companies import Companies, Scope
from consumers.errors import PermanentError
from consumers.facets.all import Facets
from consumers.facets.variants import Made
from consumers.fitted import Fit, Fitted
from consumers.foreseen import BARCODE
from consumers.mapping.values import load_cells, sendable
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import SEQUENCE
from consumers.odoo.pace import Pace
from consumers.odoo.records import change, create_once
from consumers.odoo.schema import Schema
from consumers.product_planner import ProductPlan, ProductPlanner, ProductRules
from consumers.results import Verdict
from consumers.states import screen
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT, VENDOR
from schemas.keys import external_id
from schemas.profile import Profile


class ProductHandler:
    """Bring product events into Odoo."""

    def __init__(self, odoo: Odoo, schema: Schema, profile: Profile) -> None:
        self._profile = profile
        self._fitted = Fitted(profile, schema, (PRODUCT, VARIANT, VENDOR))
        self._companies = Companies(odoo, profile)
        self._pace = Pace()

    def prepare(self) -> None:
        """Ask Odoo whether products can be worked with, and whether the profile fits."""
        self._fitted.prepare()

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        rules = ProductRules.of(self._profile, self._fitted.current())
        due, verdicts = screen(events, self._profile)

        def work(scope: Scope, group: Sequence[Event]) -> dict[str, Verdict]:
            plans, settled = ProductPlanner(scope, rules).plan(group)
            return settled | _written(plans, scope, rules, self._pace)

        verdicts |= self._companies.apply(due, work)
        return [verdicts[event.key] for event in events]


def _written(
    plans: Sequence[ProductPlan], scope: Scope, rules: ProductRules, pace: Pace
) -> dict[str, Verdict]:
    """Write `plans`: templates, then what belongs to them. What a crash leaves out the next try completes."""
    # Without it no two products could exchange their barcodes: Odoo looks after each record.
    change(scope.odoo, VARIANT, {one: {BARCODE: False} for plan in plans for one in plan.emptied})
    there = {int(plan.held["id"]): plan for plan in plans if plan.held}
    refused = change_each(
        scope.odoo,
        PRODUCT,
        {template: plan.values for template, plan in there.items()},
        names={template: [plan.event.subject] for template, plan in there.items()},
    )
    verdicts: dict[str, Verdict] = {plan.event.key: plan.verdict for plan in plans}
    verdicts |= {there[template].event.key: error for template, error in refused.items()}
    templates = {plan.event.key: template for template, plan in there.items() if template not in refused}
    new = [plan for plan in plans if plan.held is None]
    outcome = create_once(scope.odoo, PRODUCT, _rows(new, rules.fit), pace=pace)
    for plan, one in zip(new, outcome, strict=True):
        if isinstance(one, PermanentError):
            verdicts[plan.event.key] = one
        else:
            templates[plan.event.key] = one
    whole = [plan for plan in plans if plan.event.key in templates]
    return verdicts | Facets(scope, rules.fit).write(
        {plan.event.key: (templates[plan.event.key], plan.facets) for plan in whole if plan.facets},
        {
            templates[plan.event.key]: Made(plan.event.key, plan.facts, plan.event.sequence)
            for plan in whole
            if plan.held is None and plan.is_root
        },
    )


def _rows(plans: Sequence[ProductPlan], fit: Fit) -> list[dict[str, str]]:
    """Return the `load()` rows of new products.

    Where variants have rules of their own the fence is left open: it is closed with them.
    """
    info = fit.infos[PRODUCT]
    later = {SEQUENCE: ""} if fit.has(VARIANT) else {}
    return [
        {"id": external_id("product", plan.event.key)} | load_cells(sendable(plan.values, info) | later, info)
        for plan in plans
    ]
