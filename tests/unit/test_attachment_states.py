"""Documents of an item that a state archives, and that a later one brings back."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.unit.consumers.profiles import ruled
from tests.unit.documents import Works, event, reason

STATES = '[states]\nObsolete = "archive"\n'
GUARD = STATES + '[models."product.document"]\n'


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return Works(tmp_path)


def apply(works: Works, *events: Event, rules: str = STATES) -> list[Verdict]:
    handler = works.handling(ruled(rules))
    works.odoo.calls.clear()
    return handler.apply(events)


def obsolete(version: int, path: str = "a.pdf") -> Event:
    return event(version, path, state="Obsolete")


def test_a_state_that_archives_hides_the_document_and_needs_no_file(works: Works) -> None:
    apply(works, event(1))
    (works.folder / "a.pdf").unlink()

    assert apply(works, obsolete(2)) == [Applied(Result.UPDATED, "archived")]

    assert works.calls() == ["product.document.search_read", "product.document.web_save_multi"]
    document = works.document()
    assert (document["active"], document["x_pdm_sequence"]) == (False, from_version(2))
    assert works.content() == b"first"


def test_archived_twice_is_one_read(works: Works) -> None:
    for told in (event(1), obsolete(2), obsolete(2)):
        apply(works, told)

    assert apply(works, obsolete(2)) == [Applied(Result.UNCHANGED)]
    assert works.calls() == ["product.document.search_read"]


def test_what_is_older_than_the_archiving_is_stale(works: Works) -> None:
    apply(works, event(1))
    apply(works, obsolete(3))
    works.write("a.pdf", b"second")

    [verdict] = apply(works, event(2))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.STALE
    assert (works.document()["active"], works.content()) == (False, b"first")


def test_a_newer_release_takes_the_document_out_of_the_archive_with_its_content(works: Works) -> None:
    apply(works, event(1))
    apply(works, obsolete(2))
    works.write("a.pdf", b"third")

    assert apply(works, event(3)) == [Applied(Result.UPDATED, "taken out of the archive")]

    assert (works.document()["active"], works.content()) == (True, b"third")


def test_an_archived_file_that_odoo_never_had_keeps_its_place_without_content(works: Works) -> None:
    assert apply(works, obsolete(2, path="gone.pdf")) == [
        Applied(Result.CREATED, "archived, without its content")
    ]
    document = works.document()
    assert (document["active"], document["x_pdm_sequence"]) == (False, from_version(2))
    assert (document["name"], works.content()) == ("gone.pdf", b"")

    [older] = apply(works, event(1))
    assert isinstance(older, Applied)
    assert older.result is Result.STALE
    assert apply(works, obsolete(2, path="gone.pdf")) == [Applied(Result.UNCHANGED)]

    assert apply(works, event(3)) == [Applied(Result.UPDATED, "taken out of the archive")]
    assert (works.document()["active"], works.content()) == (True, b"first")


def test_an_archived_file_waits_for_its_product_like_any_other(works: Works) -> None:
    [verdict] = apply(works, event(1, number="BD-2000", state="Obsolete"))

    assert reason(verdict) is Reason.MISSING_PRODUCT


def test_new_and_archived_files_of_one_batch_are_told_apart(works: Works) -> None:
    shown, hidden = event(role="shown"), event(role="hidden", state="Obsolete", path="gone.pdf")

    verdicts = apply(works, shown, hidden)

    assert [one.result for one in verdicts if isinstance(one, Applied)] == [Result.CREATED] * 2
    assert {one["x_pdm_key"]: one["active"] for one in works.odoo.records("product.document")} == {
        shown.key: True,
        hidden.key: False,
    }


@pytest.mark.parametrize(("state", "active"), [("Released", False), ("Obsolete", True)])
def test_what_a_person_made_of_an_applied_event_stays(works: Works, state: str, active: bool) -> None:
    same = event(1, state=state)
    apply(works, same)
    works.odoo._records["product.document"][works.document()["id"]]["active"] = active

    [verdict] = apply(works, same)

    assert isinstance(verdict, Applied)
    assert (verdict.result, works.document()["active"]) == (Result.UNCHANGED, active)
    assert verdict.note.endswith("a person changed that in Odoo")
    assert works.calls() == ["product.document.search_read"]


def test_of_two_events_of_one_sequence_the_last_decides_and_it_is_told(works: Works) -> None:
    apply(works, event(1))

    [verdict] = apply(works, obsolete(1))

    assert isinstance(verdict, Applied)
    assert (verdict.result, verdict.warns, works.document()["active"]) == (Result.UPDATED, True, False)
    assert verdict.note.startswith("another event of sequence")
    assert verdict.note.endswith("archived")


def test_archive_false_leaves_the_document_shown_and_up_to_date(works: Works) -> None:
    apply(works, event(1))
    works.write("a.pdf", b"second")

    [verdict] = apply(works, obsolete(2), rules=GUARD + "archive = false")

    assert verdict == Applied(Result.UPDATED, "not archived: the profile says archive = false")
    assert (works.document()["active"], works.content()) == (True, b"second")


def test_archive_false_leaves_an_archived_document_in_the_archive(works: Works) -> None:
    apply(works, obsolete(1))

    [verdict] = apply(works, event(2), rules=GUARD + "archive = false")

    assert verdict == Applied(Result.UPDATED, "left archived: the profile says archive = false")
    assert (works.document()["active"], works.content()) == (False, b"first")


def test_update_false_archives_nothing_that_is_there(works: Works) -> None:
    apply(works, event(1))

    [verdict] = apply(works, obsolete(2), rules=GUARD + "update = false")

    assert isinstance(verdict, Applied)
    assert "update = false" in verdict.note
    assert (works.document()["active"], works.document()["x_pdm_sequence"]) == (True, from_version(1))


def test_another_event_of_the_same_sequence_is_reported(works: Works) -> None:
    apply(works, event(1))
    works.write("b.pdf", b"second")

    [verdict] = apply(works, event(1, path="b.pdf"))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UPDATED
    assert "another event of sequence" in verdict.note


def test_a_document_from_before_there_were_digests_gets_one_without_a_word(works: Works) -> None:
    apply(works, event(1))
    works.odoo._records["product.document"][works.document()["id"]]["x_pdm_digest"] = False

    assert apply(works, event(1)) == [Applied(Result.UNCHANGED)]
    assert works.document()["x_pdm_digest"] == event(1).digest
