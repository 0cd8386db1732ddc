"""The vault's unit names → Odoo's units. An unknown unit is refused, never taken for Units."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from consumers.errors import PermanentError
from consumers.odoo.units import Units
from schemas.dead_letter import Reason


def unit_id(name: str, translated: Callable[[str], str], units: Units) -> int:
    """Return the id of the Odoo unit that the vault calls `name`, upper and lower case alike.

    `translated` gives Odoo's name of it (`Profile.unit`).

    Raises:
        PermanentError: Odoo has no active unit of that name.
    """
    target = translated(name)
    found = units.ids.get(target.casefold())
    if found is None:
        near = get_close_matches(target.casefold(), units.ids, n=3)
        hint = f" (near: {', '.join(units.names[units.ids[match]] for match in near)})" if near else ""
        raise PermanentError(
            Reason.UNKNOWN_UNIT,
            f"Odoo has no active unit {target!r}{hint}; create it, or map {name!r} in [units] of the profile",
        )
    return found
