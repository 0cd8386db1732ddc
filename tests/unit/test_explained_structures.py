"""What `pdm-odoo profile explain` says of BOMs and documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from consumers.odoo.schema import Schema
from ops.explained import Explainer
from schemas.attachment import File
from schemas.event import Event
from schemas.sequence import from_version
from tests.factories import attachment, bom, bom_line, event, item
from tests.pictures import png
from tests.unit.consumers.plm import Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import apply, works
from tests.unit.documents import Works
from tests.unit.explaining import effects, explain

RULES = """
[models."mrp.bom".fields]
produce_delay = { from = "Days" }
type = { from = "Kind", master = "seed" }
[models."mrp.bom.line".fields]
x_note = { from = "Note" }
"""
DOCUMENT = '[models."product.document".fields]\ndescription = { from = "Title" }\n'


@pytest.fixture
def odoo() -> Plm:
    found = works()
    found.fields["mrp.bom.line"]["x_note"] = {"type": "char"}
    found.schema.refresh()
    return found


def structure(version: int, places: Mapping[int, str], note: str = "n", **attributes: str) -> Event:
    lines = [
        bom_line(place, number=number, quantity=Decimal(1), attributes={"Note": note})
        for place, number in places.items()
    ]
    return event(
        bom(item=item(number="A"), lines=lines, attributes=attributes), sequence=from_version(version)
    )


def test_of_a_new_bom_the_header_and_every_line_are_new(odoo: Plm) -> None:
    found = explain(odoo, structure(1, {1: "P", 2: "Q"}, Days="5", Kind="normal"), RULES)

    assert found.outcome == "created"
    assert [row.effect for row in found.rows] == ["new"] * 5
    assert found.rows[-1].source == "line 2 Q: Note = 'n'"


def test_the_lines_of_a_bom_are_told_as_they_would_be(odoo: Plm) -> None:
    merging = '[bom]\nduplicates = "merge"\n' + RULES
    found = explain(odoo, structure(1, {1: "P", 2: "Q", 3: "P"}), merging)

    assert [(one.position, one.component, one.quantity, one.note) for one in found.lines] == [
        (1, "P", "2", "in the vault 1 Units"),
        (2, "Q", "1", ""),
        (3, "P", "", "merged into line 1"),
    ]


def test_products_that_the_same_export_brings_are_waited_for(odoo: Plm) -> None:
    one = structure(1, {1: "P", 2: "NEW"})

    brought = Explainer(odoo, Schema(odoo), ruled(RULES), {"A", "P", "NEW"}).explain(one)
    alone = Explainer(odoo, Schema(odoo), ruled(RULES), {"A", "P"}).explain(one)

    assert brought.outcome == "waits for its products, which this export brings: 'NEW'"
    assert alone.outcome.startswith("retry, missing_product")
    assert [line.component for line in brought.lines] == ["P", "NEW"]


def test_a_bom_in_use_keeps_its_seeds_and_a_component_that_moved_its_line(odoo: Plm) -> None:
    apply(odoo, structure(1, {1: "P", 2: "Q"}, Days="5", Kind="normal"), rules=ruled(RULES))

    found = explain(odoo, structure(2, {1: "R", 3: "P", 4: "Q"}, Days="6", Kind="kit"), RULES)

    assert found.outcome == "updated: 1 lines come, 2 change, 0 go"
    assert [(row.field, row.now, row.effect) for row in found.rows] == [
        ("code", "B", "same"),
        ("produce_delay", "5", "changes"),
        ("type", "normal", "left alone: only written when the record is created"),
        ("x_note", "", "new"),
        ("x_note", "n", "same"),
        ("x_note", "n", "same"),
    ]


def test_a_line_at_its_place_changes_and_one_of_another_component_is_new(odoo: Plm) -> None:
    apply(odoo, structure(1, {1: "P", 2: "Q"}), rules=ruled(RULES))

    found = explain(odoo, structure(2, {1: "P", 2: "R"}, note="m"), RULES)

    assert [(row.now, row.effect) for row in found.rows if row.field == "x_note"] == [
        ("n", "changes"),
        ("", "new"),
    ]
    assert found.outcome == "updated: 1 lines come, 1 change, 1 go"


def test_lines_that_are_merged_or_byproducts_have_no_rows_of_their_own(odoo: Plm) -> None:
    policy = '[bom]\nduplicates = "merge"\nbyproducts = [{ from = "Note", when = "chips" }]\n'

    found = explain(odoo, structure(1, {1: "P", 2: "Q", 3: "P"}), policy + RULES)
    chips = explain(odoo, structure(1, {1: "P"}, note="chips"), policy + RULES)

    assert [row.source for row in found.rows if row.field == "x_note"] == [
        "line 1 P: Note = 'n'",
        "line 2 Q: Note = 'n'",
    ]
    assert [row.field for row in chips.rows] == ["code", "produce_delay", "type"]


def test_a_new_version_is_told(odoo: Plm) -> None:
    policy = '[bom]\nrevisions = "new_version"\n'
    apply(odoo, structure(1, {1: "P"}), rules=ruled(policy + RULES))
    second = structure(2, {1: "P"})
    revised = second.model_copy(
        update={"data": second.data.model_copy(update={"item": item(number="A", revision="C")})}
    )

    found = explain(odoo, revised, policy + RULES)

    assert found.outcome == "created; revision C is a new BOM, that of revision B is archived"
    assert effects(found)["x_note"] == "new"


def test_nothing_of_a_bom_is_written_where_the_profile_leaves_boms_alone(odoo: Plm) -> None:
    apply(odoo, structure(1, {1: "P"}), rules=ruled(RULES))

    found = explain(
        odoo, structure(2, {1: "P"}, note="m", Days="9"), '[models."mrp.bom"]\nupdate = false\n' + RULES
    )

    assert found.outcome == "unchanged; the BOM differs, and the profile says update = false"
    assert (effects(found)["produce_delay"], effects(found)["x_note"]) == ("not written", "not written")


def test_lines_are_left_alone_where_the_profile_says_so(odoo: Plm) -> None:
    apply(odoo, structure(1, {1: "P"}), rules=ruled(RULES))

    found = explain(
        odoo, structure(2, {1: "P"}, note="m"), '[models."mrp.bom.line"]\nupdate = false\n' + RULES
    )

    assert effects(found)["x_note"] == "left alone: update = false"


def test_a_bom_that_is_stale_or_waits_for_its_products_has_no_rows(odoo: Plm) -> None:
    apply(odoo, structure(2, {1: "P"}), rules=ruled(RULES))

    stale = explain(odoo, structure(1, {1: "P"}), RULES)
    waiting = explain(odoo, structure(3, {1: "NONE"}), RULES)

    assert (stale.outcome, stale.rows) == (f"stale; Odoo holds sequence {from_version(2)}", [])
    assert waiting.outcome.startswith("retry, missing_product: ")


@pytest.fixture
def vault(tmp_path: Path) -> Works:
    return Works(tmp_path)


def file(version: int = 1, path: str = "a.pdf", number: str = "BD-1000", **attributes: str) -> Event:
    data = attachment(item=item(number=number), file=File(path=path), attributes=attributes)
    return event(data, sequence=from_version(version))


def test_a_new_document_is_created_or_waits_for_its_product(vault: Works) -> None:
    found = explain(vault.odoo, file(Title="Sheet"), DOCUMENT)

    assert found.outcome == "created"
    assert effects(found)["description"] == effects(found)["name"] == "new"
    assert explain(vault.odoo, file(number="BD-2000")).outcome == "waits for its product"


def test_a_document_that_is_there_changes_where_it_differs_unless_left_alone(vault: Works) -> None:
    vault.handling(ruled(DOCUMENT)).apply([file(2, Title="Sheet")])

    found = explain(vault.odoo, file(3, Title="Sheet 1"), DOCUMENT)
    kept = explain(
        vault.odoo, file(3, Title="Sheet 1"), '[models."product.document"]\nupdate = false\n' + DOCUMENT
    )
    stale = explain(vault.odoo, file(1, Title="Sheet 0"), DOCUMENT)

    assert found.outcome == "the file is compared by its SHA-1"
    assert (effects(found)["description"], effects(found)["name"]) == ("changes", "same")
    assert (kept.outcome, effects(kept)["description"]) == (
        "left alone: update = false",
        "left alone: update = false",
    )
    assert (stale.outcome, stale.rows) == (f"stale; Odoo holds sequence {from_version(2)}", [])


def test_a_document_of_a_state_that_archives_keeps_its_content_or_has_none(vault: Works) -> None:
    rules = DOCUMENT + '[states]\nReleased = "archive"\n'

    new = explain(vault.odoo, file(2, "gone.pdf"), rules)
    vault.handling(ruled(DOCUMENT)).apply([file(1)])
    there = explain(vault.odoo, file(2, "gone.pdf"), rules)

    assert new.outcome == "archived, without its content; created"
    assert there.outcome == "archived; its content stays"


def test_a_picture_is_told_as_the_products(vault: Works) -> None:
    path, rules = "a.png", '[source]\npreview = "PDF File"\nfiles = ["Drawing File"]\n'
    sha1 = vault.write(path, png(4, 3))
    archiving = rules + '[states]\nReleased = "archive"\n'
    first = explain(vault.odoo, file(1, path), rules)

    vault.handling(ruled(rules)).apply([file(2, path)])

    assert first.outcome == "image_1920 of the product, if the file's SHA-1 is not known yet"
    assert explain(vault.odoo, file(2, path), rules).outcome.endswith(f"is not {sha1}")
    assert explain(vault.odoo, file(1, path), rules).outcome.startswith("stale; ")
    assert explain(vault.odoo, file(3, path), archiving).outcome == "the picture of the product stays"
    assert explain(vault.odoo, file(number="BD-2000"), rules).outcome == "waits for its product"
    guarded = rules + '[models."product.template"]\nupdate = false\n'
    assert "update = false" in explain(vault.odoo, file(3, path), guarded).outcome


def test_a_forbidden_path_is_that_events_outcome(vault: Works) -> None:
    found = explain(vault.odoo, file(path="../secret.txt"))

    assert found.outcome.startswith("dead letter, file_forbidden: path '../secret.txt' climbs out")
    assert found.rows == []


def test_a_document_of_which_a_value_is_refused_is_a_dead_letter(vault: Works) -> None:
    found = explain(vault.odoo, file(Title=""), DOCUMENT.replace(" }", ", required = true }"))

    assert found.outcome.startswith("dead letter, missing_value: ")
    assert effects(found)["description"].startswith("refused: ")
    assert effects(found)["name"] == "not written"
