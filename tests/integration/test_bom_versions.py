"""BOMs that go to the archive, come back, and get new versions, in the real Odoo."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import AmbiguousError, PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.integration.assemblies import Assemblies, standing

pytestmark = pytest.mark.both_protocols

FIRST, SECOND = {"P": 2.0, "Q": 1.0}, {"P": 3.0, "R": 1.0}


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return standing(odoo, schema, "A", "P", "Q", "R")


@pytest.fixture
def versions(works: Assemblies) -> Assemblies:
    works.policy = {"revisions": "new_version"}
    return works


def active(odoo: Odoo, bom: int, *, value: bool) -> None:
    odoo.call("mrp.bom", "write", ids=[bom], vals={"active": value})


def test_an_obsolete_bom_is_archived_and_an_older_release_that_comes_late_is_stale(works: Assemblies) -> None:
    assert works.done("A", 1, FIRST) is Result.CREATED

    assert works.one("A", 3, SECOND, state="Obsolete", revision="B") == Applied(Result.UPDATED, "archived")

    found = works.bom("A")
    assert (found["active"], found["code"], found["x_pdm_revision"]) == (False, "B", "B")
    assert (found["x_pdm_sequence"], len(found["x_pdm_digest"])) == (from_version(3), 16)
    assert works.lines(found["id"]) == [("P", 3.0), ("R", 1.0)]
    assert works.done("A", 2, FIRST) is Result.STALE
    assert works.bom("A") == found


def test_a_bom_that_odoo_never_had_keeps_its_place_in_the_archive(works: Assemblies) -> None:
    assert works.one("A", 2, FIRST, state="Obsolete") == Applied(Result.CREATED, "archived")

    found = works.bom("A")
    assert (found["active"], found["x_pdm_sequence"]) == (False, from_version(2))
    assert works.lines(found["id"]) == [("P", 2.0), ("Q", 1.0)]
    assert works.done("A", 1, SECOND) is Result.STALE

    assert works.one("A", 3, FIRST) == Applied(Result.UPDATED, "taken out of the archive")
    assert works.bom("A")["active"]


def test_where_nothing_may_be_created_there_is_nothing_to_archive(works: Assemblies) -> None:
    works.models = {"mrp.bom": {"create": False}}

    verdict = works.one("A", 1, FIRST, state="Obsolete")

    assert verdict == Applied(
        Result.UNCHANGED, "there is no BOM to archive, and the profile says create = false"
    )
    assert works.boms("A") == []


def test_an_event_that_was_applied_before_leaves_to_people_whether_the_bom_is_in_use(
    works: Assemblies, odoo: Odoo
) -> None:
    works.done("A", 1, FIRST)
    active(odoo, works.bom("A")["id"], value=False)
    before = works.bom("A")

    assert works.done("A", 1, FIRST) is Result.UNCHANGED
    assert works.bom("A") == before

    assert works.done("A", 2, FIRST) is Result.UPDATED
    assert works.bom("A")["active"]


@pytest.mark.parametrize("guard", ["archive", "update"])
def test_guards_keep_a_bom_in_use(works: Assemblies, guard: str) -> None:
    works.done("A", 1, FIRST)
    works.models = {"mrp.bom": {"fields": {"code": {"from": "item.revision"}}, guard: False}}

    verdict = works.one("A", 2, FIRST, state="Obsolete")

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UNCHANGED
    assert f"the profile says {guard} = false" in verdict.note
    assert works.bom("A")["active"]


def test_an_event_of_the_same_sequence_and_other_content_is_applied_and_told(works: Assemblies) -> None:
    works.done("A", 1, FIRST)

    verdict = works.one("A", 1, SECOND)

    note = f"another event of sequence {from_version(1)} was applied before, with other content"
    assert verdict == Applied(Result.UPDATED, note, warns=True)
    assert works.lines(works.bom("A")["id"]) == [("P", 3.0), ("R", 1.0)]
    assert works.one("A", 1, SECOND) == Applied(Result.UNCHANGED)


def ordered(administrator: Connection, works: Assemblies) -> int:
    """Return a confirmed manufacturing order of A."""
    product = works.variant("A")
    [order] = administrator.call(
        "mrp.production",
        "create",
        vals_list=[{"product_id": product["id"], "product_qty": 5.0, "bom_id": works.boms("A")[-1]["id"]}],
    )
    administrator.call("mrp.production", "action_confirm", ids=[order])
    return int(order)


def order_of(administrator: Connection, order: int) -> dict[str, Any]:
    [found] = administrator.call(
        "mrp.production",
        "search_read",
        domain=[["id", "=", order]],
        fields=["bom_id", "is_outdated_bom", "state", "move_raw_ids"],
        load=None,
    )
    result: dict[str, Any] = found
    return result


def test_a_new_revision_is_a_new_bom_and_open_orders_keep_theirs(
    versions: Assemblies, administrator: Connection
) -> None:
    versions.done("A", 1, FIRST)
    order = ordered(administrator, versions)
    before = order_of(administrator, order)

    verdict = versions.one("A", 2, SECOND, revision="B")

    assert verdict == Applied(Result.CREATED, "revision B is a new BOM, that of revision A is archived")
    old, new = versions.boms("A")
    assert (old["active"], old["code"], old["x_pdm_sequence"]) == (False, "A", from_version(1))
    assert (new["active"], new["code"], new["x_pdm_sequence"]) == (True, "B", from_version(2))
    assert (old["x_pdm_key"], old["product_tmpl_id"]) == (new["x_pdm_key"], new["product_tmpl_id"])
    assert versions.lines(old["id"]) == [("P", 2.0), ("Q", 1.0)]
    assert versions.lines(new["id"]) == [("P", 3.0), ("R", 1.0)]
    assert order_of(administrator, order) == before
    assert (before["bom_id"], before["is_outdated_bom"], before["state"]) == (old["id"], False, "confirmed")
    # Odoo takes the new one for the next order.
    [draft] = administrator.call(
        "mrp.production", "create", vals_list=[{"product_id": versions.variant("A")["id"]}]
    )
    assert order_of(administrator, draft)["bom_id"] == new["id"]


def test_the_same_revision_is_overwritten_and_tells_open_orders(
    versions: Assemblies, administrator: Connection
) -> None:
    versions.done("A", 1, FIRST)
    order = ordered(administrator, versions)

    assert versions.done("A", 2, SECOND) is Result.UPDATED

    assert len(versions.boms("A")) == 1
    assert order_of(administrator, order)["is_outdated_bom"]


def test_the_current_version_is_the_one_with_the_highest_sequence(versions: Assemblies) -> None:
    for sequence, revision in enumerate("ABC", 1):
        assert versions.done("A", sequence, {"P": float(sequence)}, revision=revision) is Result.CREATED
    before = versions.boms("A")

    assert versions.done("A", 2, {"P": 2.0}, revision="B") is Result.STALE
    assert versions.done("A", 3, {"P": 3.0}, revision="C") is Result.UNCHANGED
    assert versions.boms("A") == before

    assert versions.done("A", 4, {"P": 4.0}, revision="C") is Result.UPDATED
    assert [(one["code"], one["active"]) for one in versions.boms("A")] == [
        ("A", False),
        ("B", False),
        ("C", True),
    ]
    assert versions.lines(versions.boms("A")[-1]["id"]) == [("P", 4.0)]


@pytest.mark.parametrize("method", ["load", "web_save_multi"])
def test_a_lost_reply_makes_one_new_version(versions: Assemblies, method: str) -> None:
    versions.done("A", 1, FIRST)
    versions.telling.lose = method
    with pytest.raises(AmbiguousError):
        versions.one("A", 2, SECOND, revision="B")
    assert sum(one["active"] for one in versions.boms("A")) == 1, "at no moment none or two"

    versions.done("A", 2, SECOND, revision="B")

    assert [(one["code"], one["active"]) for one in versions.boms("A")] == [("A", False), ("B", True)]
    assert versions.lines(versions.boms("A")[-1]["id"]) == [("P", 3.0), ("R", 1.0)]


def test_a_version_left_half_built_is_taken_over_by_the_next_event(versions: Assemblies) -> None:
    versions.done("A", 1, FIRST)
    versions.telling.die_before = "web_save_multi"
    with pytest.raises(AmbiguousError):
        versions.one("A", 2, FIRST, revision="B")
    assert [one["active"] for one in versions.boms("A")] == [True, False]

    assert versions.done("A", 3, SECOND, revision="C") is Result.CREATED

    old, new = versions.boms("A")
    assert (old["active"], new["active"], new["code"]) == (False, True, "C")
    assert versions.lines(new["id"]) == [("P", 3.0), ("R", 1.0)]
    assert versions.done("A", 2, FIRST, revision="B") is Result.STALE


@pytest.mark.parametrize("sequence", [2, 3])
def test_what_came_back_beside_the_current_bom_goes_with_any_event_that_is_not_older(
    versions: Assemblies, administrator: Connection, sequence: int
) -> None:
    versions.done("A", 1, FIRST)
    versions.done("A", 2, SECOND, revision="B")
    versions.telling.die_before = "web_save_multi"
    with pytest.raises(AmbiguousError):
        versions.one("A", 3, FIRST, revision="C")
    template = versions.variant("A")["product_tmpl_id"]
    for active in (False, True):
        # In Odoo all BOMs of a product follow it.
        administrator.call("product.template", "write", ids=[template], vals={"active": active})
    assert [one["active"] for one in versions.boms("A")] == [True, True, True], "as Odoo does it"

    assert versions.one("A", sequence, SECOND, revision="B") == Applied(
        Result.UPDATED,
        "1 older versions went back to the archive; 1 half-built BOMs went back to the archive",
    )

    assert [one["active"] for one in versions.boms("A")] == [False, True, False]
    assert versions.one("A", sequence, SECOND, revision="B") == Applied(Result.UNCHANGED)


def test_what_manufacturing_added_to_the_old_version_is_told(
    versions: Assemblies, administrator: Connection
) -> None:
    versions.done("A", 1, FIRST)
    bom, extra = versions.bom("A"), versions.variant("R")
    line = {"bom_id": bom["id"], "product_id": extra["id"], "product_qty": 1.0}
    administrator.call("mrp.bom.line", "create", vals_list=[line])

    verdict = versions.one("A", 2, SECOND, revision="B")

    assert isinstance(verdict, Applied)
    assert verdict.note.endswith("archived with the 1 lines and 0 operations that manufacturing added")


def test_a_new_version_where_nothing_may_be_created_is_refused(versions: Assemblies) -> None:
    versions.done("A", 1, FIRST)
    versions.models = {"mrp.bom": {"create": False}}

    verdict = versions.one("A", 2, SECOND, revision="B")

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is Reason.NOT_ALLOWED
    assert versions.bom("A")["active"]
