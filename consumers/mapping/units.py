"""The vault's unit names → Odoo's units. An unknown unit is refused, never taken for Units."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from consumers.errors import PermanentError
from consumers.odoo.units import Units
from schemas.dead_letter import Reason


def unit_id(name: str, translated: Callable[[str], str], units: Units) -> int:
    """Return the id of the Odoo unit that the vault calls `name`, upper and lower case alike.

    `translated` gives Odoo's name of it (`Profile.unit`). Exact spelling wins over another case.

    Raises:
        PermanentError: Odoo has no active unit of that name, or several.
    """
    target = translated(name)
    found = units.ids.get(target.casefold(), ())
    exact = [unit for unit in found if units.names[unit] == target] or list(found)
    if len(exact) == 1:
        return exact[0]
    if exact:
        named = ", ".join(f"{units.names[unit]} (id {unit})" for unit in exact)
        raise PermanentError(Reason.AMBIGUOUS_MATCH, f"{target!r} names several units in Odoo: {named}")
    near = get_close_matches(target.casefold(), units.ids, n=3)
    hint = f" (near: {', '.join(units.names[units.ids[match][0]] for match in near)})" if near else ""
    raise PermanentError(
        Reason.UNKNOWN_UNIT,
        f"Odoo has no active unit {target!r}{hint}; create it, or map {name!r} in [units] of the profile",
    )
