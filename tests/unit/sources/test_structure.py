"""How exclude, dissolve and promote of a profile reshape the tree of an export."""

from __future__ import annotations

import pytest

from producers.sources.errors import SourceError
from producers.sources.solidworks_items import Items
from producers.sources.solidworks_xml import MAX_LEVELS, read_tree
from schemas.kinds import BOM
from schemas.profile import Profile
from tests.unit.sources.exports import (
    RELEASED,
    Conf,
    assembly,
    component,
    document,
    events,
    export,
    node,
    products,
    shape,
    tree,
)

EXCLUDE = shape(exclude=["hidden*"])
DISSOLVE = shape(dissolve=["phantom"])
PROMOTE = shape(promote=["up"])
ALL = shape(exclude=["hidden*"], dissolve=["phantom"], promote=["up"])


def below(root: str, number: str, profile: Profile) -> dict[str, list[tuple[str, str]]]:
    """Return the components of the item `number` and of all below it, with their quantities."""
    items = Items("a.xml", profile)
    (part,) = items.roots(read_tree(export(root), "a.xml")[0].documents)
    parts = {one.number: one for _, one in items.walk(part)}
    wanted = {number: parts[number]} | {one.number: one for _, one in items.walk(parts[number])}
    return {
        name: [(below.number, below.configuration.quantity) for below in items.below(one)]
        for name, one in wanted.items()
    }


class TestExclude:
    def test_the_item_and_all_below_it_are_dropped(self) -> None:
        found = events(
            assembly("A", node("B", "1", component("C"), BOM="Hidden in BOM"), component("D")),
            profile=EXCLUDE,
            depth=9,
        )

        assert tree(found) == [("D", "1")]
        assert [data.item.number for data in products(found)] == ["A", "D"]

    def test_what_is_excluded_needs_neither_number_nor_quantity(self) -> None:
        found = events(assembly("A", node(" ", "x", BOM="hidden"), component("D")), profile=EXCLUDE)

        assert tree(found) == [("D", "1")]

    def test_an_assembly_without_components_left_has_no_bom(self) -> None:
        found = events(assembly("A", component("B", BOM="hidden")), profile=EXCLUDE)

        assert BOM.type not in {event.type for event in found}
        assert products(found)[0].has_components is False

    def test_rules_of_one_list_are_alternatives(self) -> None:
        either = shape(exclude=["hidden", "ref*"])
        below = (component("B", BOM="hidden"), component("C", BOM="reference"), component("D"))

        assert tree(events(assembly("A", *below), profile=either)) == [("D", "1")]

    def test_the_parent_can_decide(self) -> None:
        under = shape(exclude=["^bought"])
        bought = node("B", "1", component("C"), component("D"), BOM="bought")
        found = events(assembly("A", bought, component("E")), profile=under, depth=9)

        assert [data.item.number for data in products(found)] == ["A", "B", "E"]
        assert products(found)[1].has_components is False

    def test_a_root_has_a_parent_of_empty_values(self) -> None:
        assert events(component("A"), profile=shape(exclude=["^!*"])) == []
        assert len(events(component("A"), profile=shape(exclude=["^*"]))) == 1

    def test_a_file_of_excluded_items_has_no_event(self) -> None:
        assert events(component("A", BOM="hidden"), profile=EXCLUDE) == []

    def test_a_file_without_any_item_is_refused_all_the_same(self) -> None:
        with pytest.raises(SourceError, match="holds no item"):
            events(document("A", Conf("ASM-FLAT-PATTERN")), profile=EXCLUDE)

    def test_an_excluded_cycle_is_none(self) -> None:
        found = events(assembly("A", node("B", "1", component("A"), BOM="hidden")), profile=EXCLUDE)

        assert len(found) == 1


class TestDissolve:
    def test_components_take_the_place_and_quantities_are_multiplied(self) -> None:
        phantom = node("B", "2", component("C", "3"), component("D", "0.5"), BOM="phantom")
        found = events(assembly("A", component("X"), phantom, component("Y")), profile=DISSOLVE)

        assert tree(found) == [("X", "1"), ("C", "6"), ("D", "1"), ("Y", "1")]
        assert "B" not in {data.item.number for data in products(found)}

    def test_through_three_levels(self) -> None:
        inner = node("C", "2.5", component("D", "0.4"), node("E", "3"), BOM="phantom")
        found = events(assembly("A", node("B", "4", inner, BOM="phantom")), profile=DISSOLVE)

        assert tree(found) == [("D", "4"), ("E", "30")]

    def test_what_is_dissolved_needs_no_number(self) -> None:
        found = events(assembly("A", node(" ", "2", component("C"), BOM="phantom")), profile=DISSOLVE)

        assert tree(found) == [("C", "2")]

    def test_without_components_it_is_gone(self) -> None:
        found = events(assembly("A", component("B", BOM="phantom")), profile=DISSOLVE)

        assert [event.subject for event in found] == ["A"]

    def test_a_root_stays(self) -> None:
        found = events(assembly("A", component("B"), BOM="phantom"), profile=DISSOLVE)

        assert [event.subject for event in found] == ["A", "B", "A"]

    def test_the_parent_of_a_rule_is_the_one_in_the_file(self) -> None:
        rules = shape(dissolve=["phantom"], exclude=["^phantom"])
        found = events(assembly("A", node("B", "2", component("C"), BOM="phantom")), profile=rules)

        assert [event.subject for event in found] == ["A"]

    def test_a_cycle_that_appears_is_refused(self) -> None:
        with pytest.raises(SourceError, match="'A > A' contains itself"):
            events(assembly("A", node("B", "1", component("A"), BOM="phantom")), profile=DISSOLVE)

    def test_a_wrong_quantity_is_named_with_its_line(self) -> None:
        with pytest.raises(SourceError, match=r"a\.xml:9: quantity of configuration 'Default': .*comma"):
            events(assembly("A", node("B", "1,5", component("C"), BOM="phantom")), profile=DISSOLVE)

    def test_a_product_beyond_all_size_is_refused(self) -> None:
        far = node("B", "1E-9", component("C", "1E-9"), BOM="phantom")
        with pytest.raises(SourceError, match=r"C: '.*' is out of range"):
            events(assembly("A", far), profile=DISSOLVE)

    def test_the_older_variant_has_its_quantity_in_an_attribute(self) -> None:
        count = {"Reference Count": "2.000000", "BOM": "phantom"}
        inner = document("C", Conf(quantity=None, attributes=RELEASED | {"Reference Count": "3.0"}))
        old = document("B", Conf(quantity=None, attributes=RELEASED | count, below=[inner]))

        assert tree(events(assembly("A", old), profile=DISSOLVE)) == [("C", "6")]


class TestPromote:
    def test_an_item_is_lifted_beside_its_parent(self) -> None:
        inner = node("C", "3", component("D"), BOM="up")
        found = events(
            assembly("A", node("B", "2", inner, component("X")), component("Y")), profile=PROMOTE, depth=9
        )

        assert tree(found) == [("B", "2"), ("C", "6"), ("Y", "1")]
        assert {data.item.number: data.has_components for data in products(found)} == {
            "A": True, "B": True, "X": False, "C": True, "D": False, "Y": False,
        }  # fmt: skip

    def test_out_of_a_root_it_is_gone(self) -> None:
        found = events(assembly("A", component("B", BOM="up"), component("C")), profile=PROMOTE)

        assert tree(found) == [("C", "1")]

    def test_each_is_lifted_one_level(self) -> None:
        inner = node("C", "3", component("D", "5", BOM="up"), BOM="up")
        found = below(assembly("G", node("A", "1", node("B", "2", inner))), "A", PROMOTE)

        # C leaves B for A; D leaves C for B.
        assert found == {"A": [("B", "2"), ("C", "6")], "B": [("D", "15")], "C": [], "D": []}

    def test_an_assembly_has_the_same_components_wherever_it_is_seen(self) -> None:
        inner = assembly("A", node("B", "2", component("C", "3", BOM="up")))
        alone = tree(events(inner, profile=PROMOTE))

        assert below(assembly("G", inner), "A", PROMOTE)["A"] == alone == [("B", "2"), ("C", "6")]

    def test_below_a_dissolved_item_it_is_lifted_out_of_that_ones_parent(self) -> None:
        phantom = node("P", "2", component("C", "3", BOM="up"), component("D"), BOM="phantom")
        found = events(assembly("A", node("B", "5", phantom)), profile=ALL, depth=9)

        assert tree(found) == [("B", "5"), ("C", "30")]

    def test_what_is_excluded_is_not_lifted(self) -> None:
        hidden = node("B", "2", component("C", BOM="up"), BOM="hidden")

        assert [event.subject for event in events(assembly("A", hidden), profile=ALL)] == ["A"]

    def test_what_is_dissolved_is_not_promoted(self) -> None:
        both = shape(dissolve=["phantom"], promote=["phantom"])
        phantom = node("C", "3", component("D"), BOM="phantom")
        found = events(assembly("A", node("B", "2", phantom)), profile=both, depth=9)

        assert tree(found) == [("B", "2")]
        assert [data.item.number for data in products(found)] == ["A", "B", "D"]


def test_the_deepest_tree_is_reshaped() -> None:
    below = component("LEAF", "2")
    for level in range(MAX_LEVELS - 2):
        below = node(f"N{level}", "1", below, BOM="phantom")

    assert tree(events(assembly("A", below), profile=ALL, depth=200)) == [("LEAF", "2")]
