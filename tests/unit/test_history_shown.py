"""How the history of a number reads, for people and for programs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from rich.console import Console

from ops.history.held import Held
from ops.history.nothing import never
from ops.history.shown import Story, document, page
from ops.history.traces import Arrival, Question, Step, Traces
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.settled import Settled
from tests.unit.readable import EVIL, SPELLED, is_command

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NUMBER = "BD-[red]"
ARRIVED = Arrival(1, "e1", "product", "W.BD", "/pdm/W", NOW, NOW, "Released", "B", "1", "c1")
BROKEN = Arrival(2, "m1", "bom", "", "", None, None, fault="body is no event " * 50)
DONE = Step(
    NOW - timedelta(seconds=1), "product", "host", Settled("e1", NUMBER, "W.BD", "1", 1, "done", "created")
)
EARLIER = Step(
    NOW - timedelta(hours=1),
    "product",
    "host",
    Settled("e0", NUMBER, "W.BD", "0", 6, "dead_letter", reason="conflict", text="locked"),
)
RECORD = Held("product", "product.template", 7, NUMBER, True, "W.BD", "1", "B", "")


def story(**overrides: object) -> Story:
    asked = Question(NUMBER, None, NOW - timedelta(days=7), (Consumer.PRODUCT,), KeyParts.NUMBER)
    whole = Story(
        asked,
        Traces((ARRIVED, BROKEN), (EARLIER, DONE), 3),
        [RECORD, replace(RECORD, id=8, key="", active=False), replace(RECORD, id=9, sequence="5")],
        "",
        [never([], asked.since, before=False)],
    )
    return replace(whole, **overrides)  # type: ignore[arg-type]


def lines(told: Story, width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(page(told, narrow=width < 110))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def line(told: Story, *words: str) -> int:
    """Return the number of the one line with all of `words`."""
    [found] = [number for number, text in enumerate(lines(told)) if all(word in text for word in words)]
    return found


def test_what_happened_is_told_in_its_order_even_where_two_clocks_differ() -> None:
    told = story()

    assert "without the 3 oldest" in lines(told)[0]
    assert line(told, "dead letter", "event e0", "attempt 6, conflict: locked") < line(
        told, "arrived", "Released"
    )
    assert line(told, "arrived", "Released") < line(told, "created") < line(told, "In Odoo now")
    assert line(told, "event e1") < line(told, "product: ", "Never arrived")


def test_a_number_is_no_markup_and_a_long_fault_is_cut() -> None:
    assert any(NUMBER in text for text in lines(story()))
    assert sum("body is no event" in text for text in lines(story())) <= 3


def test_each_record_says_which_event_it_holds() -> None:
    told = story()

    assert line(told, "product.template 7", "event #1")
    assert line(told, "product.template 8", "archived", "not from the vault")
    assert line(told, "product.template 9", "an older event, not listed")


def test_of_events_of_one_sequence_that_is_named_which_was_applied() -> None:
    late = replace(ARRIVED, offset=3, id="late")
    stale = replace(DONE, settled=replace(DONE.settled, id="late", result="stale"))
    told = story(traces=Traces((ARRIVED, late), (DONE, stale), 0), records=[RECORD])

    assert line(told, "product.template 7", "event #1")


def test_a_picture_and_the_role_of_a_file_are_named_in_all_rows() -> None:
    file = replace(ARRIVED, kind="attachment", key="W.BD.P", role="Preview")
    done = replace(DONE, consumer="attachment")
    picture = replace(RECORD, kind="attachment", key="W.BD.P", picture=True)
    told = story(traces=Traces((file,), (done,), 0), records=[picture])

    assert line(told, "picture of product.template 7", "event #1")
    assert line(told, "attachment Preview", "created")
    assert line(told, "attachment Preview", "arrived")


def test_without_odoo_it_says_why_and_for_programs_there_are_no_records() -> None:
    told = story(records=None, trouble="no answer")

    assert line(told, "Odoo was not asked: no answer")
    answer = orjson.loads(document(told))
    assert answer["odoo"] is None
    assert answer["done"][1]["result"] == "created"
    assert answer["older_left_out"] == 3


def test_in_a_narrow_terminal_no_identifier_is_broken() -> None:
    event_id = "019a2b3c-0000-7000-8000-0123456789ab"
    told = story(traces=Traces((replace(ARRIVED, id=event_id, correlation_id=event_id),), (), 0))

    shown = [text.strip() for text in lines(told, 80)]

    assert f"event {event_id}" in shown
    assert f"correlation {event_id}" in shown
    assert "holds event #1" in shown


@pytest.mark.parametrize("width", [60, 160])
@pytest.mark.parametrize("trouble", ["", EVIL])
def test_what_others_wrote_is_no_command_to_the_terminal(width: int, trouble: str) -> None:
    told = story(
        question=replace(story().question, number=EVIL),
        traces=Traces((replace(ARRIVED, state=EVIL), replace(BROKEN, fault=EVIL)), (DONE,), 0),
        records=None if trouble else [replace(RECORD, name=EVIL)],
        trouble=trouble,
        diagnoses=[replace(story().diagnoses[0], text=EVIL)],
    )

    found = lines(told, width)

    assert [one for line in found for one in line if is_command(one)] == []
    assert sum(line.count(SPELLED) for line in found) == 5
    assert [
        one for line in lines(replace(told, records=[], trouble=""), width) for one in line if is_command(one)
    ] == []
