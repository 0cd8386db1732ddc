"""Virtual items, lines that become one, and which items are the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from producers.sources.errors import SourceError
from schemas.product import Authority
from tests.factories import profile
from tests.unit.sources.exports import (
    RELEASED,
    Conf,
    assembly,
    component,
    document,
    events,
    lines,
    node,
    products,
    shape,
    tree,
)

PAINT = {"number": "Paint", "quantity": "Paint kg", "unit": "Paint unit", "name": "Paint name"}
PAINTED = shape(virtual=[PAINT], dissolve=["phantom"], exclude=["hidden", "!*"])
PHANTOM = [{"from": "BOM", "when": "phantom"}]


class TestVirtual:
    def test_attributes_of_the_parent_become_a_line_and_a_sighting(self) -> None:
        attributes = {"Paint": "RAL-5010", "Paint kg": "0.25", "Paint unit": "kg", "Paint name": "Blue"}
        found = events(assembly("A", component("B", BOM="x"), BOM="x", **attributes), profile=PAINTED)

        assert tree(found) == [("B", "1"), ("RAL-5010", "0.25")]
        line, paint = lines(found)[1], products(found)[-1]
        assert (line.position, line.unit, line.vault_object_id) == (2, "kg", None)
        assert (paint.item.number, paint.name, paint.unit) == ("RAL-5010", "Blue", "kg")
        assert (paint.authority, paint.has_components) == (Authority.SIGHTING, False)
        assert paint.attributes == {"Description": "Blue", "Unit": "kg"}

    def test_a_part_of_paint_alone_gets_a_bom(self) -> None:
        found = events(component("A", Paint="RAL-5010"), profile=shape(virtual=[{"number": "Paint"}]))

        assert tree(found) == [("RAL-5010", "1")]
        assert products(found)[0].has_components is True

    @pytest.mark.parametrize("attributes", [{}, {"Paint": " "}])
    def test_without_a_number_there_is_none(self, attributes: dict[str, str]) -> None:
        found = events(component("A", BOM="x", **attributes), profile=PAINTED)

        assert [event.subject for event in found] == ["A"]

    def test_it_moves_with_a_dissolved_parent_and_rules_do_not_test_it(self) -> None:
        phantom = node("B", "4", Paint="RAL-5010", **{"Paint kg": "0.25"}, BOM="phantom")

        assert tree(events(assembly("A", phantom, BOM="x"), profile=PAINTED)) == [("RAL-5010", "1")]

    def test_a_wrong_quantity_is_refused_with_the_parents_line(self) -> None:
        with pytest.raises(SourceError, match=r"a\.xml:5: RAL-5010: 'some' is not a number"):
            events(component("A", BOM="x", Paint="RAL-5010", **{"Paint kg": "some"}), profile=PAINTED)

    def test_a_wrong_number_is_refused(self) -> None:
        with pytest.raises(SourceError, match=r"below 'A' has the number 'x.*101 characters"):
            events(component("A", BOM="x", Paint="x" * 101), profile=PAINTED)

    def test_where_vault_objects_are_keys_it_has_one_of_its_own(self) -> None:
        keyed = profile(key={"parts": "vault_object"}, structure={"virtual": [PAINT]})
        (line,) = lines(events(component("A", Paint="77"), profile=keyed))

        assert line.vault_object_id == "virtual:77"


class TestGroup:
    GROUPED = profile(structure={"group_siblings": True})

    def test_lines_of_the_same_item_become_one_in_the_first_place(self) -> None:
        below = (component("B", "0.1"), component("C"), component("B", "0.2"), component("B", "3"))
        found = events(assembly("A", *below), profile=self.GROUPED)

        assert [(line.position, line.number, line.quantity) for line in lines(found)] == [
            (1, "B", Decimal("3.3")),
            (2, "C", Decimal(1)),
        ]

    def test_lines_of_different_parents_stay(self) -> None:
        found = events(assembly("A", component("B"), node("C", "1", component("B"))), profile=self.GROUPED)

        assert tree(found) == [("B", "1"), ("C", "1")]

    def test_a_configuration_counts_when_the_key_says_so(self) -> None:
        twice = document("B", Conf("Short", "2"), Conf("Long", "3"))
        keyed = profile(structure={"group_siblings": True}, key={"parts": "number+configuration"})

        assert tree(events(assembly("A", twice), profile=self.GROUPED)) == [("B", "5")]
        found = events(assembly("A", twice, component("B", "1")), profile=keyed)
        assert [(line.configuration, line.quantity) for line in lines(found)] == [
            ("Short", Decimal(2)),
            ("Long", Decimal(3)),
            ("Default", Decimal(1)),
        ]
        assert [data.item.configuration for data in products(found)[1:]] == ["Short", "Long", "Default"]

    def test_the_first_file_stands_for_all_before_a_virtual_one(self) -> None:
        grouped = profile(structure={"group_siblings": True, "virtual": [PAINT], "dissolve": PHANTOM})
        phantom = node("P", "2", Paint="RAL-5010", BOM="phantom")
        found = events(assembly("A", phantom, component("RAL-5010", "3", Supplier="S")), profile=grouped)

        (line,) = lines(found)
        assert (line.quantity, line.attributes.get("Supplier")) == (Decimal(5), "S")

    def test_what_dissolving_brings_together_is_grouped(self) -> None:
        grouped = profile(structure={"group_siblings": True, "dissolve": PHANTOM})
        phantom = node("P", "2", component("B", "3"), BOM="phantom")

        assert tree(events(assembly("A", component("B"), phantom), profile=grouped)) == [("B", "7")]

    def test_different_units_are_refused_by_name(self) -> None:
        with pytest.raises(SourceError) as caught:
            events(
                assembly("A", component("B", "1", Unit="m"), component("B", "2", Unit="kg")),
                profile=self.GROUPED,
            )

        assert caught.value.line == 15
        assert caught.value.reason.startswith("B is used in 'kg' here and in 'm' by the same parent (line 9)")

    def test_units_differ_by_more_than_case(self) -> None:
        below = (component("B", Unit="PCS"), component("B", Unit="pcs"))

        assert tree(events(assembly("A", *below), profile=self.GROUPED)) == [("B", "2")]

    def test_a_wrong_quantity_is_refused(self) -> None:
        with pytest.raises(SourceError, match=r"a\.xml:9: B: 'x' is not a number"):
            events(assembly("A", component("B", "x"), component("B")), profile=self.GROUPED)


class TestKeys:
    def test_configurations_of_one_number_are_items_of_their_own_when_the_key_says_so(self) -> None:
        hands = document("A", Conf("LH"), Conf("RH", attributes=RELEASED | {"Hand": "right"}))
        found = events(hands, profile=profile(key={"parts": "number+configuration"}))

        assert [data.item.configuration for data in products(found)] == ["LH", "RH"]

    def test_a_key_of_vault_objects_refuses_an_item_without_one(self) -> None:
        keyed = profile(key={"parts": "vault_object"})
        with pytest.raises(SourceError, match=r"a\.xml:9: 'B' has no vault_object_id"):
            events(assembly("A", document("B", vault_object_id="")), profile=keyed)
