"""One table: what arrived, what was done and what Odoo holds → what it comes down to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consumers.odoo.own_fields import ADOPTED
from ops.history.diagnosis import Diagnosis, Moment, Verdict, aspects, diagnose
from ops.history.held import Held
from ops.history.nothing import elsewhere, never
from ops.history.traces import Arrival, Step
from producers.queues import Depth
from schemas.settled import Settled

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)
KEY = "Works.BD-1000"


def arrival(number: int = 1, **overrides: Any) -> Arrival:
    """Return the event `e<number>` with that sequence."""
    fields: dict[str, Any] = {
        "offset": number,
        "id": f"e{number}",
        "kind": "bom",
        "key": KEY,
        "source": "/pdm/Works",
        "time": NOW,
        "published": NOW - timedelta(minutes=30),
        "sequence": str(number),
        "digest": f"d{number}",
    }
    return Arrival(**(fields | overrides))


def step(number: int = 1, minutes_ago: float = 10, **told: Any) -> Step:
    """Return what was done with the event `e<number>`: updated, unless told otherwise."""
    fields: dict[str, Any] = {
        "id": f"e{number}",
        "subject": "BD-1000",
        "key": KEY,
        "sequence": str(number),
        "attempt": 1,
        "outcome": "done",
        "result": "updated",
    }
    if told.get("outcome", "done") != "done":
        fields["result"] = ""
    return Step(NOW - timedelta(minutes=minutes_ago), "bom", "host", Settled(**(fields | told)))


def record(sequence: str = "1", **overrides: Any) -> Held:
    fields: dict[str, Any] = {
        "kind": "bom",
        "model": "mrp.bom",
        "id": 7,
        "name": "BD-1000",
        "active": True,
        "key": KEY,
        "sequence": sequence,
        "revision": "B",
        "digest": "",
    }
    return Held(**(fields | overrides))


def told(
    arrivals: list[Arrival],
    steps: list[Step] | None = None,
    records: list[Held] | None = None,
    **depths: Depth,
) -> Diagnosis:
    moment = Moment(NOW, SINCE, {name.replace("_", "."): depth for name, depth in depths.items()})
    [aspect] = aspects(arrivals, steps or [], records)
    return diagnose(aspect, moment)


RETRY: dict[str, Any] = {"outcome": "retry", "reason": "missing_product", "text": "not in Odoo: 'PU-1'"}
DEAD: dict[str, Any] = {
    "outcome": "dead_letter",
    "reason": "unknown_state",
    "text": "state 'x'",
    "attempt": 2,
}

ADOPTION = record("", digest=ADOPTED)

TABLE = [
    (
        "applied",
        [arrival()],
        [step()],
        [record()],
        Verdict.APPLIED,
        "Applied: Odoo holds the newest event, e1",
    ),
    ("record lost, applied all the same", [arrival()], [], [record()], Verdict.APPLIED, "newest event, e1."),
    ("archived", [arrival()], [step()], [record(active=False)], Verdict.APPLIED, "archived"),
    (
        "a newer one was applied, the older dead-lettered",
        [arrival(2), arrival(1)],
        [step(1, **DEAD), step(2)],
        [record("2")],
        Verdict.APPLIED,
        "e2",
    ),
    (
        "the newest dead-lettered, an older is held",
        [arrival(1), arrival(2)],
        [step(1), step(2, **DEAD)],
        [record("1")],
        Verdict.DEAD_LETTERED,
        "as unknown_state, attempt 2: state 'x'. See ops/dead-letters.md, unknown_state.",
    ),
    (
        "replayed after a dead letter",
        [arrival()],
        [step(1, 20, **DEAD), step(1, 5)],
        [record()],
        Verdict.APPLIED,
        "updated",
    ),
    (
        "waits for its retry",
        [arrival()],
        [step(1, 1, tier="10m", **RETRY)],
        [],
        Verdict.WAITS,
        "10m since 2026-03-02 11:59:00, due 2026-03-02 12:09:00; attempt 1 failed as missing_product: not",
    ),
    ("retry is overdue", [arrival()], [step(1, 9, tier="5s", **RETRY)], [], Verdict.WAITS, "was due"),
    ("no result", [arrival()], [], [], Verdict.WAITS, "not applied yet. The consumer has it in hand"),
    ("no result, Odoo away", [arrival()], [], None, Verdict.WAITS, "no result is on record"),
    ("applied, Odoo away", [arrival()], [step()], None, Verdict.APPLIED, "still holds it is not known"),
    ("deleted since", [arrival()], [step()], [], Verdict.GONE, "somebody deleted it"),
    ("restored since", [arrival(2)], [step(2)], [record("1")], Verdict.GONE, "now holds sequence 1"),
    ("stale", [arrival(1)], [step(1, result="stale")], [record("3")], Verdict.NEWER, "Odoo holds sequence 3"),
    (
        "ignored",
        [arrival()],
        [step(1, result="unchanged", text="state 'In Work' is ignored")],
        [],
        Verdict.LEFT_ALONE,
        "state 'In Work' is ignored.",
    ),
    (
        "a copy was superseded by the other",
        [arrival(), arrival(offset=2, id="e1b")],
        [step(1, 5, **DEAD), step(1, 4, id="e1b", result="superseded")],
        [],
        Verdict.DEAD_LETTERED,
        "unknown_state",
    ),
    (
        "other content of the same sequence waits",
        [arrival(), arrival(offset=2, id="e1b", digest="other")],
        [step()],
        [record(digest="d1")],
        Verdict.WAITS,
        "not applied yet",
    ),
    (
        "only seen in a BOM",
        [arrival(rank=0)],
        [step(result="created")],
        [record("")],
        Verdict.NOT_ARRIVED,
        "Known only from BOMs: Odoo has a stub (created 2026-03-02 11:50:00). Its own release has not",
    ),
    (
        "only seen in a BOM lately, its own held from before",
        [arrival(5, rank=0)],
        [step(5)],
        [record("1")],
        Verdict.APPLIED,
        "Odoo holds the item's own release, sequence 1, from before",
    ),
    (
        "of one sequence the later is stale",
        [arrival(1), arrival(1, offset=2, id="late", digest="other")],
        [step(1), step(1, 5, id="late", result="stale")],
        [record("1")],
        Verdict.APPLIED,
        "newest event, e1 (updated",
    ),
    (
        "seen in a BOM, then its own",
        [arrival(5, rank=0), arrival(1)],
        [],
        [record("1")],
        Verdict.APPLIED,
        "e1",
    ),
    ("a stub, nothing arrived", [], [], [record("")], Verdict.NOT_ARRIVED, "a stub"),
    ("adopted, nothing arrived", [], [], [ADOPTION], Verdict.NOT_ARRIVED, "adopted"),
    ("adopted, seen in a BOM", [arrival(9, rank=0)], [], [ADOPTION], Verdict.NOT_ARRIVED, "adopted by its"),
    ("adopted, update = false", [arrival(1)], [step(1)], [ADOPTION], Verdict.LEFT_ALONE, "left alone (upd"),
    ("adopted late", [arrival(1)], [step(1)], [record("1", digest=ADOPTED)], Verdict.APPLIED, "newest event"),
    ("from long ago", [], [], [record("4")], Verdict.NOT_ARRIVED, "Odoo holds sequence 4"),
    (
        "no event at all",
        [arrival(key="", fault="not an event")],
        [step(1, outcome="dead_letter", reason="invalid_envelope", text="time: Field required")],
        [],
        Verdict.DEAD_LETTERED,
        "invalid_envelope",
    ),
]


@pytest.mark.parametrize(
    ("arrivals", "steps", "records", "verdict", "text"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_a_diagnosis_follows_from_what_is_known(
    arrivals: list[Arrival], steps: list[Step], records: list[Held] | None, verdict: Verdict, text: str
) -> None:
    found = told(arrivals, steps, records)

    assert text in found.text
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("work", "dead", "text"),
    [
        (
            Depth(3, 0),
            Depth(0, 0),
            "No consumer reads pdm.bom (3 messages in it): start `pdm-odoo consume bom`",
        ),
        (Depth(3, 1), Depth(0, 0), "held or behind: 3 messages wait in pdm.bom"),
        (Depth(0, 1), Depth(2, 0), "among the 2 messages in pdm.bom.dead"),
        (Depth(0, 1), Depth(0, 0), "has it in hand, or is held"),
    ],
)
def test_what_waits_is_explained_by_its_queue(work: Depth, dead: Depth, text: str) -> None:
    assert text in told([arrival()], [], [], pdm_bom=work, pdm_bom_dead=dead).text


def test_each_thing_that_events_are_about_is_explained_by_itself() -> None:
    arrivals = [
        arrival(1),
        arrival(2, kind="product"),
        arrival(3, kind="attachment", key=f"{KEY}.PDF", role="PDF"),
        arrival(4, kind="product", key="", fault="x"),
        arrival(5, kind="product", key="", fault="y"),
    ]

    found = aspects(arrivals, [], [record()])

    assert [one.name for one in found] == ["BOM", "product", "attachment PDF", "product", "product"]
    assert [one.key for one in found] == [KEY, KEY, f"{KEY}.PDF", "", ""]


def test_a_number_that_never_came_is_looked_for_where_it_should_have_come_from() -> None:
    nothing = never([], SINCE, before=False)
    known = never([record(kind="product", key="", sequence="")], SINCE, before=False)

    assert nothing.verdict is Verdict.NOT_ARRIVED
    assert "pdm-odoo publish --dry-run" in nothing.text
    assert "template 7" in known.text
    assert "--since 30d" in never([], SINCE, before=True).text


def test_what_is_nearly_the_number_is_named_and_of_an_odoo_not_asked_nothing_is_claimed() -> None:
    assert "Odoo has BD-1000: did you mean that?" in never([], SINCE, before=False, like="BD-1000").text
    unknown = never(None, SINCE, before=False).text
    assert "Never arrived" not in unknown
    assert "What Odoo holds is not known" in unknown


def test_a_number_of_another_vault_is_said_to_come_from_there() -> None:
    found = elsewhere("BD-1", "/pdm/Nope", ["/pdm/Works"])

    assert found.verdict is Verdict.NOT_ARRIVED
    assert found.text == "Nothing of BD-1 from source '/pdm/Nope'; its events come from /pdm/Works."
