"""What Odoo should hold after a history: an independent model that knows nothing of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.integration.histories import RELEASED, Moment


@dataclass(frozen=True)
class Product:
    """A product as people see it."""

    number: str
    name: str
    weight: float
    revision: str
    active: bool


@dataclass(frozen=True)
class Bom:
    """A bill of materials: vault object and quantity of each line, in order."""

    lines: tuple[tuple[str, float], ...]
    code: str
    active: bool


def products(moments: Iterable[Moment]) -> dict[str, Product]:
    """Return by vault object what its last transition says, whatever came in which order."""
    return {
        one.vault_object: Product(
            one.number, one.name, float(one.weight), one.revision, one.state == RELEASED
        )
        for one in _last_of_each(moments)
    }


def boms(moments: Iterable[Moment]) -> dict[str, Bom]:
    """Return by vault object its last structure. One that lost all components says nothing of it."""
    return {
        one.vault_object: Bom(
            tuple((component, float(quantity)) for component, _, quantity in one.lines),
            one.revision,
            one.state == RELEASED,
        )
        for one in _last_of_each(moment for moment in moments if moment.lines)
    }


def _last_of_each(moments: Iterable[Moment]) -> Iterable[Moment]:
    return {one.vault_object: one for one in sorted(moments, key=lambda one: one.clock)}.values()
