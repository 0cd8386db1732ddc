"""Odoo's "Invalid field" of a field of ours, said as what to do: setup was not run on this database.

A newcomer would get wrong to ask for the fields first: that costs a call per model each time, and they are
missing once. Only after Odoo has refused is it asked which fields there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from consumers.errors import UnknownFieldError
from consumers.odoo.own_fields import own_fields
from consumers.odoo.schema import Schema


@contextmanager
def named_if_missing(schema: Schema) -> Iterator[None]:
    """Say of a field of ours that Odoo does not have in which model it is missing, and the remedy.

    Raises:
        MisconfiguredError: a field of ours is missing.
        UnknownFieldError: another field is.
    """
    try:
        yield
    except UnknownFieldError:
        for model in own_fields(schema.capabilities):
            schema.model(model)
        raise
