"""The vault's unit names → Odoo's units. An unknown unit is refused, never taken for Units."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from consumers.errors import PermanentError
from consumers.odoo.units import Units
from schemas.dead_letter import Reason


def translated(name: str, aliases: Mapping[str, str]) -> str:
    """Return Odoo's name of the unit that the vault calls `name`."""
    folded = {alias.casefold(): target for alias, target in aliases.items()}
    return folded.get(name.casefold(), name)


def unit_id(name: str, aliases: Mapping[str, str], units: Units) -> int:
    """Return the id of the Odoo unit that the vault calls `name`, upper and lower case alike.

    `aliases` (setting PDM_ODOO_UNITS) come first; a name without alias is taken as it is.

    Raises:
        PermanentError: Odoo has no active unit of that name.
    """
    target = translated(name, aliases)
    found = units.ids.get(target.casefold())
    if found is None:
        near = get_close_matches(target.casefold(), units.ids, n=3)
        hint = f" (near: {', '.join(units.names[units.ids[match]] for match in near)})" if near else ""
        raise PermanentError(
            Reason.UNKNOWN_UNIT,
            f"Odoo has no active unit {target!r}{hint}; create it, or map {name!r} in PDM_ODOO_UNITS",
        )
    return found
