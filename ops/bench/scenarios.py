"""What is measured: events that are new to Odoo, that change a record, or that change nothing.

A newcomer would get wrong that a scenario can be run once only. A *turn* makes each run another: what is
new gets numbers of its turn, what changes gets the version of its turn, and the limits those after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ops.bench.events import bom, later_version, product
from ops.bench.pipeline import Results
from schemas.event import Event
from schemas.kinds import Consumer

PIPELINE, LIMIT, LOOPS, NAIVE = "P", "L", "M", "V"
"""Who brings a record into Odoo: the first letter of its number. LIMIT is one bare loop, LOOPS several."""
LIMITS = (LIMIT, LOOPS)
BOM_LINES = (10, 50, 1000)


@dataclass(frozen=True)
class Target:
    """What is asked of a scenario; 0 is nothing."""

    over_naive: float = 0.0
    of_limit: float = 0.0


@dataclass(frozen=True)
class Mix:
    """How many of ten events are new, changed, and unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def counts(self, size: int) -> tuple[int, int, int]:
        """Return how many of `size` events are which."""
        new, changed = size * self.new // 10, size * self.changed // 10
        return new, changed, size - new - changed


@dataclass(frozen=True)
class Scenario:
    """One kind of load."""

    name: str
    mix: Mix
    size: int
    """Events through the pipeline."""
    few: int
    """Events through the naive consumer, which takes its time."""
    lines: int = 0
    """Lines of each BOM; 0 for products."""
    target: Target = Target()

    @property
    def consumer(self) -> Consumer:
        """Return whose events these are."""
        return Consumer.BOM if self.lines else Consumer.PRODUCT

    def version(self, turn: int) -> int:
        """Return the version that `turn` (from 1) writes; the limits write those after."""
        return (1 + len(LIMITS)) * turn

    def expected(self, size: int) -> Results:
        """Return how `size` events must end."""
        return dict(zip(("created", "updated", "unchanged"), self.mix.counts(size), strict=True))

    def events(self, who: str, turn: int, size: int) -> list[Event]:
        """Return `size` events for `who`, those of the three kinds shuffled, the same way each time."""
        new, changed, unchanged = self.mix.counts(size)
        found = [self._event(self._new(who, turn, index), index) for index in range(new)]
        version = self.version(turn)
        found += [self._event(self._number(who, "C", index), index, version) for index in range(changed)]
        found += [self._event(self._number(who, "U", index), index) for index in range(unchanged)]
        Random(turn).shuffle(found)  # noqa: S311 - no secret
        return found

    def standing(self, who: str, size: int) -> list[Event]:
        """Return the events of what must be in Odoo before the first turn."""
        _, changed, unchanged = self.mix.counts(size)
        return [
            self._event(self._number(who, kind, index), index)
            for kind, count in (("C", changed), ("U", unchanged))
            for index in range(count)
        ]

    def parents(self, who: str, turn: int, size: int) -> list[Event]:
        """Return the products whose BOMs are new in this turn; none for products."""
        new = self.mix.counts(size)[0] if self.lines else 0
        return [product(self._new(who, turn, index), index) for index in range(new)]

    def texts(self, turn: int, limit: str) -> dict[str, str]:
        """Return by which texts the calls of `limit`, one of LIMITS, in `turn` differ from the pipeline's."""
        mine, other = (self._new(who, turn, 0).removesuffix(_index(0)) for who in (PIPELINE, limit))
        return {mine: other} | later_version(self.version(turn), 1 + LIMITS.index(limit))

    def stem(self, who: str) -> str:
        """Return how all numbers of `who` in this scenario begin."""
        return f"{who}-{self.name.replace(', ', '-').replace(' ', '-')}-"

    def _event(self, number: str, index: int, version: int = 0) -> Event:
        return bom(number, components(self.lines), version) if self.lines else product(number, index, version)

    def _number(self, who: str, kind: str, index: int) -> str:
        return f"{self.stem(who)}{kind}-{_index(index)}"

    def _new(self, who: str, turn: int, index: int) -> str:
        return f"{self.stem(who)}N{turn:03}-{_index(index)}"


def components(count: int) -> list[str]:
    """Return the numbers of the first `count` components."""
    return [f"component-{_index(index)}" for index in range(count)]


def standing_products(scenario: Scenario, who: str, size: int) -> list[Event]:
    """Return the products that must be there before the first turn: the scenario's own, or its parents."""
    return [
        product(event.subject, index) if scenario.lines else event
        for index, event in enumerate(scenario.standing(who, size))
    ]


def _index(index: int) -> str:
    return f"{index:05}"


def scenarios(*, quick: bool = False) -> list[Scenario]:
    """Return all scenarios; in a `quick` run with few events and no long BOMs."""
    new, changed, unchanged, mixed = Mix(new=10), Mix(changed=10), Mix(unchanged=10), Mix(2, 3, 5)

    def size(full: int, least: int) -> int:
        return least if quick else full

    def few(full: int) -> int:
        return 2 if quick else full

    found = [
        Scenario("products, new", new, size(500, 20), few(8), target=Target(50, 0.9)),
        Scenario("products, changed", changed, size(2000, 20), few(25)),
        Scenario("products, unchanged", unchanged, size(5000, 20), few(25), target=Target(300, 0.8)),
        Scenario("products, mixed", mixed, size(1000, 20), 10, target=Target(40, 0.85)),
    ]
    for lines, full in zip(BOM_LINES, ((100, 200), (40, 100), (4, 4)), strict=True):
        if quick and lines > 50:
            continue
        beginning = f"BOMs of {lines} lines"
        target = Target(over_naive=8) if lines == 50 else Target()
        found += [
            Scenario(f"{beginning}, new", new, size(full[0], 4), few(min(8, full[0] // 2)), lines),
            Scenario(
                f"{beginning}, one line changed",
                changed,
                size(full[1], 4),
                few(8 if lines < 1000 else 2),
                lines,
                target,
            ),
            Scenario(
                f"{beginning}, unchanged", unchanged, size(full[1], 4), few(8 if lines < 1000 else 2), lines
            ),
        ]
    return found


def largest(chosen: Sequence[Scenario]) -> int:
    """Return how many components the longest BOM of `chosen` has."""
    return max((scenario.lines for scenario in chosen), default=0)
