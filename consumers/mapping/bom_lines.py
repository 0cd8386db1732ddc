"""The lines of a BOM event → lines in Odoo's terms: by-products apart, scrap added, duplicates merged. Pure.

A newcomer would get wrong when to round: last. Three times 0.004 are 0.01, and each alone is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Protocol

from consumers.errors import PermanentError
from consumers.mapping.bom import WantedLine
from consumers.mapping.facts import line_facts
from consumers.mapping.references import Links
from consumers.mapping.rules import ModelMapping
from consumers.mapping.units import unit_of
from consumers.odoo.client import Values
from consumers.odoo.components import Component
from consumers.odoo.units import Units
from schemas.bom import Bom, BomLine
from schemas.dead_letter import Reason, cut
from schemas.decimals import decimal
from schemas.facts import LINE
from schemas.profile import BomPolicy, Duplicates

_EXACT = Context(prec=60)
"""Digits enough for any sum or product of quantities."""
_MOST = Decimal(1000)
"""Percent of scrap: more is a mistake."""


class Rounding(Protocol):
    """Rounds as Odoo does."""

    def __call__(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it."""


@dataclass(frozen=True)
class LineTerms:
    """What has to be known to put lines in Odoo's terms."""

    mapping: ModelMapping
    policy: BomPolicy
    unit: Callable[[str], str]
    """The vault's name of a unit → Odoo's."""
    unit_field: str
    units: Units
    rounded: Rounding
    links: Links


@dataclass(frozen=True)
class WantedLines:
    """The lines of one BOM."""

    components: tuple[WantedLine, ...]
    byproducts: tuple[WantedLine, ...]
    scrap: int = 0
    """How many of them have another quantity because of scrap."""


@dataclass(frozen=True)
class _Exact:
    """A line before its quantity is rounded."""

    line: BomLine
    component: Component
    unit: int
    quantity: Decimal
    bare: Decimal
    """The quantity without scrap."""
    mapped: Values

    def same(self, other: _Exact) -> bool:
        ours, theirs = (self.component.product, self.unit), (other.component.product, other.unit)
        return ours == theirs and self.mapped == other.mapped


def wanted_lines(bom: Bom, terms: LineTerms, components: Mapping[int, Component]) -> WantedLines:
    """Return the lines of `bom`; `components` are by position.

    Raises:
        PermanentError: a unit, a quantity, a scrap or a mapped value makes no sense.
    """
    byproduct = [is_byproduct(line, bom, terms.policy) for line in bom.lines]
    exact = [
        _exact(line, components[line.position], terms, mapped=not apart)
        for line, apart in zip(bom.lines, byproduct, strict=True)
    ]

    def kind(*, apart: bool) -> list[_Exact]:
        rows = [one for one, is_apart in zip(exact, byproduct, strict=True) if is_apart is apart]
        return _merged(rows) if terms.policy.duplicates is Duplicates.MERGE else rows

    within, apart = kind(apart=False), kind(apart=True)
    return WantedLines(
        tuple(_rounded(one, terms) for one in within),
        tuple(_rounded(one, terms) for one in apart),
        sum(_has_scrap(one, terms) for one in (*within, *apart)),
    )


def is_byproduct(line: BomLine, bom: Bom, policy: BomPolicy) -> bool:
    """Return whether the profile says of `line` that it is a by-product."""
    return any(one.holds(line.attributes, bom.attributes) for one in policy.byproducts)


def _exact(line: BomLine, component: Component, terms: LineTerms, *, mapped: bool) -> _Exact:
    unit = unit_of(line, terms.unit, terms.units) if line.unit else component.unit
    if not terms.units.convertible(unit, component.unit):
        names = terms.units.names
        raise PermanentError(
            Reason.UNIT_MISMATCH,
            f"line {line.position}: {line.number!r} is held in {names.get(component.unit)} in Odoo "
            f"and cannot be counted in {names.get(unit)}",
        )
    rules = terms.mapping if mapped and terms.mapping.fields else None
    values = rules.values(line_facts(line), terms.links) if rules else {}
    return _Exact(line, component, unit, _with_scrap(line, terms.policy.scrap), line.quantity, values)


def _with_scrap(line: BomLine, attribute: str | None) -> Decimal:
    """Return the quantity of `line`, and what is lost of it: the share of the quantity in percent."""
    text = line.attributes.get(attribute, "").strip() if attribute else ""
    if not text:
        return line.quantity
    try:
        percent = decimal(text.removesuffix("%"))
        if percent > _MOST:
            raise ValueError(f"more than {_MOST} %")
    except ValueError as error:
        raise PermanentError(
            Reason.INVALID_VALUE,
            f"line {line.position}: {attribute} {cut(text, 60)!r} of {line.number!r} is no scrap in percent "
            f"({error})",
        ) from error
    return _EXACT.multiply(line.quantity, _EXACT.add(1, percent.scaleb(-2, _EXACT)))


def _merged(rows: Iterable[_Exact]) -> list[_Exact]:
    """Return `rows` with those that differ in their quantity alone made one, at the place of the first."""
    found: dict[tuple[int, int], list[_Exact]] = {}
    for one in rows:
        alike = found.setdefault((one.component.product, one.unit), [])
        for place, other in enumerate(alike):
            if other.same(one):
                quantity, bare = _EXACT.add(other.quantity, one.quantity), _EXACT.add(other.bare, one.bare)
                alike[place] = replace(other, quantity=quantity, bare=bare)
                break
        else:
            alike.append(one)
    return sorted((one for alike in found.values() for one in alike), key=lambda one: one.line.position)


def _rounded(one: _Exact, terms: LineTerms) -> WantedLine:
    quantity = terms.rounded(LINE, "product_qty", one.quantity)
    if not quantity:
        raise PermanentError(
            Reason.QUANTITY_TOO_SMALL,
            f"line {one.line.position}: {one.quantity} of {one.line.number!r} rounds to zero; raise the "
            "digits of 'Product Unit' in Odoo or use a smaller unit",
        )
    product = one.component.product
    return WantedLine(one.line.position, product, quantity, one.unit, terms.unit_field, one.mapped)


def _has_scrap(one: _Exact, terms: LineTerms) -> bool:
    """Return whether scrap is in the quantity that Odoo will store: it may be rounded away."""
    if one.quantity == one.bare:
        return False
    rounded = (terms.rounded(LINE, "product_qty", quantity) for quantity in (one.quantity, one.bare))
    return next(rounded) != next(rounded)


def variant(number: str, variants: Sequence[Component]) -> Component:
    """Return the one of `variants` that `number` means.

    Raises:
        PermanentError: there are several.
    """
    if len(variants) > 1:
        raise PermanentError(
            Reason.AMBIGUOUS_MATCH,
            f"{number!r} has {len(variants)} variants in Odoo; the BOM cannot tell which",
        )
    return variants[0]
