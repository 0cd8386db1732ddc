"""Reshaping an export changes where its parts are, and not how many there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from producers.sources.solidworks_items import Items
from producers.sources.solidworks_tree import Part
from producers.sources.solidworks_xml import read_tree
from schemas.profile import Profile
from tests.factories import profile
from tests.unit.sources.exports import assembly, export, node, shape

DISSOLVE = shape(dissolve=["phantom"])
GROUPED = shape(dissolve=["phantom"], group_siblings=True)
PROMOTE = shape(promote=["up"])


@dataclass(frozen=True)
class Made:
    """A tree as hypothesis makes it."""

    number: int
    quantity: int
    fate: str
    below: tuple[Made, ...] = ()

    def xml(self, level: int = 1) -> str:
        # An inner node's number has its level, so that no assembly contains itself.
        number = f"N{level}-{self.number}" if self.below else f"P{self.number}"
        return node(number, str(self.quantity), *(one.xml(level + 1) for one in self.below), BOM=self.fate)


def made(fates: list[str]) -> st.SearchStrategy[Made]:
    parts = st.builds(Made, st.integers(1, 3), st.integers(1, 4), st.just(""))
    unique = st.integers(0, 10**6)
    return st.recursive(
        parts,
        lambda below: st.builds(
            Made,
            unique,
            st.integers(1, 4),
            st.sampled_from(fates),
            st.lists(below, min_size=1, max_size=4).map(tuple),
        ),
        max_leaves=12,
    )


def totals(body: bytes, shaped: Profile) -> Counter[str]:
    """Return how often a root needs each part that has no components."""
    items = Items("a.xml", shaped)
    (root,) = items.roots(read_tree(body, "a.xml")[0].documents)
    total: Counter[str] = Counter()

    def add(part: Part, times: int) -> None:
        below = items.below(part)
        if not below:
            total[part.number] += times
        for one in below:
            add(one, times * int(Decimal(one.configuration.quantity)))

    add(root, 1)
    return total


@given(st.lists(made(["", "phantom"]), min_size=1, max_size=4))
def test_dissolving_and_grouping_change_no_total(trees: list[Made]) -> None:
    body = export(assembly("A", *(one.xml() for one in trees)))
    assert totals(body, DISSOLVE) == totals(body, profile())
    # One number has one content, or grouping may not be asked.
    if len(numbers := [n for one in trees for n in inner(one)]) == len(set(numbers)):
        assert totals(body, GROUPED) == totals(body, profile())


@given(st.lists(made(["", "up"]), min_size=1, max_size=4))
def test_promoting_changes_no_total_below_the_level_of_the_root(trees: list[Made]) -> None:
    # What is promoted out of the root itself leaves it: that belongs to whatever holds the root.
    stays = [Made(one.number, one.quantity, "", one.below) for one in trees]
    # An assembly whose components all left has none: it would count as a part of its own.
    kept = [Made(99, 1, "", (*stays, Made(9, 1, "")))]
    body = export(assembly("A", *(one.xml() for one in kept)))
    wanted, found = totals(body, profile()), totals(body, PROMOTE)

    assert {number: found[number] for number in wanted} == wanted


def inner(one: Made, level: int = 1) -> list[str]:
    if not one.below:
        return []
    return [f"N{level}-{one.number}", *(name for below in one.below for name in inner(below, level + 1))]
