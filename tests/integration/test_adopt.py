"""An Odoo that held hundreds of products before: planned, adopted, then published, over both transports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, SEQUENCE
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied
from ops.adopt import adopt
from ops.adoption import Adoption, newest
from schemas.event import Event, encode
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.sequence import from_version
from tests import factories
from tests.integration.transport import Counting

pytestmark = pytest.mark.both_protocols

COUNT = 300
NEW = ("AD-NEW-1", "AD-NEW-2")
TWICE = "AD-TWICE"
BEFORE = {"name": "As a person wrote it", "list_price": 7.0}


def number(index: int) -> str:
    return f"AD-{index:03}"


def released() -> list[Event]:
    numbers = [*(number(index) for index in range(COUNT)), *NEW, TWICE]
    return [
        factories.event(
            factories.product(item=factories.item(number=one), name=f"Part {one}"), sequence=from_version(3)
        )
        for one in numbers
    ]


@pytest.fixture(scope="module")
def exports(odoo: Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of items, of which Odoo has nearly all; one number twice."""
    numbers = [*(number(index) for index in range(COUNT)), TWICE, TWICE]
    odoo.call("product.template", "create", vals_list=[{"default_code": one, **BEFORE} for one in numbers])
    folder = tmp_path_factory.mktemp("exports")
    events = released()
    (folder / "1.ndjson").write_bytes(b"\n".join(encode(event) for event in events[:150]))
    (folder / "below").mkdir()
    (folder / "below" / "2.NDJSON").write_bytes(b"\n".join(encode(event) for event in events[150:]))
    (folder / "notes.txt").write_text("no export")
    return folder


def run(database: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=database).invoke(adopt, arguments)


def held(odoo: Connection, *fields: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = odoo.call(
        "product.template",
        "search_read",
        domain=[["default_code", "=like", "AD-%"]],
        fields=["default_code", *fields],
        order="id",
        load=None,
        context={"active_test": False},
    )
    return rows


def test_plan_apply_again_and_publish(
    odoo: Connection, odoo_settings: OdooSettings, database: dict[str, str], schema: Schema, exports: Path
) -> None:
    fields = ("name", "list_price", "write_date", KEY, SEQUENCE, DIGEST)
    before = held(odoo, *fields)

    planned = run(database, str(exports))
    assert planned.exit_code == 1, planned.output
    totals = "adopted, 2 new, 1 ambiguous, 0 unchanged"
    assert f"303 items: {COUNT} would be {totals}" in planned.stdout
    assert TWICE in planned.stdout
    assert "Would be adopted" in planned.stdout
    assert str(BEFORE["name"]) in planned.stdout
    assert f"… and {COUNT - 50} more: --json" in planned.stdout
    assert "leave it to one of them" in " ".join(planned.stdout.split())
    assert held(odoo, *fields) == before

    applied = run(database, "--apply", "--json", str(exports))
    items = [orjson.loads(line) for line in applied.stdout.splitlines()]
    assert Counter(item["status"] for item in items) == {"adopted": COUNT, "new": 2, "ambiguous": 1}
    assert f"303 items: {COUNT} {totals}" in applied.stderr
    after = {row["id"]: row for row in held(odoo, *fields)}
    for item in items[:COUNT]:
        row = after[item["record"]]
        assert (row["default_code"], row[KEY]) == (item["number"], item["key"])
        assert (row[SEQUENCE], row[DIGEST]) == (False, ADOPTED)
        assert (row["name"], row["list_price"]) == (BEFORE["name"], BEFORE["list_price"])
    assert len(after) == COUNT + 2

    again = run(database, "--apply", str(exports))
    assert f"303 items: 0 adopted, 2 new, 1 ambiguous, {COUNT} unchanged" in again.stdout
    assert {row["id"]: row for row in held(odoo, *fields)} == after, "nothing was written"

    verdicts = _published(odoo, schema)
    assert verdicts == {"updated": COUNT, "created": 2, "ambiguous_match": 1}
    rows = held(odoo, *fields)
    assert len(rows) == COUNT + 4
    assert Counter(row["default_code"] for row in rows).most_common(2) == [(TWICE, 2), (number(0), 1)]
    assert {row["name"] for row in rows[:COUNT]} == {f"Part {number(index)}" for index in range(COUNT)}
    assert {row["list_price"] for row in rows[:COUNT]} == {7.0}
    assert _published(odoo, schema) == {"unchanged": COUNT + 2, "ambiguous_match": 1}


def _published(odoo: Connection, schema: Schema) -> Counter[str]:
    handler = ProductHandler(odoo, schema, factories.profile())
    handler.prepare()
    return Counter(
        one.result.value if isinstance(one, Applied) else one.reason.value
        for one in handler.apply(released())
    )


def _calls(settings: OdooSettings, events: Sequence[Event], *, write: bool) -> int:
    transport = Counting()
    with connect(settings, Metrics(CollectorRegistry()), transport=transport) as connection:
        schema = Schema(connection)
        odoo = Watched(connection, schema)
        adoption = Adoption(odoo, schema, factories.profile(), lambda _: None, write=write)
        adoption.prepare()
        known: dict[str, Event] = {}
        newest([factories.event(factories.product(item=factories.item(number="WARM")))], known)
        list(adoption.items(known))
        before = transport.requests
        known.clear()
        newest(events, known)
        list(adoption.items(known))
        return transport.requests - before


def test_a_hundred_items_cost_two_calls_to_plan_and_three_to_adopt(
    odoo: Connection, odoo_settings: OdooSettings
) -> None:
    numbers = [f"AC-{index}" for index in range(100)]
    odoo.call("product.template", "create", vals_list=[{"name": "x", "default_code": one} for one in numbers])
    events = [factories.event(factories.product(item=factories.item(number=one))) for one in numbers]

    assert _calls(odoo_settings, events, write=False) == 2
    assert _calls(odoo_settings, events, write=True) == 3
    assert _calls(odoo_settings, events, write=True) == 2, "found, and named"


def test_without_a_number_odoo_knows_nothing_is_wrong_and_the_exit_code_says_so(
    database: dict[str, str], odoo_settings: OdooSettings, tmp_path: Path
) -> None:
    data = factories.product(item=factories.item(number="AN-1"))
    (tmp_path / "a.json").write_bytes(encode(factories.event(data)))

    result = run(database, str(tmp_path))

    assert result.exit_code == 0, result.output
    assert result.stdout == "1 item: 0 would be adopted, 1 new, 0 ambiguous, 0 unchanged\n"


def test_a_file_that_is_refused_is_named_and_the_others_are_read(
    database: dict[str, str], odoo_settings: OdooSettings, tmp_path: Path
) -> None:
    data = factories.product(item=factories.item(number="AR-1"))
    (tmp_path / "a.json").write_bytes(encode(factories.event(data)))
    (tmp_path / "b.xml").write_bytes(b"<no export")

    result = run(database, str(tmp_path))

    assert result.exit_code == 1
    assert "b.xml" in result.stderr
    assert "refused 1 of the files" in result.stderr
    assert "1 new" in result.stdout
