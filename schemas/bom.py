"""Data of `pdm.bom.state_changed.v1`: the whole structure of one assembly, one level deep."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.item import Attributes, Data, ItemData, Number, ShortText

MAX_LINES = 5000


class BomLine(Data):
    """One component of an assembly. `position` orders the lines and is unique within the BOM."""

    position: Annotated[int, Field(ge=1, le=1_000_000)]
    number: Number
    quantity: Annotated[Decimal, Field(gt=0, max_digits=24, allow_inf_nan=False)]
    unit: ShortText | None = None
    """Unit of `quantity`; absent means the component's own unit in Odoo."""
    revision: ShortText = ""
    configuration: ShortText = ""
    vault_object_id: ShortText | None = None
    state: ShortText | None = None
    attributes: Attributes = Field(default_factory=dict)


class Bom(ItemData):
    """The components of `item`. A component that is absent here is not in the assembly any more."""

    lines: Annotated[tuple[BomLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    attributes: Attributes = Field(default_factory=dict)
    """Of `item`; each line has those of its component."""

    @model_validator(mode="after")
    def _positions_are_unique(self) -> Self:
        seen: set[int] = set()
        for line in self.lines:
            if line.position in seen:
                raise ValueError(f"position {line.position} occurs twice")
            seen.add(line.position)
        return self
