"""What `pdm-odoo profile explain` says of events in a state that archives."""

from __future__ import annotations

import pytest

from consumers.odoo.own_fields import SEQUENCE
from tests.factories import transition
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import TEMPLATE
from tests.unit.consumers.products import apply, change
from tests.unit.consumers.shop import Shop
from tests.unit.explaining import effects, explain

ARCHIVE = '[states]\nObsolete = "archive"\n'
OBSOLETE = transition(to_state="Obsolete")


@pytest.fixture
def odoo() -> Shop:
    found = Shop()
    found.warm()
    apply(found, seen("A", 1), seen("B", 1))
    return found


def test_a_product_that_would_be_archived_is_told_with_what_still_uses_it(odoo: Shop) -> None:
    odoo.add_bom("B", {"A": 1})

    found = explain(odoo, seen("A", 2, transition=OBSOLETE, name="Old"), ARCHIVE)

    assert found.outcome == "updated; archived; still used: in 1 BOM (B)"
    assert effects(found)["name"] == "changes"


def test_an_unknown_item_would_be_created_archived(odoo: Shop) -> None:
    found = explain(odoo, seen("C", 1, transition=OBSOLETE), ARCHIVE)

    assert found.outcome == "created; archived"
    assert effects(found)["name"] == "new"


def test_a_product_would_be_taken_out_of_the_archive(odoo: Shop) -> None:
    change(odoo, active=False)

    assert explain(odoo, seen("A", 2), ARCHIVE).outcome == "updated; taken out of the archive"


@pytest.mark.parametrize(
    ("guard", "outcome"),
    [
        ("archive = false", "unchanged; not archived: the profile says archive = false"),
        ("update = false", "unchanged"),
    ],
)
def test_a_guard_says_why_a_product_would_stay(odoo: Shop, guard: str, outcome: str) -> None:
    rules = f'{ARCHIVE}[models."{TEMPLATE}"]\n{guard}\n'

    assert explain(odoo, seen("A", 2, transition=OBSOLETE), rules).outcome == outcome


def test_without_create_an_unknown_item_would_be_left_out(odoo: Shop) -> None:
    rules = f'{ARCHIVE}[models."{TEMPLATE}"]\ncreate = false\n'

    found = explain(odoo, seen("C", 1, transition=OBSOLETE), rules)

    assert found.outcome.startswith("unchanged; state 'Obsolete' archives, Odoo does not have the item")
    assert "new" not in effects(found).values()


def test_a_component_of_an_archived_parent_is_told_to_be_left_alone(odoo: Shop) -> None:
    found = explain(odoo, sighting("B", 9, transition=OBSOLETE), ARCHIVE)

    assert found.outcome == "unchanged; state 'Obsolete' archives its own item, no component of it"


def test_an_older_obsolescence_is_stale(odoo: Shop) -> None:
    change(odoo, **{SEQUENCE: "9" * 20})

    assert explain(odoo, seen("A", 2, transition=OBSOLETE), ARCHIVE).outcome.startswith("stale")


def test_a_kind_that_a_state_leaves_out_is_ignored(odoo: Shop) -> None:
    states = '[states]\nObsolete = { product = "ignore", bom = "archive", attachment = "ignore" }\n'

    found = explain(odoo, seen("A", 2, transition=OBSOLETE), states)

    assert found.outcome == "unchanged; state 'Obsolete' is ignored"
