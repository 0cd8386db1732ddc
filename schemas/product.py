"""Data of `pdm.product.state_changed.v1`: the full state of one item."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.item import Attributes, ItemData, ShortText, Text


class Authority(StrEnum):
    """How much an event may say about an item.

    A *root* event is the item's own transition. A *sighting* saw the item as a component of
    another: it may create a missing stub but never overwrites what a root event wrote.
    """

    ROOT = "root"
    SIGHTING = "sighting"


class Product(ItemData):
    """One item, complete: whatever is absent here is empty in the vault."""

    authority: Authority = Authority.ROOT
    name: Text = ""
    unit: ShortText | None = None
    weight: Annotated[Decimal, Field(ge=0, max_digits=18, allow_inf_nan=False)] | None = None
    """Mass in kilograms."""
    has_components: bool = False
    """True when the item has a bill of materials in the vault: it is made, not purchased."""
    state: ShortText | None = None
    """The item's own state; differs from the transition's for an unreleased component."""
    attributes: Attributes = Field(default_factory=dict)

    @property
    def rank(self) -> int:
        """Return 1 for a root event and 0 for a sighting: a root always supersedes a sighting."""
        return int(self.authority is Authority.ROOT)
