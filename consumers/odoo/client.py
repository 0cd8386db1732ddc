"""The one interface to Odoo. `connection.py` implements it; everything else calls it.

Arguments are named, as in Odoo's Python source, because JSON-2 knows no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Values = dict[str, Any]
"""Field values as Odoo's RPC takes or returns them: many2one as id, an empty text as False."""

QUIET: Mapping[str, Any] = {"tracking_disable": True}
"""No chatter entries: 38 % of the cost of a create (measured on Odoo 19)."""


class Odoo(Protocol):
    """A connection to one database as one user. Safe to share between threads."""

    def version(self) -> str:
        """Return Odoo's series as the server says it, e.g. "19.0" or "saas~18.4"; asks each time, no login.

        Raises:
            UnavailableError: Odoo does not answer.
        """

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Return what `model.method` returns: one request, one transaction in Odoo.

        `ids` are the records of a record method and None for a model method. `context` is merged
        over the connection's own (language, time zone, companies, archived records visible, no tracking).

        Raises:
            PermanentError, TransientError, UnavailableError: as `odoo/errors.py` classifies the fault.
        """
