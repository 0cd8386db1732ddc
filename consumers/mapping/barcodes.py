"""Who may have which barcode: Odoo takes each once among the products and packagings of a company. Pure.

A newcomer would get wrong that a barcode which Odoo holds need not be taken: its product may be giving it
up in this very batch, for another one or in exchange. Odoo looks after each record it writes, so such a
barcode has to be emptied first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from consumers.errors import PermanentError
from schemas.dead_letter import Reason


@dataclass(frozen=True)
class Claim:
    """An event that changes the barcode of its product."""

    key: str
    field: str
    """Model and field that its rule fills, for people."""
    barcode: str
    """Empty where the product gives its barcode up."""
    template: int | None
    """The product in Odoo; None when it is new."""
    company: int = 0
    """0: the product is shared by all."""
    variant: int | None = None
    """The one variant of `template` that the item is; None when it is the product as a whole."""

    def is_of(self, holder: Holder) -> bool:
        """Return whether the claim is made by what `holder` is, or a packaging of it."""
        if self.variant:
            return self.variant == holder.variant
        return self.template == holder.template


@dataclass(frozen=True)
class Holder:
    """What has a barcode in Odoo."""

    barcode: str
    variant: int
    template: int
    name: str
    company: int = 0
    packaging: bool = False
    """Whether it is the barcode of a packaging of the product, which no event changes."""


def contested(
    claims: Sequence[Claim], holders: Sequence[Holder]
) -> tuple[dict[str, PermanentError], dict[str, dict[int, str]]]:
    """Return the refusals by key, and by key the variants whose barcode has to be emptied first.

    Those with the key of the claim that gives the barcode up.
    """
    refused: dict[str, PermanentError] = {}
    while True:
        due = [claim for claim in claims if claim.key not in refused]
        # One that is refused gives nothing up: those that counted on it are looked at again.
        leaving = {one.variant: claim.key for one in holders for claim in due if claim.is_of(one)}
        found = dict(_refusals(due, holders, leaving))
        if not found:
            break
        refused |= found
    emptied = {
        claim.key: {
            one.variant: leaving[one.variant]
            for one in holders
            if one.variant in leaving and _meet(claim, one)
        }
        for claim in due
    }
    return refused, {key: variants for key, variants in emptied.items() if variants}


def _refusals(
    claims: Sequence[Claim], holders: Sequence[Holder], leaving: Collection[int]
) -> Iterator[tuple[str, PermanentError]]:
    first: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.barcode:
            continue
        has = [one for one in holders if _meet(claim, one) and (one.packaging or one.variant not in leaving)]
        earlier = [one for one in first.get(claim.barcode, ()) if _together(claim.company, one.company)]
        if has:
            what = "a packaging of product" if has[0].packaging else "product"
            yield claim.key, _taken(claim, f"is that of {what} {has[0].name!r} (template {has[0].template})")
        elif earlier:
            yield claim.key, _taken(claim, f"is claimed by the item with key {earlier[0].key!r} too")
        else:
            first.setdefault(claim.barcode, []).append(claim)


def _taken(claim: Claim, state: str) -> PermanentError:
    # As Odoo's own refusal: what an administrator has to do is the same.
    return PermanentError(
        Reason.REFUSED_BY_ODOO,
        f"{claim.field}: barcode {claim.barcode!r} {state}, and Odoo takes a barcode once; "
        "correct one of the two",
    )


def _meet(claim: Claim, holder: Holder) -> bool:
    """Return whether Odoo would find that the two have one barcode."""
    same = claim.barcode == holder.barcode and _together(claim.company, holder.company)
    return same and (holder.packaging or not claim.is_of(holder))


def _together(one: int, other: int) -> bool:
    return not one or not other or one == other
