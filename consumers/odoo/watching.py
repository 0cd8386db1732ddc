"""A connection that knows its Odoo: remembers the version, and tells the schema when Odoo contradicts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.errors import UnknownFieldError
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema


class Watched:
    """An `Odoo` whose version costs no call, and whose "Invalid field" makes the schema outdated."""

    def __init__(self, odoo: Odoo, schema: Schema) -> None:
        """Call through `odoo`, which `schema` reads from too."""
        self._odoo = odoo
        self._schema = schema

    def version(self) -> str:
        """Return Odoo's version as the schema remembers it; see `client.Odoo`."""
        return self._schema.version

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Return what `model.method` returns; see `client.Odoo`."""
        try:
            return self._odoo.call(model, method, ids=ids, context=context, **arguments)
        except UnknownFieldError:
            # The worker holds the batch and applies it again: by then the fields are read anew, but for a
            # flood of such batches only once a minute.
            self._schema.outdated()
            raise
