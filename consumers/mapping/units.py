"""The vault's unit names → Odoo's units. An unknown unit is refused, never taken for Units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from consumers.errors import PermanentError
from consumers.odoo.units import Units
from schemas.bom import BomLine
from schemas.dead_letter import Reason, cut

_SHOWN = 100


def unit_of(line: BomLine, translated: Callable[[str], str], units: Units) -> int:
    """Return the id of the Odoo unit that `line` is counted in; raises as `unit_id`."""
    return unit_id(line.unit or "", translated, units, f"line {line.position}, unit of {line.number!r}")


def unit_id(name: str, translated: Callable[[str], str], units: Units, where: str) -> int:
    """Return the id of the Odoo unit that the vault calls `name`, upper and lower case alike.

    `translated` gives Odoo's name of it (`Profile.unit`). Exact spelling wins over another case. `where` is
    the field, for people.

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
        raise PermanentError(
            Reason.AMBIGUOUS_MATCH, f"{where}: {target!r} names several units in Odoo: {named}"
        )
    near = get_close_matches(target.casefold(), units.ids, n=3)
    raise unknown_unit(where, name, target, [units.names[units.ids[match][0]] for match in near])


def unknown_unit(where: str, name: str, target: str, near: Sequence[str], by: str = "name") -> PermanentError:
    """Return that Odoo has no unit with `target` in its field `by`, which the vault calls `name`."""
    what = "unit" if by == "name" else f"unit with {by}"
    alias = f" for {cut(name, _SHOWN)!r}" if name != target else ""
    hint = f" (near: {', '.join(near)})" if near else ""
    return PermanentError(
        Reason.UNKNOWN_UNIT,
        f"{where}: Odoo has no active {what} {cut(target, _SHOWN)!r}{alias}{hint}; "
        "map it in [units] of the profile, or create the unit in Odoo",
    )
