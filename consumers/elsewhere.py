"""Products that only another company than the event's sees: found by their key, and refused by name.

A newcomer would get wrong that such a product looks like none. Where it is taken for new, Odoo refuses what
another company has in words that name neither; where it is waited for, it never comes.
Calls: none where events are not for companies; 1 for what their company does not see, 1 where it is there.
"""

from __future__ import annotations

from collections.abc import Mapping

from consumers.companies import Scope
from consumers.errors import PermanentError
from consumers.odoo import companies
from consumers.odoo.components import resolve
from schemas.dead_letter import Reason


def elsewhere(scope: Scope, items: Mapping[str, str]) -> dict[str, PermanentError]:
    """Return the refusals of those `items` that a company beside that of `scope` has, by key.

    `items` are keys that the company does not see, with what people call them.
    """
    if scope.everywhere is None or scope.company is None or not items:
        return {}
    theirs = {
        key: variants[0].company
        for key, variants in resolve(scope.everywhere, items).items()
        if variants[0].company not in {0, scope.company}
    }
    if not theirs:
        return {}
    tree = companies.read(scope.everywhere)
    return {
        key: PermanentError(
            Reason.COMPANY_MISMATCH,
            f"product {items[key]!r} is of the company {tree.name(company)!r} in Odoo, and the event is for "
            f"{tree.name(scope.company)!r}; give the product to that company in Odoo, or empty its company, "
            "or mend [company] in the profile",
        )
        for key, company in theirs.items()
    }
