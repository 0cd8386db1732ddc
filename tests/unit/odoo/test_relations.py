"""Related records by the text of a field."""

from __future__ import annotations

import pytest

from consumers.errors import ConflictError, PermanentError
from consumers.odoo.relations import Place, Relations
from consumers.odoo.units import MAX_AGE_SECONDS, MIN_AGE_SECONDS
from tests import factories
from tests.fakes import FakeOdoo

PARTNER = Place("res.partner", "ref")
CATEGORY = Place("product.category", "complete_name")
UNIT = Place("uom.uom", "name")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def odoo() -> FakeOdoo:
    fake = FakeOdoo()
    char, many2one = {"type": "char"}, {"type": "many2one"}
    fake.fields["res.partner"] = {"name": char, "ref": char, "active": {"type": "boolean"}}
    fake.fields["product.category"] = {"name": char, "complete_name": char, "parent_id": many2one}
    fake.add("res.partner", name="Acme", ref="V-1")
    fake.add("res.partner", name="Bolt & Sons", ref="V-2")
    fake.add("uom.uom", name="Units")
    return fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relations(odoo: FakeOdoo, clock: Clock) -> Relations:
    return Relations(odoo, factories.profile(units={"pcs": "Units"}).unit, clock)


def test_all_texts_of_a_place_cost_one_call_and_are_remembered(relations: Relations, odoo: FakeOdoo) -> None:
    relations.look_up({PARTNER: ["V-1", "V-2"]})
    relations.look_up({PARTNER: ["V-2", "V-1"]})

    assert (relations.ids(PARTNER, "V-1"), relations.ids(PARTNER, "V-2")) == ((1,), (2,))
    assert odoo.methods() == ["res.partner.search_read"]


def test_a_text_in_another_case_is_found_when_there_is_no_exact_one(
    relations: Relations, odoo: FakeOdoo
) -> None:
    exact = odoo.add("res.partner", name="Lower", ref="v-2")

    relations.look_up({PARTNER: ["v-1", "v-2"]})

    assert relations.ids(PARTNER, "v-1") == (1,)
    assert relations.ids(PARTNER, "v-2") == (exact,)


def test_a_wildcard_in_a_text_is_a_character(relations: Relations, odoo: FakeOdoo) -> None:
    odoo.add("res.partner", name="Percent", ref="V%_\\X")

    relations.look_up({PARTNER: ["v%_\\x", "V%"]})

    assert relations.ids(PARTNER, "v%_\\x") == (3,)
    assert relations.ids(PARTNER, "V%") == ()


def test_all_records_of_an_ambiguous_text_are_returned(relations: Relations, odoo: FakeOdoo) -> None:
    twin = odoo.add("res.partner", name="Twin", ref="V-1")

    relations.look_up({PARTNER: ["V-1"]})

    assert relations.ids(PARTNER, "V-1") == (1, twin)


def test_a_missing_text_brings_suggestions_and_is_looked_for_again_after_seconds(
    relations: Relations, odoo: FakeOdoo, clock: Clock
) -> None:
    relations.look_up({PARTNER: ["V-3"]})
    assert relations.ids(PARTNER, "V-3") == ()
    assert relations.near(PARTNER) == ("V-1", "V-2")

    made = odoo.add("res.partner", name="New", ref="V-3")
    relations.look_up({PARTNER: ["V-3"]})
    assert relations.ids(PARTNER, "V-3") == ()
    clock.now += MIN_AGE_SECONDS + 1
    relations.look_up({PARTNER: ["V-3"]})
    assert relations.ids(PARTNER, "V-3") == (made,)


def test_what_was_found_is_read_anew_after_minutes_or_when_forgotten(
    relations: Relations, odoo: FakeOdoo, clock: Clock
) -> None:
    def wait() -> None:
        clock.now += MAX_AGE_SECONDS + 1

    for spoil in (wait, relations.forget):
        relations.look_up({PARTNER: ["V-1"]})
        odoo.calls.clear()
        spoil()
        relations.look_up({PARTNER: ["V-1"]})
        assert odoo.methods() == ["res.partner.search_read"]


def test_units_go_by_the_profiles_names(relations: Relations) -> None:
    relations.look_up({UNIT: ["PCS"]})
    assert relations.ids(UNIT, "PCS") == (1,)


def test_missing_records_are_created_once_where_that_is_allowed(relations: Relations, odoo: FakeOdoo) -> None:
    for _ in range(2):
        relations.look_up({PARTNER: ["V-9"]}, create=[PARTNER])
        [made] = relations.ids(PARTNER, "V-9")
        relations.forget()

    assert odoo.records("res.partner")[-1] == {
        "id": made,
        "active": True,
        "ref": "V-9",
        "name": "V-9",
    }
    assert len(odoo.records("res.partner")) == 3


def test_a_path_is_created_from_the_top_below_what_is_there(relations: Relations, odoo: FakeOdoo) -> None:
    top = odoo.add("product.category", name="All", complete_name="All")

    relations.look_up({CATEGORY: ["All / Saleable / Screws"]}, create=[CATEGORY])

    made = odoo.records("product.category")[1:]
    assert [(one["name"], one["parent_id"]) for one in made] == [("Saleable", top), ("Screws", made[0]["id"])]
    assert relations.ids(CATEGORY, "All / Saleable / Screws") == (made[1]["id"],)


def test_a_record_of_ours_that_a_person_renamed_is_used_and_keeps_its_name(
    relations: Relations, odoo: FakeOdoo
) -> None:
    relations.look_up({PARTNER: ["V-9"]}, create=[PARTNER])
    [made] = relations.ids(PARTNER, "V-9")
    odoo._records["res.partner"][made]["ref"] = "V-900"
    relations.forget()

    relations.look_up({PARTNER: ["V-9"]}, create=[PARTNER])

    assert relations.ids(PARTNER, "V-9") == (made,)
    assert odoo.records("res.partner")[-1]["ref"] == "V-900"


def test_an_archived_record_is_used_rather_than_made_again(relations: Relations, odoo: FakeOdoo) -> None:
    old = odoo.add("res.partner", name="Old", ref="V-7", active=False)

    relations.look_up({PARTNER: ["V-7"]})
    assert relations.ids(PARTNER, "V-7") == ()
    relations.forget()
    relations.look_up({PARTNER: ["V-7"]}, create=[PARTNER])

    assert relations.ids(PARTNER, "V-7") == (old,)
    assert len(odoo.records("res.partner")) == 3


def test_a_refusal_to_create_one_record_concerns_its_text_alone(relations: Relations, odoo: FakeOdoo) -> None:
    odoo.refuse("pdm_odoo.related.res_2Epartner.ref.v-8", "no")

    relations.look_up({PARTNER: ["V-8", "V-1"]}, create=[PARTNER])

    assert relations.ids(PARTNER, "V-1") == (1,)
    with pytest.raises(PermanentError, match="no"):
        relations.ids(PARTNER, "V-8")


def test_what_was_looked_up_stays_readable_when_another_thread_forgets(relations: Relations) -> None:
    relations.look_up({PARTNER: ["V-1"]})

    relations.forget()

    assert relations.ids(PARTNER, "V-1") == (1,)
    with pytest.raises(ConflictError):
        relations.ids(PARTNER, "V-2")


def test_what_was_missing_for_one_event_is_created_at_once_for_another_that_may(relations: Relations) -> None:
    relations.look_up({CATEGORY: ["Drives"]})
    assert not relations.ids(CATEGORY, "Drives")

    relations.look_up({CATEGORY: ["Drives"]}, create=[CATEGORY])

    assert len(relations.ids(CATEGORY, "Drives")) == 1
