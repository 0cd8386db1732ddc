"""What an export is refused for, and that the reason says where and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sources.errors import SourceError
from producers.sources.solidworks import parse
from producers.sources.solidworks_xml import MAX_LEVELS
from schemas.bom import MAX_LINES
from schemas.event import Event
from tests.factories import ids, profile
from tests.unit.sources.exports import RELEASED, Conf, assembly, component, document, export, quantities


def read(body: bytes) -> list[Event]:
    return parse(body, "a.xml", profile(), new_id=ids())


def chain(levels: int) -> bytes:
    tree = component("LEAF")
    for level in range(levels - 1, 0, -1):
        tree = assembly(f"N{level}", tree)
    return export(tree)


def mirrored(**right: str) -> str:
    return document("A", Conf("LH"), Conf("RH", attributes=RELEASED | right))


PART = export(component("A"))
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml>&b;</xml>'
EXTERNAL = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>'
NUMBERLESS = document(None, Conf(attributes=RELEASED))
BLANK_STATE = document("A", Conf(attributes={"State": " "}))
TOO_MANY = assembly("A", *(component(f"C{n}") for n in range(MAX_LINES + 1)))

TOO_LARGE = assembly("A", *(component(f"C{n}", Notes="x" * 4000) for n in range(2100)))

REFUSED = {
    "empty": (b"", 1, "empty"),
    "a byte order mark within": (b" \n\xef\xbb\xbf", 2, "not well-formed"),
    "only a byte order mark": (b"\xef\xbb\xbf \n", 1, "empty"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", 3, "NUL bytes"),
    "UTF-16": (PART.decode().encode("utf-16"), 1, "UTF-16"),
    "Latin-1": (export(component("X")).replace(b"X", b"\xe4"), 4, "byte 0xe4 is not UTF-8"),
    "declared Latin-1": (b"<?xml version='1.0' encoding='ISO-8859-1'?>" + PART, 1, "'ISO-8859-1'"),
    "truncated": (PART[:-40], 8, "export it again"),
    "cut inside a tag": (PART[:150], 4, "export it again"),
    "two roots": (PART + PART, 12, "not well-formed"),
    "entity bomb": (LAUGHS, 1, "refused as unsafe"),
    "external entity": (EXTERNAL, 1, "refused as unsafe"),
    "entity without a document type": (b"<xml>\n&a;</xml>", 2, "not well-formed"),
    "another root": (b"<html/>", 1, "element <html> as the root"),
    "misspelt element": (PART.replace(b"attribute ", b"Attribute "), 6, "<Attribute> inside <configuration>"),
    "element out of place": (b"<xml>\n<document/></xml>", 2, "<document> inside <xml>"),
    "no transaction": (b"<xml/>", 1, "no item"),
    "no document": (export(), 1, "no item"),
    "an import": (
        export(component("A"), type="wf_import_document_attributes"),
        3,
        "type 'wf_import_document_attributes'",
    ),
    "no type": (export(component("A"), type=None), 3, "type ''"),
    "no date": (export(component("A"), date=None), 3, "date ''"),
    "date in words": (export(component("A"), date="2026-03-02"), 3, "'2026-03-02' is no time"),
    "date before 1970": (export(component("A"), date="-5"), 3, "is no time"),
    "date beyond all time": (export(component("A"), date="9" * 5000), 3, "is no time"),
    "no vault": (export(component("A"), vaultname=" "), 3, "vaultname"),
    "vault with a slash": (export(component("A"), vaultname="A/B"), 3, "'A/B' is no vault"),
    "no state": (export(BLANK_STATE), 5, "state in [source] of the profile"),
    "state too long": (export(component("A", State="x" * 300)), 5, "to_state"),
    "no number": (export(NUMBERLESS), 4, "neither an id nor a value of 'Number'"),
    "blank number": (
        export(document(" ", vault_object_id="77")),
        4,
        "of vault document 77 has a blank number",
    ),
    "blank number far below": (
        export(assembly("A", assembly("B", assembly("C", document(""))))),
        16,
        "below 'C' has a blank number",
    ),
    "number of 101": (export(component("x" * 101)), 4, "101 characters"),
    "number of 200": (export(assembly("A", component("x" * 200))), 8, "200 characters"),
    "number with a line break": (export(component("A\nB")), 4, "control characters"),
    "quantity with a comma": (export(assembly("A", component("B", "1,5"))), 9, "point, not a comma"),
    "quantity in words": (export(assembly("A", component("B", "two"))), 9, "B: 'two' is not a number"),
    "quantity below zero": (export(assembly("A", component("B", "-1"))), 9, "0 or more"),
    "quantity zero": (export(assembly("A", component("B", "0.0"))), 9, "is zero"),
    "quantity not a number": (export(assembly("A", component("B", "NaN"))), 9, "is not a number"),
    "weight in pounds": (export(component("A", Weight="3 lb")), 5, "weight '3 lb' is not a number"),
    "attribute too long": (export(component("A", Notes="x" * 4001)), 7, "'Notes' is too long"),
    "attribute twice": (
        export(component("A")).replace(b"</conf", b'<attribute name="State " value="In Work"/>\n</conf'),
        7,
        "occurs twice",
    ),
    "path with a line break": (export(component("A", **{"PDF File": "a\nb"})), 5, "file.path|path"),
    "mirrored parts": (
        export(mirrored(Hand="right")),
        8,
        "'RH' claims to be 'A' as configuration 'LH' does (line 5), with other content",
    ),
    "one number of two documents": (export(component("A"), component("A", Revision="B")), 10, "(line 5)"),
    "only ignored configurations": (export(document("A", Conf("ASM-FLAT-PATTERN"))), 1, "no item"),
    "a part of itself": (export(assembly("A", component("A"))), 9, "'A > A' contains itself"),
    "a part of its part": (export(assembly("A", assembly("B", component("A")))), 13, "'A > B > A'"),
    "too many components": (export(TOO_MANY), 5, "at most 5000"),
    "event too large": (export(TOO_LARGE), 1, "the bom event of A would have"),
    "absurd depth": (chain(MAX_LEVELS + 1), None, "deeper than 200 levels"),
    "more absurd depth": (b"<xml>" * 200_000, None, "<xml> inside <xml>"),
}


@pytest.mark.parametrize(("body", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(body: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(body)

    error = caught.value
    assert any(part in error.reason for part in reason.split("|")), error.reason
    assert line in {None, error.line}, error
    assert str(error) == f"a.xml:{error.line}: {error.reason}"
    assert "\n" not in str(error)


def test_two_hundred_levels_are_read() -> None:
    assert len(read(chain(MAX_LEVELS))) == 3


def test_a_cycle_beside_the_root_is_accepted() -> None:
    found = read(export(assembly("A", assembly("B", assembly("C", component("B"))))))

    assert [number for number, _ in quantities(found)] == ["B"]


def test_a_column_without_a_name_is_left_out() -> None:
    (event,) = read(PART.replace(b"</conf", b'<attribute name=" " value="x"/></conf'))

    assert event.data.attributes == {"State": "Released"}


@given(st.integers(0, len(PART) - 2))
def test_a_file_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(SourceError):
        read(PART.rstrip()[:length])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_never_crash(body: bytes) -> None:
    with pytest.raises(SourceError):
        read(body)


@given(st.integers(0, len(PART) - 1), st.binary(max_size=3))
def test_damage_anywhere_is_read_or_refused_and_never_crashes(at: int, damage: bytes) -> None:
    try:
        read(PART[:at] + damage + PART[at + 1 :])
    except SourceError:
        return
