"""Replies that are not Odoo's, by their HTTP status: a proxy, another program, or no such address.

A newcomer would get wrong that a status concerns every message and hardly ever this one: so most hold.
"""

from __future__ import annotations

from consumers.errors import (
    AmbiguousError,
    MisconfiguredError,
    PermanentError,
    TransientError,
    UnavailableError,
)
from schemas.dead_letter import Reason

Fault = PermanentError | TransientError | UnavailableError

OF_THE_WAY = frozenset({429, 502, 503, 504})
"""Said of the way to Odoo, whatever the body says."""
BARRED = frozenset({401, 403, 404, 405})
"""Said of one address: it is not there, or somebody does not let us through to it."""
_BEFORE_ODOO = frozenset({301, 302, 307, 308, 400, 401, 403, 407, 415})
"""Redirects and refusals that concern every request. Odoo itself says 400 of what is no JSON, never sent."""


def from_status(status: int, content_type: str = "", retry_after: float = 0.0) -> Fault:
    """Return the error for a reply that names no fault: something before Odoo answered, or half of it."""
    seen = f"HTTP {status} {content_type}".strip()
    if status == 413:
        return PermanentError(
            Reason.TOO_LARGE, f"{seen}: a proxy refuses the request as too large; raise its body limit"
        )
    if status == 504:
        # The proxy gave up waiting; Odoo goes on and commits.
        return AmbiguousError(f"{seen}: the proxy lost patience")
    if status == 429:
        return UnavailableError(
            f"{seen}: too many calls; lower ODOO_CALLS_PER_SECOND, ODOO_PARALLEL_CALLS",
            retry_after=retry_after,
            status=status,
        )
    if status in _BEFORE_ODOO:
        return MisconfiguredError(
            f"{seen}: refused before Odoo; check ODOO_URL, ODOO_PROTOCOL, ODOO_PROXY and the proxy",
            status=status,
        )
    return UnavailableError(
        f"{seen} instead of an answer of Odoo's: is this Odoo's address, is ODOO_DB there, does it take "
        "ODOO_PROTOCOL, and is it up?",
        retry_after=retry_after,
        status=status,
    )
