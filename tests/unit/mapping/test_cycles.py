"""Structures that would contain themselves: exactly those are refused, with a way that really is one."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.mapping.cycles import Structure, Uses, cycle
from schemas.dead_letter import MAX_MESSAGE, Reason

NODES = st.integers(1, 6)
GRAPHS = st.dictionaries(NODES, st.frozensets(NODES, min_size=1, max_size=3), max_size=6)


def structure(parent: int, parts: frozenset[int], added: frozenset[int] | None = None) -> Structure:
    names = {one: f"N{one}" for one in (parent, *parts)}
    return Structure(parent, parts, parts if added is None else added, names)


def way(found: Exception | None) -> list[int]:
    assert found
    return [int(name.removeprefix("N")) for name in str(found).split(";")[0].split(" → ")]


@given(GRAPHS)
def test_a_structure_is_refused_if_and_only_if_it_is_on_a_cycle(graph: dict[int, frozenset[int]]) -> None:
    structures = [structure(parent, parts) for parent, parts in graph.items()]
    uses = Uses.of(structures)
    refusals = {one.parent: found for one in structures if (found := uses.refusal(one))}

    for parent, found in refusals.items():
        path = way(found)
        assert path[0] == path[-1] == parent
        assert all(below in graph[above] for above, below in pairwise(path))
    rest = {parent: parts for parent, parts in graph.items() if parent not in refusals}
    list(TopologicalSorter(rest).static_order())
    if not refusals:
        return
    with pytest.raises(CycleError):
        list(TopologicalSorter(graph).static_order())


@given(GRAPHS, st.data())
def test_one_that_adds_nothing_is_never_refused(
    graph: dict[int, frozenset[int]], data: st.DataObject
) -> None:
    structures = [structure(parent, parts) for parent, parts in graph.items()]
    uses = Uses.of(structures)
    for one in structures:
        added = data.draw(st.sets(st.sampled_from(sorted(one.parts)))) if one.parts else set()
        found = uses.refusal(structure(one.parent, one.parts, frozenset(added)))
        assert not found or way(found)[1] in added


def test_the_shortest_way_is_named_and_a_product_without_a_number_by_its_id() -> None:
    uses = Uses({2: {3}, 3: {1, 4}, 1: {5}, 4: {5}}, {1: "A", 2: "B"})

    found = uses.refusal(Structure(2, frozenset({5}), frozenset({5}), {}))

    assert found
    assert found.reason is Reason.CYCLE
    assert str(found).startswith("B → product 5 → A → product 3 → B; ")


def test_a_way_of_any_length_fits_a_dead_letter() -> None:
    text = str(cycle(f"ASSEMBLY-{one:04}" for one in range(200)))

    assert len(text.encode()) <= MAX_MESSAGE
    assert "…; a structure cannot contain itself" in text


def test_what_something_is_used_in_is_found_on_all_levels_and_in_rings() -> None:
    uses = Uses({1: {2}, 2: {3}, 3: {1}, 7: {8}})

    assert uses.closure([1]) == {1, 2, 3}
    assert uses.closure([8]) == {8}
