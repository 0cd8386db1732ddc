"""Units of measure: names to ids, and which units can be converted into each other.

Odoo 19 has no unit categories and accepts any unit on a BOM line: 2 kg of a part held in Units
becomes 2,000 Units. Two units are convertible only if they descend from the same reference unit; up to
Odoo 18, if they are of the same category.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo

UNIT = "uom.uom"
MAX_AGE_SECONDS = 600.0
MIN_AGE_SECONDS = 5.0
"""What is missing is looked for again, but not more often than this."""


@dataclass(frozen=True)
class Units:
    """All units of one database at one moment."""

    ids: Mapping[str, Sequence[int]]
    """Folded name → ids, of active units only."""
    names: Mapping[int, str]
    roots: Mapping[int, int]
    """Unit → the reference unit it descends from, or its category."""

    def include(self, names: Iterable[str], ids: Iterable[int]) -> bool:
        """Return whether all units of these folded `names` and of these `ids` are known."""
        return all(name in self.ids for name in names) and all(unit in self.roots for unit in ids)

    def convertible(self, one: int, other: int) -> bool:
        """Return whether a quantity in one unit has a meaning in the other."""
        return one == other or (one in self.roots and self.roots[one] == self.roots.get(other))


class UnitCache:
    """The database's units, read at most every ten minutes. Safe to share between threads."""

    def __init__(self, odoo: Odoo, clock: Callable[[], float] = time.monotonic) -> None:
        self._odoo = odoo
        self._clock = clock
        self._lock = threading.Lock()
        self._units: Units | None = None
        self._read_at = 0.0

    def get(self, names: Iterable[str] = (), ids: Iterable[int] = ()) -> Units:
        """Return the units; one call to Odoo when they are older than ten minutes.

        Or when a unit of `names` (folded) or `ids` is not among them: it may have been made since.
        """
        with self._lock:
            age = self._clock() - self._read_at
            if (
                self._units is None
                or age > MAX_AGE_SECONDS
                or (age > MIN_AGE_SECONDS and not self._units.include(names, ids))
            ):
                self._units = read(self._odoo)
                self._read_at = self._clock()
            return self._units

    def forget(self) -> None:
        """Read the units anew when they are asked for next: one of them was missing when it was used."""
        with self._lock:
            self._units = None


def read(odoo: Odoo) -> Units:
    """Read all units, archived ones too, for old lines may still use them: one call."""
    kinship = "category_id" if capabilities(odoo.version()).unit_categories else "relative_uom_id"
    rows = odoo.call(
        UNIT,
        "search_read",
        domain=[],
        fields=["name", kinship, "active"],
        order="id",
        load=None,
        # Names are matched in English whatever language the connection has.
        context={"lang": "en_US"},
    )
    kin = {row["id"]: row[kinship] for row in rows}
    ids: dict[str, list[int]] = {}
    for row in rows:
        if row["active"]:
            ids.setdefault(row["name"].casefold(), []).append(row["id"])
    return Units(
        ids=ids,
        names={row["id"]: row["name"] for row in rows},
        roots=kin if kinship == "category_id" else {unit: _root(unit, kin) for unit in kin},
    )


def _root(unit: int, parents: Mapping[int, int]) -> int:
    """Return the unit that `unit` descends from; where units descend from each other, any of them."""
    for _ in parents:
        if not (parent := parents.get(unit)):
            break
        unit = parent
    return unit
