"""One company's view of the connection: every call is made for that company.

A newcomer would get wrong what an empty list of companies means to Odoo: all that the user may work for. It
is not the connection's own choice, which ODOO_COMPANY_IDS may have narrowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.odoo.client import Odoo

COMPANIES = "allowed_company_ids"
"""Context key; the first company is the one that new records and prices belong to (Odoo 13 and later)."""


class InCompany:
    """An `Odoo` whose calls are all made for one company, or for all of the user's where none is named."""

    def __init__(self, odoo: Odoo, *company: int) -> None:
        self._odoo = odoo
        self._context = {COMPANIES: list(company)}

    def version(self) -> str:
        """Return Odoo's version; see `client.Odoo`."""
        return self._odoo.version()

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
        return self._odoo.call(
            model, method, ids=ids, context={**self._context, **(context or {})}, **arguments
        )
