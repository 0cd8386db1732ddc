"""What an event says, under the names that a profile may use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumers.errors import PermanentError
from consumers.mapping.facts import facts, line_facts
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import EventData
from schemas.facts import BOM, DOCUMENT, FACTS, LINE, PRODUCT
from tests import factories

FULL_ITEM = factories.item(file_version=3)
FULL_TRANSITION = factories.transition(workflow="Main", from_state="In Work", actor="jd")


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (PRODUCT, factories.product(item=FULL_ITEM, transition=FULL_TRANSITION, weight=Decimal("1.5"))),
        (BOM, factories.bom(item=FULL_ITEM, transition=FULL_TRANSITION)),
        (DOCUMENT, factories.attachment(item=FULL_ITEM, transition=FULL_TRANSITION)),
    ],
)
def test_an_event_that_says_everything_has_exactly_the_facts_of_its_model(
    model: str, data: EventData
) -> None:
    assert sorted(facts(factories.event(data))) == sorted(FACTS[model])


def test_a_line_that_says_everything_has_exactly_the_facts_of_a_line() -> None:
    line = factories.bom_line(unit="pcs", revision="A", configuration="Default", state="Released")
    assert sorted(line_facts(line)) == sorted(FACTS[LINE])


def test_attributes_keep_their_names_and_a_fact_wins_over_one() -> None:
    data = factories.product(attributes={"Material": "S235", "Empty": "", "item.number": "fake"})
    found = facts(factories.event(data))
    assert (found["Material"], found["Empty"], found["item.number"]) == ("S235", "", "BD-1000")


def test_what_the_vault_does_not_say_is_absent_and_what_it_left_blank_is_empty() -> None:
    data = factories.product(weight=None, unit=None, item=factories.item(revision=""))
    found = facts(factories.event(data))
    assert "item.weight" not in found
    assert "item.unit" not in found
    assert found["item.revision"] == ""


def test_a_file_is_named_by_the_last_part_of_its_path() -> None:
    data = factories.attachment(file=File(path=r"drawings\BD-1000_B.pdf"))
    assert facts(factories.event(data))["file.name"] == "BD-1000_B.pdf"


def test_a_path_that_leads_out_has_no_facts() -> None:
    with pytest.raises(PermanentError) as caught:
        facts(factories.event(factories.attachment(file=File(path="../x.pdf"))))
    assert caught.value.reason is Reason.FILE_FORBIDDEN
