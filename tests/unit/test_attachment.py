"""The attachment consumer: what a file's event does to the documents in Odoo."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from consumers.errors import AmbiguousError, MisconfiguredError
from consumers.mapping import attachment as mapping
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.unit.documents import Works, event, reason


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return Works(tmp_path)


def test_a_new_file_becomes_a_document_of_its_product(works: Works) -> None:
    assert works.result(event(3)) is Result.CREATED

    document = works.document()
    assert works.content() == b"first"
    assert (document["name"], document["attached_on_mrp"]) == ("a.pdf", "bom")
    assert (document["res_model"], document["res_id"]) == ("product.template", works.product)
    assert document["company_id"] is False, "seen only in one company, unlike its product"
    assert (document["x_pdm_key"], document["x_pdm_sequence"], document["x_pdm_revision"]) == (
        "Works.BD-1000.PDF_20File",
        from_version(3),
        "A",
    )


def test_a_redelivery_costs_one_read_and_no_file(works: Works) -> None:
    sha1 = works.write("a.pdf", b"first")
    works.apply(event(sha1=sha1))
    (works.folder / "a.pdf").unlink()

    assert works.result(event(sha1=sha1)) is Result.UNCHANGED
    assert works.calls() == ["product.document.search_read"]


def test_a_redelivery_without_a_hash_reads_the_file_and_writes_nothing(works: Works) -> None:
    works.apply(event())

    assert works.result(event()) is Result.UNCHANGED
    assert works.calls() == ["product.document.search_read"]


def test_an_empty_file_is_unchanged_the_second_time(works: Works) -> None:
    works.write("a.pdf", b"")

    assert works.result(event()) is Result.CREATED
    assert works.result(event()) is Result.UNCHANGED
    assert works.calls() == ["product.document.search_read"]


def test_new_content_replaces_the_old_in_the_same_document(works: Works) -> None:
    works.apply(event(1))
    before = works.document()["id"]
    works.write("b.pdf", b"second")

    assert works.result(event(2, path=r".\b.pdf", revision="B")) is Result.UPDATED

    document = works.document()
    assert (document["id"], document["name"], document["x_pdm_revision"]) == (before, "b.pdf", "B")
    assert works.content() == b"second"
    assert works.calls() == ["product.document.search_read", "product.document.web_save_multi"]


def test_the_same_content_of_a_newer_event_moves_only_the_fence(works: Works) -> None:
    works.apply(event(1))

    newer = event(2, revision="B")
    assert works.result(newer) is Result.UNCHANGED

    assert works.odoo.calls[-1].arguments["vals_list"] == [
        {"x_pdm_sequence": from_version(2), "x_pdm_digest": newer.digest, "x_pdm_revision": "B"}
    ]


def test_another_name_with_the_same_content_is_an_update_without_an_upload(works: Works) -> None:
    works.apply(event(1))
    works.write("b.pdf", b"first")

    assert works.result(event(2, path="b.pdf")) is Result.UPDATED
    assert "datas" not in works.odoo.calls[-1].arguments["vals_list"][0]


def test_an_older_event_changes_nothing_and_needs_no_file(works: Works) -> None:
    works.apply(event(2))

    assert works.result(event(1, path="gone.pdf")) is Result.STALE
    assert works.document()["x_pdm_sequence"] == from_version(2)


def test_each_role_of_an_item_has_a_document_of_its_own(works: Works) -> None:
    works.apply(event(role="PDF File"), event(role="STEP File"))

    assert len(works.odoo.records("product.document")) == 2


def test_a_file_of_a_product_that_is_not_there_waits_for_it(works: Works) -> None:
    (verdict,) = works.apply(event(number="BD-2000"))

    assert reason(verdict) is Reason.MISSING_PRODUCT
    assert "'BD-2000'" in str(verdict)
    assert works.odoo.records("product.document") == []


def test_a_file_that_is_not_there_waits_for_it(works: Works) -> None:
    (verdict,) = works.apply(event(path="later.pdf"))

    assert reason(verdict) is Reason.FILE_MISSING


def test_a_file_that_is_still_being_written_waits(works: Works) -> None:
    whole = hashlib.sha1(b"first and last", usedforsecurity=False).hexdigest()

    by_hash, by_size = works.apply(event(sha1=whole), event(role="other", size=14))

    assert (reason(by_hash), reason(by_size)) == (Reason.FILE_MISMATCH, Reason.FILE_MISMATCH)
    assert works.odoo.records("product.document") == []


def test_a_hostile_path_is_refused_even_if_its_content_is_known(works: Works) -> None:
    sha1 = works.write("a.pdf", b"first")
    works.apply(event(1, sha1=sha1))

    (verdict,) = works.apply(event(2, path="../a.pdf", sha1=sha1))

    assert reason(verdict) is Reason.FILE_FORBIDDEN


def test_an_ignored_state_touches_neither_file_nor_odoo(works: Works) -> None:
    assert works.result(event(path="gone.pdf", state="In Work")) is Result.UNCHANGED
    assert works.calls() == []


def test_an_unknown_state_is_refused_by_name(works: Works) -> None:
    (verdict,) = works.apply(event(state="Quarantine"))

    assert reason(verdict) is Reason.UNKNOWN_STATE
    assert "'Quarantine'" in str(verdict)
    assert "Add it to [states] in the profile" in str(verdict)


def test_one_bad_event_harms_only_itself(works: Works) -> None:
    works.odoo.refuse("pdm_odoo.document.Works.BD-1000.four", "Odoo does not like it")

    verdicts = works.apply(
        event(role="one"),
        event(role="two", path="/etc/passwd"),
        event(role="three", path="gone.pdf"),
        event(role="four"),
        event(role="five", number="BD-9999"),
        event(role="six", state="Quarantine"),
        event(role="seven"),
    )

    assert [one.result if isinstance(one, Applied) else one.reason for one in verdicts] == [
        Result.CREATED,
        Reason.FILE_FORBIDDEN,
        Reason.FILE_MISSING,
        Reason.REFUSED_BY_ODOO,
        Reason.MISSING_PRODUCT,
        Reason.UNKNOWN_STATE,
        Result.CREATED,
    ]


@pytest.mark.parametrize("lost", ["search_read", "load"])
def test_a_lost_reply_doubles_nothing(works: Works, lost: str) -> None:
    events = [event(role="one"), event(role="two")]
    works.odoo.lose_reply(lost)
    with pytest.raises(AmbiguousError):
        works.apply(*events)

    works.apply(*events)

    assert len(works.odoo.records("product.document")) == 2


def test_images_are_kept_as_they_are(works: Works) -> None:
    works.apply(event(1))
    [created] = [call for call in works.odoo.calls if call.method == "load"]
    works.write("a.pdf", b"second")
    works.apply(event(2))

    written = (created, works.odoo.calls[-1])
    assert [call.context["image_no_postprocess"] for call in written] == [True, True]


def test_a_hundred_small_files_take_four_calls(works: Works) -> None:
    events = [event(role=f"role {number}") for number in range(100)]

    works.apply(*events)
    assert works.calls() == [
        "product.document.search_read",
        "product.template.search_read",
        "product.document.load",
        "product.document.search_read",  # whether they were created by these events
    ]

    works.apply(*events)
    assert works.calls() == ["product.document.search_read"]


def test_large_files_are_sent_in_groups(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "GROUP_BYTES", 250)
    for number in range(7):
        works.write(f"{number}.pdf", bytes([number]) * 100)
    works.write("large.pdf", bytes(900))
    paths = ["0.pdf", "1.pdf", "large.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf", "6.pdf"]

    verdicts = works.apply(*(event(role=path, path=path) for path in paths))

    sent = [len(call.arguments["data"]) for call in works.odoo.calls if call.method == "load"]
    assert sent == [2, 1, 2, 2, 1]
    assert all(isinstance(one, Applied) for one in verdicts)


def test_a_database_without_our_fields_holds_the_consumer(works: Works) -> None:
    del works.odoo.fields["product.document"]["x_pdm_key"]
    works.schema.outdated()

    with pytest.raises(MisconfiguredError, match="pdm-odoo odoo setup"):
        works.handler.prepare()
