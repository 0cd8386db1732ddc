"""Documents in the real Odoo."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.connection import Connection
from consumers.results import Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.integration.documents import Works, add_product

pytestmark = pytest.mark.both_protocols


@pytest.fixture
def works(odoo: Connection, tmp_path: Path, request: pytest.FixtureRequest) -> Works:
    return Works(odoo, tmp_path, f"BD {request.node.name[:80]}")


def test_a_new_file_is_one_document_of_its_product(works: Works) -> None:
    sha1 = works.write("a.pdf", b"%PDF-1.4 first")

    assert works.results(works.event(3)) == [Result.CREATED]

    assert works.odoo.calls == [
        "product.document.search_read",
        "product.template.search_read",
        "product.document.load",
        "product.document.search_read",
    ]
    (document,) = works.documents()
    assert (document["name"], document["checksum"], document["file_size"]) == ("a.pdf", sha1, 14)
    assert (document["attached_on_mrp"], document["company_id"]) == ("bom", False)
    assert (document["x_pdm_sequence"], document["x_pdm_revision"]) == (from_version(3), "B")


@pytest.mark.parametrize("announced", [True, False])
def test_a_redelivery_is_one_read_and_no_write(works: Works, announced: bool) -> None:
    sha1 = works.write("a.pdf", b"%PDF-1.4 first")
    event = works.event(sha1=sha1 if announced else None)
    works.apply(event)
    before = works.documents()

    assert works.results(event) == [Result.UNCHANGED]

    assert works.odoo.calls == ["product.document.search_read"]
    assert works.documents() == before


def test_an_empty_file_converges(works: Works) -> None:
    works.write("a.pdf", b"")

    assert works.results(works.event()) == [Result.CREATED]
    assert works.results(works.event()) == [Result.UNCHANGED]
    assert works.odoo.calls == ["product.document.search_read"]


def test_content_may_become_empty_and_back(works: Works) -> None:
    works.apply(works.event(1))
    works.write("a.pdf", b"")
    assert works.results(works.event(2)) == [Result.UPDATED]
    assert works.results(works.event(2)) == [Result.UNCHANGED]
    sha1 = works.write("a.pdf", b"again")

    assert works.results(works.event(3)) == [Result.UPDATED]
    assert works.documents()[0]["checksum"] == sha1


def test_an_image_above_odoos_limit_converges(works: Works) -> None:
    works.write("a.bmp", bitmap(2000, 2000))

    assert works.results(works.event(path="a.bmp")) == [Result.CREATED]
    assert works.results(works.event(path="a.bmp")) == [Result.UNCHANGED]
    works.write("a.bmp", bitmap(2001, 1999))
    assert works.results(works.event(2, path="a.bmp")) == [Result.UPDATED]
    assert works.results(works.event(2, path="a.bmp")) == [Result.UNCHANGED]


def bitmap(width: int, height: int) -> bytes:
    """Return a white picture of one bit per pixel."""
    row = (width + 31) // 32 * 4
    header = (62).to_bytes(4, "little") + (40).to_bytes(4, "little")
    size = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    info = size + b"\1\0\1\0" + bytes(4) + (row * height).to_bytes(4, "little") + bytes(16)
    return (
        b"BM"
        + (62 + row * height).to_bytes(4, "little")
        + bytes(4)
        + header
        + info
        + bytes(4)
        + b"\xff" * 4
        + b"\xff" * (row * height)
    )


def test_new_content_replaces_the_old_in_the_same_document(works: Works) -> None:
    works.apply(works.event(1))
    (before,) = works.documents()
    sha1 = works.write("a_B.pdf", b"%PDF-1.4 second, longer")

    assert works.results(works.event(2, path="a_B.pdf")) == [Result.UPDATED]

    assert works.odoo.calls == ["product.document.search_read", "product.document.web_save_multi"]
    (after,) = works.documents()
    assert (after["id"], after["name"], after["checksum"]) == (before["id"], "a_B.pdf", sha1)
    assert after["x_pdm_sequence"] == from_version(2)


def test_a_newer_event_with_the_same_content_moves_only_the_fence(works: Works) -> None:
    works.apply(works.event(1))

    assert works.results(works.event(2)) == [Result.UNCHANGED]
    assert works.documents()[0]["x_pdm_sequence"] == from_version(2)


def test_an_older_event_is_stale(works: Works) -> None:
    works.apply(works.event(2))
    before = works.documents()
    works.write("a.pdf", b"older")

    assert works.results(works.event(1)) == [Result.STALE]
    assert works.documents() == before


def test_a_document_that_a_person_archived_stays_archived_until_the_next_release(works: Works) -> None:
    works.apply(works.event(1))
    works.odoo.call("product.document", "write", ids=[works.documents()[0]["id"]], vals={"active": False})

    assert works.results(works.event(1)) == [Result.UNCHANGED]
    assert works.odoo.calls == ["product.document.search_read"]
    assert works.documents()[0]["active"] is False

    works.write("a.pdf", b"second")
    assert works.results(works.event(2)) == [Result.UPDATED]
    [document] = works.documents()
    assert document["active"] is True


def test_a_state_that_archives_hides_the_document_and_a_newer_release_shows_it_again(works: Works) -> None:
    works.apply(works.event(1))
    [before] = works.documents()
    (works.folder / "a.pdf").unlink()

    assert works.results(works.event(3, state="Obsolete")) == [Result.UPDATED]
    assert works.odoo.calls == ["product.document.search_read", "product.document.web_save_multi"]
    assert works.results(works.event(3, state="Obsolete")) == [Result.UNCHANGED]
    assert works.odoo.calls == ["product.document.search_read"]
    assert works.results(works.event(2)) == [Result.STALE]
    [archived] = works.documents()
    assert (archived["active"], archived["checksum"]) == (False, before["checksum"])

    sha1 = works.write("a.pdf", b"third")
    assert works.results(works.event(4)) == [Result.UPDATED]
    [shown] = works.documents()
    assert (shown["id"], shown["active"], shown["checksum"]) == (before["id"], True, sha1)


def test_an_archived_file_that_odoo_never_had_leaves_a_fence_that_nobody_sees(works: Works) -> None:
    assert works.results(works.event(2, path="gone.pdf", state="Obsolete")) == [Result.CREATED]
    assert works.odoo.calls[-2] == "product.document.load"
    assert works.results(works.event(2, path="gone.pdf", state="Obsolete")) == [Result.UNCHANGED]
    assert works.results(works.event(1)) == [Result.STALE]
    [archived] = works.documents()
    assert (archived["active"], archived["file_size"]) == (False, 0)
    counted = works.odoo.call(
        "product.template",
        "search_read",
        domain=[["id", "=", works.product]],
        fields=["product_document_count"],
    )
    assert counted[0]["product_document_count"] == 0

    sha1 = works.write("a.pdf", b"released")
    assert works.results(works.event(3)) == [Result.UPDATED]
    [shown] = works.documents()
    assert (shown["active"], shown["checksum"], shown["name"]) == (True, sha1, "a.pdf")


def test_a_document_that_a_person_deleted_comes_back(works: Works) -> None:
    works.apply(works.event(1))
    works.odoo.call("product.document", "unlink", ids=[works.documents()[0]["id"]])

    assert works.results(works.event(1)) == [Result.CREATED]
    assert len(works.documents()) == 1


def test_a_product_that_was_deleted_and_made_again_gets_its_documents_again(
    works: Works, odoo: Connection, administrator: Connection
) -> None:
    works.apply(works.event(1))
    administrator.call("product.template", "unlink", ids=[works.product])
    (verdict,) = works.apply(works.event(1))
    assert isinstance(verdict, TransientError)
    assert verdict.reason is Reason.MISSING_PRODUCT

    works.product = add_product(odoo, works.number)

    assert works.results(works.event(1)) == [Result.CREATED]
    assert len(works.documents()) == 1


def test_one_bad_event_harms_only_itself(works: Works) -> None:
    (works.folder / "out.txt").symlink_to("/etc/hostname")
    paths = ["a.pdf", "../a.pdf", "/etc/passwd", r"C:\a.pdf", r"\\srv\a.pdf", "out.txt", "later.pdf"]

    verdicts = works.apply(*(works.event(path=path, role=path) for path in paths))

    fates = [
        one.reason if isinstance(one, PermanentError | TransientError) else one.result for one in verdicts
    ]
    assert fates == [Result.CREATED, *[Reason.FILE_FORBIDDEN] * 5, Reason.FILE_MISSING]
    assert len(works.documents()) == 1


def test_a_hundred_documents_take_four_calls_and_none_doubles(works: Works) -> None:
    events = []
    for number in range(100):
        works.write(f"{number}.pdf", f"drawing {number}".encode() * 1000)
        events.append(works.event(path=f"{number}.pdf", role=f"role {number}"))

    assert works.results(*events) == [Result.CREATED] * 100
    assert len(works.odoo.calls) == 4

    assert works.results(*events) == [Result.UNCHANGED] * 100
    assert len(works.odoo.calls) == 1

    newer = [works.event(2, path=f"{number}.pdf", role=f"role {number}") for number in range(100)]
    for number in range(100):
        works.write(f"{number}.pdf", f"second {number}".encode() * 1000)
    assert works.results(*newer) == [Result.UPDATED] * 100
    assert len(works.odoo.calls) == 2
    assert len(works.documents()) == 100


def test_large_files_are_sent_twenty_mebibytes_at_a_time(works: Works) -> None:
    events = []
    for number in range(5):
        works.write(f"{number}.step", bytes([number]) * 9 * 1024 * 1024)
        events.append(works.event(path=f"{number}.step", role=f"role {number}"))

    assert works.results(*events) == [Result.CREATED] * 5
    assert works.odoo.calls.count("product.document.load") == 3
