"""Who may have which barcode: Odoo takes each once among the products and packagings of a company. Pure.

A newcomer would get wrong that a barcode which Odoo holds need not be taken: its product may be giving it
up in this very batch, for another one or in exchange. Odoo looks after each record it writes, so such a
barcode has to be emptied first. And what an item of the PDM has, an event that is still on its way may free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from consumers.errors import PermanentError, TransientError
from schemas.dead_letter import Reason

Refusal = PermanentError | TransientError
"""Lasting where no event can free the barcode, else for now."""


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
    key: str = ""
    """Of the item that it is in the PDM; empty where the product is Odoo's own."""
    archived: bool = False


def contested(
    claims: Sequence[Claim], holders: Sequence[Holder]
) -> tuple[dict[str, Refusal], dict[str, dict[int, str]]]:
    """Return the refusals by key, and by key the variants whose barcode has to be emptied first.

    Those with the key of the claim that gives the barcode up.
    """
    refused: dict[str, Refusal] = {}
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
) -> Iterator[tuple[str, Refusal]]:
    first: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.barcode:
            continue
        has = [one for one in holders if _meet(claim, one) and (one.packaging or one.variant not in leaving)]
        earlier = [one for one in first.get(claim.barcode, ()) if _together(claim.company, one.company)]
        if has:
            yield claim.key, _held(claim, has[0])
        elif earlier:
            yield claim.key, _owned(claim, earlier[0].key)
        else:
            first.setdefault(claim.barcode, []).append(claim)


def _held(claim: Claim, holder: Holder) -> Refusal:
    # People do not find what is archived in Odoo's lists; and no event will come for what is obsolete.
    if holder.key and not (holder.packaging or holder.archived):
        return _owned(claim, holder.key)
    what = f"{'a packaging of ' * holder.packaging}{'archived ' * holder.archived}product"
    # As Odoo's own refusal: what an administrator has to do is the same.
    return PermanentError(
        Reason.REFUSED_BY_ODOO,
        f"{_which(claim)} is that of {what} {holder.name!r} (template {holder.template}), and Odoo takes a "
        f"barcode once{', in its archive too' if holder.archived else ''}; correct one of the two",
    )


def _owned(claim: Claim, key: str) -> Refusal:
    # Whether the other item gives it up in this batch, the next one or never is not for us to tell.
    return TransientError(
        Reason.REFUSED_BY_ODOO,
        f"{_which(claim)} is that of the item with key {key!r} too, and Odoo takes a barcode once; waits for "
        "an event that changes it there: correct one of the two in the PDM",
    )


def _which(claim: Claim) -> str:
    return f"{claim.field}: barcode {claim.barcode!r}"


def _meet(claim: Claim, holder: Holder) -> bool:
    """Return whether Odoo would find that the two have one barcode."""
    same = claim.barcode == holder.barcode and _together(claim.company, holder.company)
    return same and (holder.packaging or not claim.is_of(holder))


def _together(one: int, other: int) -> bool:
    return not one or not other or one == other
