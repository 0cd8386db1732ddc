"""The product consumer: one item → one `product.template`, with its variant, vendor and translations.

An item whose number one of several variants has is that `product.product`, and nothing of its template.

A newcomer would get wrong which call is safe: a product is created only by `load()` with our
external id, because a search followed by a create doubles it as soon as two do it at once.
Calls per batch under the default profile: 1 when nothing differs, 2 when something changed, 4 when
something is new, the last to see that no other event created it meanwhile. Where items are variants, 1
more to find them, and 1 more when one of them changed; 2 more when a product comes out of the archive, for
that is written apart and its BOMs are looked at first (`brought_back.py`), and 8 at most when one goes there
that was in use (`still_used.py`); 1 more where barcodes change, and up to 3 where one passes from product to
product (`passed_on.py`). A product that Odoo refuses costs 1 to 2 more when it is new, 2 to 11 when it is
there (`change_each`).
"""

from __future__ import annotations

from collections.abc import Sequence

from consumers import brought_back, still_used
from consumers.companies import Companies, Scope
from consumers.errors import PermanentError
from consumers.facets.all import Facets
from consumers.facets.variants import Made
from consumers.fitted import Fit, Fitted
from consumers.mapping.product import ACTIVE
from consumers.mapping.values import load_cells, sendable
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import SEQUENCE
from consumers.odoo.pace import Pace
from consumers.odoo.records import create_once
from consumers.odoo.schema import Schema
from consumers.passed_on import pass_on
from consumers.product_planner import ProductPlan, ProductPlanner
from consumers.product_rules import ProductRules
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
            still_used.tell(plans, scope.odoo)
            brought_back.keep_archived(plans, scope.odoo, rules.fit.infos, self._profile)
            return settled | _written(plans, scope, rules, self._pace)

        verdicts |= self._companies.apply(due, work)
        return [verdicts[event.key] for event in events]


def _written(
    plans: Sequence[ProductPlan], scope: Scope, rules: ProductRules, pace: Pace
) -> dict[str, Verdict]:
    """Write `plans`: templates, then what belongs to them. What a crash leaves out the next try completes."""
    verdicts: dict[str, Verdict] = {plan.event.key: plan.verdict for plan in plans}
    verdicts |= (parted := pass_on(plans, scope.odoo))
    plans = [plan for plan in plans if plan.event.key not in parted]
    there = [plan for plan in plans if plan.held]
    refused = _changed(there, scope.odoo)
    brought_back.settle([plan for plan in there if plan.event.key not in refused], scope.odoo)
    verdicts |= refused
    templates = {
        plan.event.key: int(plan.held["id"])
        for plan in there
        if plan.held and plan.model == PRODUCT and plan.event.key not in refused
    }
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
            templates[plan.event.key]: Made(
                plan.event.key, plan.facts, "" if plan.facets.fence else plan.event.sequence
            )
            for plan in whole
            if plan.held is None and plan.is_root
        },
    )


def _changed(plans: Sequence[ProductPlan], odoo: Odoo) -> dict[str, PermanentError]:
    """Write what differs to products and variants that are there; return the refusals by key."""
    refused: dict[str, PermanentError] = {}
    # Odoo brings the variant back only of a template that it sees without any: a context that shows it
    # archived records would leave the template active and its variant, which BOMs and orders need, not.
    shown = {"active_test": True}
    for model, back, context in ((PRODUCT, False, None), (PRODUCT, True, shown), (VARIANT, False, None)):
        due = {
            int(plan.held["id"]): plan
            for plan in plans
            if plan.held and plan.model == model and back is _comes_back(plan)
        }
        changes = {record: plan.values for record, plan in due.items()}
        names = {record: [plan.event.subject] for record, plan in due.items()}
        found = change_each(odoo, model, changes, context, names)
        refused |= {due[record].event.key: error for record, error in found.items()}
    return refused


def _comes_back(plan: ProductPlan) -> bool:
    return plan.model == PRODUCT and bool(plan.values.get(ACTIVE))


def _rows(plans: Sequence[ProductPlan], fit: Fit) -> list[dict[str, str]]:
    """Return the `load()` rows of new products.

    Where variants have rules of their own, or texts follow, the fence is left open: it is closed with them.
    """
    info = fit.infos[PRODUCT]
    open_ = {SEQUENCE: ""}
    rows = []
    for plan in plans:
        later = open_ if fit.has(VARIANT) or plan.facets.fence else {}
        cells = load_cells(sendable(plan.values, info) | later, info)
        rows.append({"id": external_id("product", plan.event.key)} | cells)
    return rows
