"""Random engineering histories: what people do in a vault, and in which order its events arrive.

A newcomer would get wrong why no cycle can arise: an item is made of items with a higher place only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from schemas.event import Event, EventData
from schemas.item import Item, Transition
from schemas.product import Authority
from schemas.sequence import from_version
from tests import factories

ITEMS = 5
OBSOLETE, RELEASED = "Obsolete", "Released"


@dataclass(frozen=True)
class Moment:
    """One transition: what the vault says of one item from then on."""

    clock: int
    vault_object: str
    number: str
    revision: str = "A"
    name: str = "new"
    weight: int = 1
    state: str = RELEASED
    lines: tuple[tuple[str, str, int], ...] = ()
    """Vault object, number and quantity of each component."""


@dataclass(frozen=True)
class Step:
    """What somebody does to the item at `place`."""

    act: str
    place: int
    value: int
    components: tuple[int, ...] = ()


@dataclass(frozen=True)
class History:
    """What was done, and how its events arrive."""

    steps: tuple[Step, ...]
    seed: int


def histories(*acts: str) -> st.SearchStrategy[History]:
    """Return histories of a few of `acts`."""
    step = st.builds(
        Step,
        st.sampled_from(acts),
        st.integers(0, ITEMS - 1),
        st.integers(1, 9),
        st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=4).map(tuple),
    )
    return st.builds(History, st.lists(step, min_size=2, max_size=8).map(tuple), st.integers(0, 2**32))


def moments(history: History, name: str) -> Iterator[Moment]:
    """Yield all transitions of the history called `name`, in order; items come to be when first needed."""
    there: dict[int, Moment] = {}
    clock = 0

    def new(place: int) -> Iterator[Moment]:
        nonlocal clock
        if place not in there:
            clock += 1
            there[place] = Moment(clock, f"{name}-{place}", f"{name}-{place}")
            yield there[place]

    for step in history.steps:
        below = [place for place in step.components if place > step.place]
        for place in (step.place, *below):
            yield from new(place)
        clock += 1
        there[step.place] = _done(
            replace(there[step.place], clock=clock), step, [there[one] for one in below]
        )
        yield there[step.place]


def _done(item: Moment, step: Step, below: list[Moment]) -> Moment:
    if step.act == "obsolete":
        return replace(item, state=OBSOLETE)
    if step.act == "revise":
        revision = chr(ord(item.revision) + 1)
        return replace(item, state=RELEASED, revision=revision, name=f"text {step.value}", weight=step.value)
    if step.act == "renumber":
        return replace(item, number=f"{item.vault_object}.{item.clock}")
    if step.act == "restructure":
        lines = tuple((one.vault_object, one.number, step.value + place) for place, one in enumerate(below))
        return replace(item, lines=lines)
    return item


def events(moment: Moment) -> list[Event]:
    """Return what an export of the item becomes: itself, its components as they are seen, its structure."""
    at = factories.AT + timedelta(seconds=moment.clock)
    told = {"transition": Transition(to_state=moment.state, at=at)}
    item = Item(number=moment.number, revision=moment.revision, vault_object_id=moment.vault_object)
    data: list[EventData] = [
        factories.product(**told, item=item, name=moment.name, weight=Decimal(moment.weight), unit=None)
    ]
    lines = []
    for position, (vault_object, number, quantity) in enumerate(moment.lines, 1):
        seen = Item(number=number, revision="?", vault_object_id=vault_object)
        data.append(
            factories.product(**told, item=seen, name="seen", authority=Authority.SIGHTING, unit=None)
        )
        lines.append(
            factories.bom_line(
                position, number=number, vault_object_id=vault_object, quantity=Decimal(quantity)
            )
        )
    if lines:
        data.append(factories.bom(**told, item=item, lines=tuple(lines)))
    return [factories.event(one, sequence=from_version(moment.clock)) for one in data]


def arrivals(history: History, name: str) -> tuple[list[Event], list[Event]]:
    """Return the events of a history as they arrive, mixed up and some twice; and those lost, for later."""
    chance = random.Random(history.seed)
    sent = [event for moment in moments(history, name) for event in events(moment)]
    late = [event for event in sent if chance.random() < 0.15]
    first = [event for event in sent if event not in late]
    first += chance.choices(sent, k=len(sent) // 4)
    if chance.random() < 0.7:
        chance.shuffle(first)
    return first, late
