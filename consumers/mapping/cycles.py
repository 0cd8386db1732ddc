"""Which products are made of which, and the way from one up to what it must not be part of. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from consumers.errors import PermanentError
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

    def refusal(self, structure: Structure) -> PermanentError | None:
        """Return why `structure` would contain itself by what it adds; None when it does not."""
        way = self._way_up(structure.parent, structure.added)
        if not way:
            return None
        names = [self.names.get(one) or f"product {one}" for one in (structure.parent, *reversed(way))]
        return cycle(names)

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
