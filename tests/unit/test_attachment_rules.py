"""What a profile can say of documents: each rule does what it says, and no more."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from consumers.errors import ConflictError, MisconfiguredError, PermanentError
from consumers.odoo.doubts import AGAIN_AFTER
from consumers.results import Applied, Result, Verdict
from schemas import keys
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.sequence import from_version
from tests import factories
from tests.unit.consumers.profiles import ruled
from tests.unit.documents import Works

DOCUMENT = "product.document"
TABLE, FIELDS = f'[models."{DOCUMENT}"]\n', f'[models."{DOCUMENT}".fields]\n'
CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return Works(tmp_path)


def told(version: int = 1, role: str = "PDF File", path: str = "a.pdf", **attributes: str) -> Event:
    data = factories.attachment(
        item=factories.item(revision="A"), role=role, file=File(path=path), attributes=attributes
    )
    return factories.event(data, sequence=from_version(version))


def apply(works: Works, text: str, *events: Event) -> list[Verdict]:
    handler = works.handling(ruled(text))
    works.odoo.calls.clear()
    return handler.apply(events)


def refused(verdict: Verdict, reason: Reason) -> str:
    assert isinstance(verdict, PermanentError), verdict
    assert verdict.reason is reason
    return str(verdict)


def test_a_mapped_field_is_filled_compared_and_changed_without_the_content(works: Works) -> None:
    rules = FIELDS + 'description = { from = "Title" }'

    assert apply(works, rules, told(Title="Drawing")) == [CREATED]
    assert works.document()["description"] == "Drawing"
    assert apply(works, rules, told(2, Title="Drawing ")) == [UNCHANGED]
    assert apply(works, rules, told(3)) == [UNCHANGED]
    newest = told(4, Title="Sheet 1")
    assert apply(works, rules, newest) == [UPDATED]

    assert works.document()["description"] == "Sheet 1"
    assert works.odoo.calls[-1].arguments["vals_list"] == [
        {"description": "Sheet 1", "x_pdm_sequence": from_version(4), "x_pdm_digest": newest.digest}
    ]


def test_a_template_may_name_the_document_and_a_seed_is_left_to_odoo(works: Works) -> None:
    rules = FIELDS + 'name = { template = "{item.number}-{item.revision} {file.name}" }'
    apply(works, rules, told())
    assert works.document()["name"] == "BD-1000-A a.pdf"
    works.odoo._records[DOCUMENT][works.document()["id"]]["attached_on_mrp"] = "hidden"

    assert apply(works, rules, told(2)) == [UNCHANGED]

    assert works.document()["attached_on_mrp"] == "hidden"


def test_what_an_event_of_a_batch_does_not_speak_of_is_what_odoo_would_give_it(works: Works) -> None:
    works.odoo.defaults[DOCUMENT]["description"] = "none"
    works.odoo.defaults[DOCUMENT]["attached_on_mrp"] = "hidden"
    works.schema.refresh()
    rules = FIELDS + 'attached_on_mrp = { from = "Shown" }\ndescription = { from = "Title" }'

    apply(works, rules, told(role="one", Shown="bom", Title="T"), told(role="two"), told(role="3", Shown=""))

    held = [(one["attached_on_mrp"], one["description"]) for one in works.odoo.records(DOCUMENT)]
    # What Odoo requires has its default where it is empty, too.
    assert held == [("bom", "T"), ("hidden", "none"), ("hidden", "none")]


def test_create_false_refuses_a_new_document_and_changes_one_that_is_there(works: Works) -> None:
    apply(works, "", told())
    works.write("a.pdf", b"second")

    there, new = apply(works, TABLE + "create = false", told(2), told(role="STEP File"))

    assert there == UPDATED
    assert works.content() == b"second"
    assert f"create = false for {DOCUMENT}" in refused(new, Reason.NOT_ALLOWED)


def test_update_false_makes_documents_and_leaves_those_that_are_there_alone_with_a_note(works: Works) -> None:
    apply(works, "", told())
    works.write("a.pdf", b"second")

    there, new = apply(works, TABLE + "update = false", told(2), told(role="STEP File"))
    [same] = apply(works, TABLE + "update = false", told(2, role="STEP File"))

    assert there == Applied(Result.UNCHANGED, "the document differs, and the profile says update = false")
    assert (new, same) == (CREATED, UNCHANGED)
    first, _ = works.odoo.records(DOCUMENT)
    assert b64decode(first["datas"]) == b"first"


def test_a_value_that_does_not_fit_refuses_its_event_only(works: Works) -> None:
    rules = FIELDS + 'description = { from = "Title", required = true }'

    bad, good = apply(works, rules, told(role="one", Title=""), told(role="two", Title="T"))

    assert f"{DOCUMENT}.description is required" in refused(bad, Reason.MISSING_VALUE)
    assert good == CREATED


def test_an_older_event_is_stale_whatever_its_values(works: Works) -> None:
    rules = FIELDS + 'description = { from = "Title", required = true }'
    apply(works, rules, told(2, Title="T"))

    [verdict] = apply(works, rules, told(1, Title=""))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.STALE


def test_documents_are_split_by_company_too(works: Works) -> None:
    north, south = (works.odoo.add("res.company", name=name) for name in ("North", "South"))

    verdicts = apply(
        works,
        '[company]\nfrom = "Plant"',
        told(role="one", Plant="North"),
        told(role="two", Plant="South"),
        told(role="three", Plant="Nowhere"),
    )

    assert verdicts[:2] == [CREATED, Applied(Result.CREATED)]
    refused(verdicts[2], Reason.UNKNOWN_RECORD)
    loads = [call.context["allowed_company_ids"] for call in works.odoo.calls if call.method == "load"]
    assert loads == [[north], [south]]


def test_after_a_conflict_related_records_are_looked_up_again(works: Works) -> None:
    old = works.odoo.add("res.company", name="North")
    handler = works.handling(ruled('[company]\nfrom = "Plant"'))
    assert handler.apply([told(Plant="North")]) == [CREATED]
    del works.odoo._records["res.company"][old]
    works.odoo._records["res.company"][99] = {"name": "North", "active": True}
    works.odoo.fail(ConflictError("a record it needs was deleted"))

    with pytest.raises(ConflictError):
        handler.apply([told(2, Plant="North")])
    works.odoo.calls.clear()
    handler.apply([told(2, Plant="North")])

    assert works.odoo.calls[-1].context["allowed_company_ids"] == [99]


def test_a_field_that_vanished_from_odoo_holds_the_consumer_and_names_it_until_it_is_back(
    works: Works,
) -> None:
    handler = works.handling(ruled(FIELDS + 'description = { from = "Title" }'))
    lost = works.odoo.fields[DOCUMENT].pop("description")
    works.schema.outdated()

    for attempt in (handler.prepare, lambda: handler.apply([told(Title="T")])):
        with pytest.raises(MisconfiguredError, match=f"{DOCUMENT}.*'description'"):
            attempt()

    works.odoo.fields[DOCUMENT]["description"] = lost
    works.clock.pass_by(AGAIN_AFTER)
    assert handler.apply([told(Title="T")]) == [CREATED]
    assert works.document()["x_pdm_key"] == keys.key(factories.SOURCE, "BD-1000") + ".PDF_20File"
