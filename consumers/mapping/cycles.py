"""Which products are made of which, and the way from one up to what it must not be part of. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from consumers.errors import PermanentError, TransientError
from schemas.dead_letter import MAX_MESSAGE, Reason, cut

_REMEDY = "; a structure cannot contain itself: mend it in the vault, or the BOM that only Odoo has"


@dataclass(frozen=True)
class Structure:
    """What one event would make a BOM of; products are named by their template."""

    parent: int
    parts: frozenset[int]
    added: frozenset[int]
    """Those of `parts` that come to the BOM: without any it can close no cycle."""
    names: Mapping[int, str]


@dataclass
class Uses:
    """Component → what it is used in."""

    above: dict[int, set[int]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    passing: set[tuple[int, int]] = field(default_factory=set)
    """Links from a component up that a BOM of the vault's has in Odoo, and that nothing here says."""

    @classmethod
    def of(cls, structures: Iterable[Structure]) -> Uses:
        """Return what `structures` say."""
        found = cls()
        for one in structures:
            found.names |= one.names
            for part in one.parts:
                found.add(part, one.parent)
        return found

    def add(self, part: int, parent: int) -> None:
        """Note that `parent` is made of `part`."""
        self.above.setdefault(part, set()).add(parent)

    def closure(self, starts: Iterable[int]) -> set[int]:
        """Return `starts` and all they are used in, at any level."""
        found, waiting = set[int](), list(starts)
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.above.get(one, ())
        return found

    def refusal(self, structure: Structure) -> PermanentError | TransientError | None:
        """Return why `structure` would contain itself by what it adds; None when it does not.

        Where a link is the vault's and only Odoo says it, the event that unties it may come later.
        """
        way = self._way_up(structure.parent, structure.added)
        if not way:
            return None
        names = [self.names.get(one) or f"product {one}" for one in (structure.parent, *reversed(way))]
        refusal = cycle(names)
        if any(link in self.passing for link in pairwise(way)):
            return TransientError(refusal.reason, str(refusal))
        return refusal

    def _way_up(self, start: int, ends: Collection[int]) -> list[int]:
        """Return the shortest way from `start` up to one of `ends`, both included; empty if none."""
        if not ends:
            return []
        before: dict[int, int | None] = {start: None}
        waiting = deque([start])
        while waiting:
            one: int | None = waiting.popleft()
            if one in ends:
                way = []
                while one is not None:
                    way.append(one)
                    one = before[one]
                return way[::-1]
            for parent in sorted(self.above.get(one or 0, ())):
                if parent not in before:
                    before[parent] = one
                    waiting.append(parent)
        return []


def cycle(names: Iterable[str]) -> PermanentError:
    """Return the refusal of a structure that contains itself on the way of these `names`."""
    path = cut(" → ".join(names), MAX_MESSAGE - len(_REMEDY.encode()))
    return PermanentError(Reason.CYCLE, path + _REMEDY)
