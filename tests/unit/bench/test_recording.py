"""The limit makes the pipeline's calls again: the same, but for numbers, versions and new ids."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.odoo.client import Odoo
from ops.bench.errors import BenchError
from ops.bench.events import bom, later_version, product
from ops.bench.recording import Recording, repeated
from schemas.event import encode


class Scripted:
    """An Odoo that gives ids from 1, and finds as many records as it is told."""

    def __init__(self, first_id: int = 1, found: int = 2) -> None:
        self.asked: list[tuple[str, str, Any, dict[str, Any]]] = []
        self._next = first_id
        self._found = found

    def version(self) -> str:
        return "19.0"

    def call(self, model: str, method: str, *, ids: Any = None, context: Any = None, **arguments: Any) -> Any:
        self.asked.append((model, method, ids, arguments))
        if method == "load":
            start, self._next = self._next, self._next + len(arguments["data"])
            return {"ids": list(range(start, self._next)), "messages": []}
        return [{"id": number} for number in range(self._found)] if method == "search_read" else True


def record(odoo: Odoo) -> Recording:
    """Return a recording of: find, create two, write them."""
    recording = Recording(odoo)
    recording.call("mrp.bom", "search_read", domain=[["id", "=", 0]])
    recording.start()
    recording.call("mrp.bom", "search_read", domain=[["x_pdm_key", "in", ["P-1-N", "P-2-N"]]])
    created = recording.call("mrp.bom", "load", fields=["id"], data=[["P-1-N"], ["P-2-N"]])
    recording.call("mrp.bom", "web_save_multi", ids=created["ids"], vals_list=[{"code": "P-1-N"}, {}])
    return recording


def test_what_was_called_before_the_start_is_not_part_of_the_limit() -> None:
    loops = record(Scripted()).stop()

    assert [[call.method for call in loop] for loop in loops] == [["search_read", "load", "web_save_multi"]]


def test_the_limit_makes_the_same_calls_with_other_texts_and_for_the_records_it_made_itself() -> None:
    loops, odoo = record(Scripted()).stop(), Scripted(first_id=71)

    assert repeated(odoo, loops, {"P-1-N": "L-1-N"}) > 0

    assert [(model, method, ids) for model, method, ids, _ in odoo.asked] == [
        ("mrp.bom", "search_read", None),
        ("mrp.bom", "load", None),
        ("mrp.bom", "web_save_multi", [71, 72]),
    ]
    assert odoo.asked[0][3] == {"domain": [["x_pdm_key", "in", ["L-1-N", "P-2-N"]]]}
    assert odoo.asked[2][3] == {"vals_list": [{"code": "L-1-N"}, {}]}


def test_a_limit_that_reads_fewer_records_than_the_pipeline_is_refused() -> None:
    loops = record(Scripted(found=2)).stop()

    with pytest.raises(BenchError, match="search_read returned 1 records, and 2 before"):
        repeated(Scripted(found=1), loops, {})


def test_nothing_recorded_takes_no_time() -> None:
    assert repeated(Scripted(), [], {}) == 0


def test_the_later_version_differs_by_the_texts_that_say_so() -> None:
    texts = later_version(4)
    sent = encode(product("P-1", 3, version=4)).decode()
    for old, new in texts.items():
        sent = sent.replace(old, new)

    assert '"name":"Bearing plate 3, drawing 000005"' in sent
    assert '"sequence":"00000000000000000005"' in sent
    assert bom("P-1", ["a", "b", "c"], 5).data.lines[1].quantity == 105
    assert texts['"product_qty":104.0'] == '"product_qty":105.0'
