"""An old event that comes again, however late, overwrites nothing newer: each path of a product."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from consumers.odoo.own_fields import SEQUENCE
from consumers.results import Applied, Result
from schemas.event import Event
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.factories import transition
from tests.unit.consumers.deliveries import seen, sighting
from tests.unit.consumers.plm import Plm
from tests.unit.consumers.products import FIELDS, VENDORS, apply, told
from tests.unit.consumers.profiles import ruled

TEXTS = FIELDS + 'name = { from = "item.name", languages = { de_DE = "Benennung" } }\n'
COST = '[models."product.product".fields]\nstandard_price = { from = "Cost" }\n'
FACETS = '[states]\nObsolete = "archive"\n' + TEXTS + COST + VENDORS
ALL = ruled(FACETS)
GUARDED = ruled(FACETS + '[models."product.template"]\nupdate = false\n')


def event(version: int, state: str = "Released") -> Event:
    """Return an event of which every value names its version."""
    attributes = {
        "Benennung": f"Welle {version}",
        "Cost": str(version),
        "Vendor": "V1",
        "Price": f"{version},5",
        "Days": str(version),
    }
    return seen(
        "A", version, name=f"Shaft {version}", attributes=attributes, transition=transition(to_state=state)
    )


@pytest.fixture
def whole(odoo: Plm) -> Plm:
    odoo.add("res.partner", name="V1 Inc.", ref="V1")
    odoo.add("res.lang", code="de_DE", name="German")
    return odoo


def everything(odoo: Plm) -> Mapping[str, object]:
    """Return what Odoo holds of all models and languages."""
    models = ("product.template", "product.product", "product.supplierinfo")
    return {model: odoo.records(model) for model in models} | {"texts": dict(odoo.texts)}


@pytest.mark.parametrize("rules", [ALL, GUARDED])
@pytest.mark.parametrize("newest", ["Released", "Obsolete"])
@pytest.mark.parametrize(
    "old", [event(1), event(2), event(1, "Obsolete"), sighting("A", 1), sighting("A", 9)]
)
def test_an_old_event_changes_no_field_no_variant_no_vendor_no_text_and_no_archive(
    whole: Plm, rules: Profile, newest: str, old: Event
) -> None:
    for one in (event(1), event(2), event(3, newest)):
        apply(whole, one, rules=rules)
    before = everything(whole)

    [verdict] = apply(whole, old, rules=rules)

    stale = Applied(Result.STALE, f"Odoo holds sequence {from_version(3)}")
    assert verdict == (stale if old.data.rank else Applied(Result.UNCHANGED))
    assert everything(whole) == before


def test_an_old_sighting_does_not_undo_what_completed_its_stub(whole: Plm) -> None:
    first = sighting("A", 1, name="Seen")
    apply(whole, first, rules=ALL)
    apply(whole, event(1), rules=ALL)
    before = everything(whole)

    assert apply(whole, first, rules=ALL) == [Applied(Result.UNCHANGED)]
    assert everything(whole) == before


def test_a_stub_is_completed_by_the_newest_and_the_older_one_that_comes_late_is_stale(whole: Plm) -> None:
    apply(whole, sighting("A", 9), rules=ALL)
    apply(whole, event(2), rules=ALL)
    before = everything(whole)

    assert apply(whole, event(1), rules=ALL) == [
        Applied(Result.STALE, f"Odoo holds sequence {from_version(2)}")
    ]
    assert everything(whole) == before
    assert whole.by_number("A")[SEQUENCE] == from_version(2)


def test_a_replay_of_all_events_in_any_order_ends_where_it_was(whole: Plm) -> None:
    events = [event(1), event(2, "Obsolete"), event(3), told("A", 4), event(5, "Obsolete")]
    for one in events:
        apply(whole, one, rules=ALL)
    before = everything(whole)

    for one in (*events, *reversed(events)):
        apply(whole, one, rules=ALL)

    assert everything(whole) == before
