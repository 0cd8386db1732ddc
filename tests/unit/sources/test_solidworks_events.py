"""What an export becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from producers.sources.solidworks import parse
from schemas.attachment import Attachment
from schemas.event import decode, encode
from schemas.kinds import ATTACHMENT, BOM, PRODUCT
from schemas.product import Authority, Product
from tests.factories import ids, profile
from tests.unit.sources.exports import (
    RELEASED,
    Conf,
    assembly,
    component,
    document,
    events,
    export,
    lines,
    products,
    quantities,
)


def test_a_single_part_becomes_one_product_event() -> None:
    (event,) = events(
        document(
            "P-1",
            Conf(
                attributes=RELEASED
                | {"Revision": "A", "Description": "Shaft", "Unit": "pcs", "Weight": "250 g"}
            ),
            vault_object_id="36368",
        )
    )

    data = event.data
    assert event.type == PRODUCT.type
    assert (event.source, event.subject) == ("/pdm/Works", "P-1")
    assert data.authority is Authority.ROOT
    assert (data.item.number, data.item.revision, data.item.configuration) == ("P-1", "A", "Default")
    assert data.item.vault_object_id == "36368"
    assert (data.name, data.unit, data.weight) == ("Shaft", "pcs", Decimal("0.25"))
    assert (data.state, data.transition.to_state) == ("Released", "Released")
    assert data.has_components is False
    assert data.attributes["Weight"] == "250 g"


def test_time_and_sequence_are_the_export_time() -> None:
    (event,) = events(component("P-1"))

    at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (event.time, event.data.transition.at) == (at, at)
    assert event.sequence == "00001700000000000000"


def test_an_assembly_becomes_product_sightings_bom_and_attachments() -> None:
    found = events(
        assembly("A", component("B", "2"), component("C"), **{"PDF File": r"drawings\A.pdf", "DXF File": " "})
    )

    assert [(event.type, event.subject) for event in found] == [
        (PRODUCT.type, "A"),
        (PRODUCT.type, "B"),
        (PRODUCT.type, "C"),
        (BOM.type, "A"),
        (ATTACHMENT.type, "A"),
    ]
    assert len({event.correlationid for event in found}) == 1
    assert len({event.id for event in found}) == len(found)
    file = found[-1].data
    assert isinstance(file, Attachment)
    assert (file.role, file.file.path) == ("PDF File", r"drawings\A.pdf")


def test_the_picture_travels_as_a_file_whose_role_is_that_attribute() -> None:
    found = events(assembly("A", component("B"), **{"Preview File": "A.png", "PDF File": "A.pdf"}))

    files = [event.data for event in found if isinstance(event.data, Attachment)]
    assert [(file.role, file.file.path) for file in files] == [
        ("PDF File", "A.pdf"),
        ("Preview File", "A.png"),
    ]


def test_a_given_correlation_id_is_kept() -> None:
    found = parse(export(component("A")), "a.xml", profile(), new_id=ids(), correlationid="release-7")

    assert found[0].correlationid == "release-7"


def test_a_sighting_carries_the_state_of_its_own() -> None:
    _, sighting = products(events(assembly("A", component("B", State="In Work"))))

    assert sighting.authority is Authority.SIGHTING
    assert (sighting.state, sighting.transition.to_state) == ("In Work", "Released")


def test_a_sighting_knows_whether_it_has_components() -> None:
    _, sub, leaf = products(events(assembly("A", assembly("B", component("C")), component("D"))))

    assert (sub.has_components, leaf.has_components) == (True, False)


def test_files_of_components_belong_to_their_own_transitions() -> None:
    found = events(assembly("A", component("B", **{"PDF File": "B.pdf"})))

    assert ATTACHMENT.type not in {event.type for event in found}


def test_deeper_levels_are_sighted_only_when_asked_and_never_as_boms() -> None:
    tree = assembly("A", assembly("B", assembly("C", component("D"))))

    for depth, numbers in ((1, "AB"), (2, "ABC"), (3, "ABCD"), (9, "ABCD")):
        found = events(tree, depth=depth)
        assert "".join(data.item.number for data in products(found)) == numbers
        assert [line.number for line in lines(found)] == ["B"]


def test_the_same_number_twice_is_two_lines_and_one_sighting() -> None:
    twice = document("B", Conf("Short", "2"), Conf("Long", "3"))

    found = events(assembly("A", twice, component("B", "1")))

    assert [(line.position, line.configuration, line.quantity) for line in lines(found)] == [
        (1, "Short", Decimal(2)),
        (2, "Long", Decimal(3)),
        (3, "Default", Decimal(1)),
    ]
    assert [data.item.number for data in products(found)] == ["A", "B"]


def test_lines_carry_unit_revision_state_and_attributes() -> None:
    (line,) = lines(
        events(assembly("A", component("B", "1.5", Unit="m", Revision=" C ", Supplier="R&D / Ł")))
    )

    assert (line.unit, line.revision, line.state) == ("m", "C", "Released")
    assert line.attributes["Supplier"] == "R&D / Ł"


def test_padded_values_are_stripped_everywhere() -> None:
    padded = {" State ": " Released ", "Description": "S\n", "Revision": " B"}
    found = events(document("  P-1 ", Conf(attributes=padded)))

    data = found[0].data
    assert (data.item.number, data.item.revision, data.name) == ("P-1", "B", "S")
    assert data.attributes == {"State": "Released", "Description": "S", "Revision": "B"}


def test_the_quantity_of_the_configuration_wins_over_the_reference_count() -> None:
    count = RELEASED | {"Reference Count": "5.2999999999999999E-2"}
    found = events(
        assembly(
            "A",
            document("B", Conf(quantity="0.6", attributes=count)),
            document("C", Conf(quantity=None, attributes=count)),
            document("D", Conf(quantity=None)),
        )
    )

    assert quantities(found) == [("B", Decimal("0.6")), ("C", Decimal("0.053")), ("D", Decimal(1))]


def test_the_older_variant_takes_the_number_from_an_attribute() -> None:
    def old(number: str, **more: str) -> Conf:
        return Conf(quantity=None, attributes=RELEASED | {"Number": number} | more)

    child = document(None, old("B", **{"Reference Count": "1.000000"}), vault_object_id="8")
    root = document(
        None, Conf(quantity=None, attributes=RELEASED | {"Number": "A"}, below=[child]), vault_object_id="7"
    )
    found = parse(b"\xef\xbb\xbf" + export(root), "old.xml", profile(), new_id=ids())

    assert [data.item.vault_object_id for data in products(found)] == ["7", "8"]
    assert quantities(found) == [("B", Decimal(1))]


def test_an_xml_declaration_changes_nothing() -> None:
    body = export(component("Ł-1"))
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body

    def parsed(content: bytes) -> list[bytes]:
        return [encode(e) for e in parse(content, "a.xml", profile(), new_id=ids())]

    assert parsed(declared) == parsed(body)


def test_other_attributes_can_be_named() -> None:
    columns = {"state": "Статус", "name": "Naziv", "revision": "Rev", "unit": "JM"}
    attributes = {"Статус": "Released", "Naziv": "Вратило", "Rev": "2", "JM": "kom"}
    (data,) = products(events(document("A", Conf(attributes=attributes)), profile=profile(source=columns)))

    assert (data.name, data.item.revision, data.unit) == ("Вратило", "2", "kom")


def test_several_documents_of_one_transaction_are_roots_and_no_sightings_of_each_other() -> None:
    found = events(component("B"), assembly("A", component("B"), component("C")))

    seen = [(data.item.number, data.authority) for data in products(found)]
    assert seen == [("B", Authority.ROOT), ("A", Authority.ROOT), ("C", Authority.SIGHTING)]


class TestConfigurations:
    def test_ignored_ones_are_no_items(self) -> None:
        found = events(
            document(
                "A",
                Conf("Default", below=[document("W", Conf("default<as welded>")), component("B")]),
                Conf("DefaultSM-FLAT-PATTERN", attributes=RELEASED | {"Description": "flat"}),
            )
        )

        assert [data.item.number for data in products(found)] == ["A", "B"]
        assert quantities(found) == [("B", Decimal(1))]

    def test_ignored_ones_need_no_number(self) -> None:
        found = events(assembly("A", document(" ", Conf("Default<As Welded>")), component("B")))

        assert quantities(found) == [("B", Decimal(1))]

    def test_a_bracket_in_a_pattern_is_a_bracket(self) -> None:
        flat = profile(source={"ignored_configurations": ("*[flat]",)})
        found = events(assembly("A", document("B", Conf("X[FLAT]")), document("C", Conf("Xf"))), profile=flat)

        assert [line.number for line in lines(found)] == ["C"]

    def test_no_pattern_ignores_nothing(self) -> None:
        nothing = profile(source={"ignored_configurations": ()})
        found = events(document("A", Conf("DefaultSM-FLAT-PATTERN")), profile=nothing)

        assert len(found) == 1

    def test_the_same_content_under_one_number_is_one_item(self) -> None:
        found = events(document("A", Conf("LH", below=[component("B")]), Conf("RH", below=[component("B")])))

        assert [data.item.configuration for data in products(found)] == ["LH", "Default"]

    def test_each_may_have_a_number_of_its_own(self) -> None:
        own = RELEASED | {"Number": "A-2"}
        found = events(document("A-1", Conf("Default", attributes=own), Conf("Long", attributes=own)))

        assert [event.subject for event in found] == ["A-1", "A-2"]


NUMBERS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=50
).filter(lambda text: text.strip() == text)
QUANTITIES = st.decimals("0.0001", 99999, places=4)


@given(root=NUMBERS, below=st.lists(st.tuples(NUMBERS, QUANTITIES), max_size=8))
def test_every_component_arrives_once_sighted_and_with_its_quantity(
    root: str, below: list[tuple[str, Decimal]]
) -> None:
    below = [(number, quantity) for number, quantity in below if number != root]
    found = events(assembly(root, *(component(number, str(quantity)) for number, quantity in below)))

    assert [event.subject for event in found if isinstance(event.data, Product)] == [
        root,
        *dict.fromkeys(number for number, _ in below),
    ]
    if below:
        assert quantities(found) == below
    for event in found:
        assert encode(decode(encode(event))) == encode(event)
