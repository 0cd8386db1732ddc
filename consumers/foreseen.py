"""What Odoo would refuse of planned products, found before anything is written.

A newcomer would get wrong why it matters: one row that Odoo refuses makes `load()` try all others one by
one, 45 ms each, and a refused write has to be taken apart. What is foreseen costs one read, and that only
where barcodes change; one more where such a product has barcodes of packagings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from consumers.companies import Scope
from consumers.errors import PermanentError
from consumers.mapping.barcodes import Claim, Holder, contested
from consumers.mapping.needed import check_changed, check_new
from consumers.mapping.product import ACTIVE
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import KEY, VARIANT_KEY
from consumers.odoo.records import find
from consumers.passed_on import BARCODE
from consumers.results import Verdict
from schemas.facts import PRODUCT, VARIANT

if TYPE_CHECKING:
    from consumers.product_planner import ProductPlan
    from consumers.product_rules import ProductRules

_TEMPLATE, _NUMBER, _COMPANY = "product_tmpl_id", "default_code", "company_id"
_PACKAGINGS = ("product_uom_ids", "packaging_ids")
"""What the packagings of a variant are called: the second one before Odoo 19."""
_AS_IT_IS: Mapping[str, bool] = {"skip_preprocess_gs1": True}
"""Odoo would take some barcodes for GS1 codes, and look for a part of them."""


def foreseen(
    plans: Sequence[ProductPlan], scope: Scope, rules: ProductRules
) -> tuple[list[ProductPlan], dict[str, Verdict]]:
    """Return the plans that Odoo can take, as far as one can tell, and the verdicts of the others by key."""
    refused: dict[str, Verdict] = {}
    for plan in plans:
        try:
            check = check_changed if plan.held else check_new
            check(plan.values, rules.fit.infos[plan.model])
        except PermanentError as error:
            refused[plan.event.key] = error
    due = [plan for plan in plans if plan.event.key not in refused]
    claims = [claim for plan in due if (claim := _claim(plan, scope, rules))]
    if not any(claim.barcode for claim in claims):
        return due, refused
    holders = _holders(claims, scope, rules.fit.infos[VARIANT])
    companies = {holder.template: holder.company for holder in holders}
    claims = [_in_company(claim, companies) for claim in claims]
    taken, emptied = contested(claims, holders)
    for plan in due:
        plan.emptied = emptied.get(plan.event.key, {})
    return [plan for plan in due if plan.event.key not in taken], refused | taken


def _claim(plan: ProductPlan, scope: Scope, rules: ProductRules) -> Claim | None:
    """Return the claim of a plan that changes the barcode of its product; None when it does not."""
    values, of_variant = plan.values, _of_variant(plan, scope, rules)
    if BARCODE in of_variant:
        field, barcode = f"{VARIANT}.{BARCODE}", of_variant[BARCODE]
    elif BARCODE in values:
        field, barcode = f"{PRODUCT}.{BARCODE}", values[BARCODE]
    else:
        return None
    template = int(plan.held.get(_TEMPLATE) or plan.held["id"]) if plan.held else None
    variant = int(plan.held["id"]) if plan.held and plan.model == VARIANT else None
    return Claim(plan.event.key, field, barcode or "", template, int(values.get(_COMPANY) or 0), variant)


def _of_variant(plan: ProductPlan, scope: Scope, rules: ProductRules) -> Values:
    """Return what the variant of the plan's product will get."""
    if plan.held:
        return {name: one for values in plan.facets.variants.values() for name, one in values.items()}
    rule = rules.fit.mappings[VARIANT].inserting.only(BARCODE)
    return rule.values(plan.facts, scope.relations) if plan.is_root else {}


def _holders(claims: Sequence[Claim], scope: Scope, info: ModelInfo) -> list[Holder]:
    """Return what has the claimed barcodes in Odoo, and the claiming products as they are there."""
    barcodes = sorted({claim.barcode for claim in claims if claim.barcode})
    templates = [claim.template for claim in claims if claim.template]
    domain: list[object] = [[BARCODE, "in", barcodes]]
    if templates:
        domain = ["|", *domain, [_TEMPLATE, "in", templates]]
    packagings = next((name for name in _PACKAGINGS if name in info.fields), "")
    if packagings:
        domain = ["|", [f"{packagings}.{BARCODE}", "in", barcodes], *domain]
    read = (BARCODE, _TEMPLATE, _NUMBER, _COMPANY, ACTIVE, KEY, VARIANT_KEY, packagings)
    rows = scope.odoo.call(
        VARIANT,
        "search_read",
        domain=domain,
        fields=[name for name in read if name in info.fields],
        order="id",
        load=None,
        context=_AS_IT_IS,
    )
    found = {row["id"]: _holder(row) for row in rows}
    packed = [row for row in rows if packagings and row[packagings]]
    model = info.fields[packagings].relation if packed else ""
    others = find(scope.odoo, model, BARCODE, barcodes, (BARCODE, _COMPANY, "product_id")) if model else []
    return [*found.values(), *(_packaging(other, found[other["product_id"]]) for other in others)]


def _holder(row: Values) -> Holder:
    name = str(row.get(_NUMBER) or row[_TEMPLATE])
    key = row.get(VARIANT_KEY) or row.get(KEY) or ""
    return Holder(
        barcode=row[BARCODE] or "",
        variant=row["id"],
        template=row[_TEMPLATE],
        name=name,
        company=row.get(_COMPANY) or 0,
        key=key,
        archived=not row.get(ACTIVE, True),
    )


def _packaging(row: Values, product: Holder) -> Holder:
    company = row[_COMPANY] or 0
    return Holder(row[BARCODE], product.variant, product.template, product.name, company, packaging=True)


def _in_company(claim: Claim, companies: Mapping[int, int]) -> Claim:
    """Return `claim` with the company that its product has in Odoo, where the event names none."""
    if claim.company or not claim.template:
        return claim
    return replace(claim, company=companies.get(claim.template, 0))
