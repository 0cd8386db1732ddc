"""Data of the lookup kinds: a request to read one lookup list from Odoo, and the note that it was read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.item import Data

ListName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A list's name is also its file name: nothing in it can leave the folder."""
Model = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=64)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class LookupRequest(Data):
    """Read `fields` of every row of `model` and keep them as the lookup list `name`."""

    name: ListName
    model: Model
    fields: Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=16)]

    @property
    def identity(self) -> tuple[str, ...]:
        """Return the parts of the key within the source."""
        return (self.name,)

    @property
    def rank(self) -> int:
        """Return 1: one request is as good as another."""
        return 1


class LookupRefreshed(Data):
    """The lookup list `name` was read; `sha256` tells whether it differs from the one before."""

    name: ListName
    model: Model
    rows: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    changed: bool

    @property
    def identity(self) -> tuple[str, ...]:
        """Return the parts of the key within the source."""
        return (self.name,)

    @property
    def rank(self) -> int:
        """Return 1: one note is as good as another."""
        return 1
