"""The components of one BOM event: which are there, which may be used, and what people should know. Pure.

A newcomer would get wrong that a component that is missing is waited for and never left out: a BOM without
it would be built and bought wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from consumers.errors import PermanentError, TransientError
from consumers.mapping.bom_lines import LineTerms, variant
from consumers.mapping.listing import IN_NOTE, listed
from consumers.mapping.units import unit_of
from consumers.odoo.boms import Versions
from consumers.odoo.companies import Tree
from consumers.odoo.components import Component
from schemas.bom import BomLine
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.item import Item
from schemas.keys import title
from schemas.profile import Unreleased

Variants = Mapping[str, Sequence[Component]]
"""Variants by the key of their product."""


def parts(event: Event, held: Versions, variants: Variants, terms: LineTerms) -> dict[int, Component]:
    """Return the component of each line by its position; for one that is missing, what a stub would be.

    A line of `held` keeps the variant it has, of several too: a person chose it.

    Raises:
        PermanentError: a component has several variants, or Odoo does not know the unit of one to come.
    """

    def part(line: BomLine) -> Component:
        key = event.component_key(line)
        if there := held.component(key, line.position):
            return there
        return variant(line.number, found) if (found := variants.get(key)) else _to_come(line, terms)

    return {line.position: part(line) for line in event.data.lines}


def _to_come(line: BomLine, terms: LineTerms) -> Component:
    unit = unit_of(line, terms.unit, terms.units) if line.unit else 0
    return Component(product=0, template=0, unit=unit)


def wait_for_missing(event: Event, variants: Variants, *, parent: bool) -> None:
    """Raise TransientError when a component, or the `parent` where it is needed, is not in Odoo yet.

    All of them are named, the parent first.
    """
    needed: list[tuple[Item | BomLine, str]] = [
        (line, event.component_key(line)) for line in event.data.lines
    ]
    if parent:
        needed.insert(0, (event.data.item, event.item_key))
    missing = [repr(title(named, event.key_parts)) for named, key in needed if key not in variants]
    if missing:
        raise TransientError(Reason.MISSING_PRODUCT, f"not in Odoo yet: {listed(missing)}")


def unreleased(
    event: Event, policy: Unreleased, released: Callable[[str], bool], components: Mapping[int, Component]
) -> str:
    """Return a note on the components that were not released with their parent, as their states say.

    Raises:
        TransientError: the policy is to wait, and no event of the component itself was applied since.
        PermanentError: the policy is to reject.
    """
    lines = [line for line in event.data.lines if line.state and not released(line.state)]
    if policy is Unreleased.WAIT:
        lines = [line for line in lines if not components[line.position].released]
    if not lines:
        return ""
    named = [f"{line.number!r} ({line.state})" for line in lines]
    if policy is Unreleased.ACCEPT:
        return f"not released: {listed(named, IN_NOTE)}"
    text = f"components are not released: {listed(named)}; release them in the vault"
    if policy is Unreleased.WAIT:
        raise TransientError(Reason.UNRELEASED_COMPONENT, text)
    raise PermanentError(Reason.UNRELEASED_COMPONENT, text)


def archived(event: Event, components: Mapping[int, Component]) -> str:
    """Return a note on the components that are archived in Odoo."""
    named = [repr(line.number) for line in event.data.lines if not components[line.position].active]
    return f"archived in Odoo: {listed(named, IN_NOTE)}" if named else ""


def same_company(company: int, products: Iterable[tuple[str, Component]], tree: Tree) -> None:
    """Raise PermanentError when one of `products`, by number, is of another company than the BOM.

    0 is no company: a BOM of all companies takes only products of all companies.
    """
    for number, product in products:
        if product.company and not tree.within(company, product.company):
            raise PermanentError(
                Reason.COMPANY_MISMATCH,
                f"{number!r} is of the company {tree.name(product.company)!r} in Odoo, the BOM of "
                f"{tree.name(company)!r}; empty the company of the product, or mend [company] in the profile",
            )
