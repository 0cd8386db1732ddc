"""Data of the lookup kinds: requests to read a lookup list or the fields of models, and what was read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.item import Data
from schemas.keys import KeyParts

ListName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A list's name is also its file name: nothing in it can leave the folder."""
Model = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=64)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class ListData(Data):
    """Base of the data that speak of one lookup list."""

    name: ListName
    model: Model

    @property
    def subject(self) -> str:
        """Return the name of the list."""
        return self.name

    @property
    def subkey(self) -> tuple[str, ...]:
        """Return nothing more."""
        return ()

    @property
    def rank(self) -> int:
        """Return 1: one event of a list is as good as another."""
        return 1

    def identity(self, parts: KeyParts) -> tuple[str, ...]:  # noqa: ARG002 - a list is its name, always
        """Return the parts of the key within the source."""
        return (self.name,)


class LookupRequest(ListData):
    """Read `fields` of every row of `model` and keep them as the lookup list `name`."""

    fields: Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=16)]


class LookupRefreshed(ListData):
    """The lookup list `name` was read; `sha256` tells whether it differs from the one before."""

    rows: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    changed: bool


class SchemaRefreshRequest(Data):
    """Read anew which fields Odoo's models have: somebody changed them.

    Of `models`, of all known ones when none is named. A model that the consumers do not work with is
    refused. However many requests come, a model is read anew once a minute at most.
    """

    models: Annotated[tuple[Model, ...], Field(max_length=64)] = ()

    @property
    def subject(self) -> str:
        """Return what is refreshed."""
        return "schema"

    @property
    def subkey(self) -> tuple[str, ...]:
        """Return what tells it from a lookup list of that name."""
        return ("fields",)

    @property
    def rank(self) -> int:
        """Return 1: one request is as good as another."""
        return 1

    def identity(self, parts: KeyParts) -> tuple[str, ...]:  # noqa: ARG002 - there is one schema
        """Return the parts of the key within the source."""
        return (self.subject,)
