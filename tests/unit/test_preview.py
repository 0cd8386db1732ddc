"""The picture of a product: written when the vault's file differs from the last one it sent."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from consumers.errors import AmbiguousError
from consumers.mapping import attachment as groups
from consumers.mapping import preview as mapping
from consumers.odoo.client import Values
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests.pictures import png
from tests.unit.consumers.profiles import ruled
from tests.unit.documents import Works, event, reason

PRODUCT, DOCUMENT = "product.template", "product.document"
READ, WRITTEN = f"{PRODUCT}.search_read", f"{PRODUCT}.web_save_multi"
ROLE = "Preview File"
STATES = '[states]\nObsolete = "archive"\n'
UPDATED, UNCHANGED = Applied(Result.UPDATED), Applied(Result.UNCHANGED)


@pytest.fixture
def works(tmp_path: Path) -> Works:
    found = Works(tmp_path)
    found.write("a.png", png(4, 3, 1))
    found.write("b.png", png(4, 3, 2))
    return found


def shot(version: int = 1, path: str = "a.png", **more: Any) -> Event:
    return event(version, path, role=ROLE, **more)


def apply(works: Works, *events: Event, rules: str = STATES) -> list[Verdict]:
    handler = works.handling(ruled(rules))
    works.odoo.calls.clear()
    return handler.apply(events)


def product(works: Works) -> Values:
    [record] = works.odoo.records(PRODUCT)
    return record


def picture(works: Works) -> bytes:
    return b64decode(product(works).get("image_1920") or "")


def fence(works: Works) -> str:
    return str(product(works)["x_pdm_preview"])


def test_a_file_of_the_preview_role_is_the_image_of_its_product_and_no_document(works: Works) -> None:
    sha1 = works.write("a.png", png(4, 3))

    assert apply(works, shot(3)) == [UPDATED]

    assert works.calls() == [READ, WRITTEN]
    assert picture(works) == png(4, 3)
    assert fence(works) == f"{from_version(3)} {sha1}"
    assert works.odoo.records(DOCUMENT) == []


def test_the_profile_says_which_role_that_is(works: Works) -> None:
    rules = '[source]\npreview = "Icon"'

    assert apply(works, event(1, "a.png", role="Icon"), shot(1, "b.png"), rules=rules) == [
        UPDATED,
        Applied(Result.CREATED),
    ]
    assert picture(works) == png(4, 3, 1)
    assert works.document()["name"] == "b.png"


@pytest.mark.parametrize("announced", [True, False])
def test_a_redelivery_is_one_read_that_asks_for_no_picture(works: Works, announced: bool) -> None:
    sha1 = works.write("a.png", png(4, 3))
    again = shot(sha1=sha1) if announced else shot()
    apply(works, again)

    assert apply(works, again) == [UNCHANGED]

    assert works.calls() == [READ]
    assert set(works.odoo.calls[0].arguments["fields"]) == {"x_pdm_key", "x_pdm_preview"}


def test_a_redelivery_that_names_its_sha1_needs_no_file(works: Works) -> None:
    sha1 = works.write("a.png", png(4, 3))
    apply(works, shot(sha1=sha1))
    (works.folder / "a.png").unlink()

    assert apply(works, shot(sha1=sha1)) == [UNCHANGED]


def test_the_same_picture_of_a_newer_event_moves_only_the_fence(works: Works) -> None:
    apply(works, shot(1))

    assert apply(works, shot(2)) == [UNCHANGED]

    assert works.odoo.calls[-1].arguments["vals_list"] == [{"x_pdm_preview": fence(works)}]
    assert fence(works).startswith(from_version(2))


def test_a_newer_event_brings_its_picture_and_an_older_one_is_stale(works: Works) -> None:
    apply(works, shot(2, "a.png"))

    assert apply(works, shot(3, "b.png")) == [UPDATED]
    [older] = apply(works, shot(2, "gone.png"))

    assert isinstance(older, Applied)
    assert older.result is Result.STALE
    assert picture(works) == png(4, 3, 2)


def test_another_picture_of_the_same_sequence_is_written_and_reported(works: Works) -> None:
    apply(works, shot(1, "a.png"))

    [verdict] = apply(works, shot(1, "b.png"))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UPDATED
    assert "another picture of sequence" in verdict.note
    assert verdict.warns


def test_a_picture_that_a_person_chose_stays_until_the_vault_has_another_one(works: Works) -> None:
    apply(works, shot(1))
    works.odoo._records[PRODUCT][works.product]["image_1920"] = "cGVyc29u"

    assert apply(works, shot(1)) == [UNCHANGED]
    assert apply(works, shot(2)) == [UNCHANGED]
    assert picture(works) == b"person"

    assert apply(works, shot(3, "b.png")) == [UPDATED]
    assert picture(works) == png(4, 3, 2)


def test_a_state_that_archives_leaves_the_picture_and_closes_the_fence(works: Works) -> None:
    apply(works, shot(1))
    (works.folder / "a.png").unlink()

    assert apply(works, shot(3, state="Obsolete")) == [UNCHANGED]
    [late] = apply(works, shot(2, "b.png"))
    assert apply(works, shot(3, state="Obsolete")) == [UNCHANGED]

    assert works.calls() == [READ]
    assert isinstance(late, Applied)
    assert late.result is Result.STALE
    assert picture(works) == png(4, 3, 1)


def test_a_product_that_was_archived_before_its_first_picture_gets_none_that_is_older(works: Works) -> None:
    apply(works, shot(2, "gone.png", state="Obsolete"))
    assert fence(works) == from_version(2)

    [late] = apply(works, shot(1))

    assert isinstance(late, Applied)
    assert late.result is Result.STALE
    assert apply(works, shot(3)) == [UPDATED]


def test_a_picture_of_a_product_that_is_not_there_waits_for_it(works: Works) -> None:
    released, archived = apply(works, shot(number="BD-2000"), shot(number="BD-3000", state="Obsolete"))

    assert (reason(released), reason(archived)) == (Reason.MISSING_PRODUCT, Reason.MISSING_PRODUCT)
    assert "'BD-2000'" in str(released)


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"II*\0tiff", b"RIFF....WAVE"]
)
def test_what_is_no_picture_is_refused_and_says_which_are_taken(works: Works, content: bytes) -> None:
    works.write("a.png", content)

    bad, good = apply(works, shot(), event(role="PDF File"))

    assert reason(bad) is Reason.INVALID_VALUE
    assert "'a.png' of 'Preview File' is no picture that Odoo takes: PNG, JPEG" in str(bad)
    assert good == Applied(Result.CREATED)
    assert picture(works) == b""
    assert not product(works).get("x_pdm_preview")


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0", b"GIF89a", b"BM6", b"RIFF\0\0\0\0WEBPVP8 "])
def test_the_usual_kinds_of_pictures_are_taken(works: Works, content: bytes) -> None:
    works.write("a.png", content)

    assert apply(works, shot()) == [UPDATED]


@pytest.mark.parametrize(
    ("path", "known", "expected"),
    [
        ("gone.png", {}, Reason.FILE_MISSING),
        ("../a.png", {"sha1": "0" * 40}, Reason.FILE_FORBIDDEN),
        ("a.png", {"sha1": "0" * 40}, Reason.FILE_MISMATCH),
        ("large.png", {}, Reason.FILE_TOO_LARGE),
    ],
)
def test_a_file_that_cannot_be_had_is_told_as_for_documents(
    works: Works, path: str, known: dict[str, Any], expected: Reason
) -> None:
    works.write("large.png", png(4, 3) + bytes(1000))

    [verdict] = apply(works, shot(1, path, **known))

    assert reason(verdict) is expected


@pytest.mark.parametrize(
    ("guard", "word"), [('never = ["image_1920"]', "never"), ("update = false", "update")]
)
def test_a_profile_may_forbid_pictures(works: Works, guard: str, word: str) -> None:
    [verdict] = apply(works, shot(1, "gone.png"), rules=f'[models."{PRODUCT}"]\n{guard}')

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UNCHANGED
    assert word in verdict.note
    assert works.calls() == []


def test_pictures_go_to_odoo_a_few_at_a_time(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "MOST", 3)
    numbers = [f"P-{number}" for number in range(7)]
    for number in numbers:
        works.add_product(number)
    events = [shot(number=number) for number in numbers]

    assert apply(works, *events) == [UPDATED] * 7
    assert [len(call.ids or ()) for call in works.odoo.calls] == [0, 3, 3, 1]

    assert apply(works, *events) == [UNCHANGED] * 7
    assert works.calls() == [READ]
    assert apply(works, *(shot(2, number=number) for number in numbers)) == [UNCHANGED] * 7
    assert works.calls() == [READ, WRITTEN], "fences alone need no groups"


def test_large_pictures_go_to_odoo_in_smaller_groups(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "GROUP_BYTES", 250)
    for number in range(3):
        works.add_product(f"P-{number}")
        works.write(f"{number}.png", png(4, 3) + bytes(40))

    apply(works, *(shot(1, f"{number}.png", number=f"P-{number}") for number in range(3)))

    assert works.calls() == [READ, WRITTEN, WRITTEN]


def test_a_lost_reply_leads_to_one_picture_and_no_second_write(works: Works) -> None:
    works.odoo.lose_reply("web_save_multi")
    with pytest.raises(AmbiguousError):
        apply(works, shot())

    assert apply(works, shot()) == [UNCHANGED]
    assert works.calls() == [READ]


def test_each_company_is_asked_for_its_own_products(works: Works) -> None:
    north = works.odoo.add("res.company", name="North")
    told = shot()
    named = told.model_copy(update={"data": told.data.model_copy(update={"attributes": {"Plant": "North"}})})

    assert apply(works, named, rules='[company]\nfrom = "Plant"') == [UPDATED]

    assert works.odoo.calls[-1].context["allowed_company_ids"] == [north]
