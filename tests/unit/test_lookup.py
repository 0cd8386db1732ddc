"""The lookup consumer: rows from Odoo become a file that never is half, and a result."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from consumers.errors import ConflictError, MisconfiguredError, PermanentError, UnavailableError
from consumers.lookup import PAGE, LookupHandler
from consumers.odoo.doubts import AGAIN_AFTER
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from producers.errors import BrokerUnavailableError
from schemas import topology
from schemas.dead_letter import Reason
from schemas.event import Event, decode
from schemas.lookup import SchemaRefreshRequest
from schemas.message import Message
from schemas.settings import ConsumerSettings
from tests import factories
from tests.fakes import FakeOdoo
from tests.unit.odoo.known import Clock

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Desk:
    """An Odoo with two units, an empty folder, and the handler between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.odoo = FakeOdoo()
        self.clock = Clock(NOW.timestamp())
        self.schema = Schema(self.odoo, clock=self.clock)
        self.odoo.add("uom.uom", name="Units", factor=1.0)
        self.odoo.add("uom.uom", name="Dozens", factor=12.0, active=False)
        self.published: list[Message] = []
        counter = itertools.count(1)
        settings = ConsumerSettings(
            _env_file=None,
            lookup_dir=folder / "lists",
            lookup_models=("uom.uom", "res.company", "mrp.nothing"),
        )
        self.handler = LookupHandler(
            self.odoo, self.schema, settings, self.publish, lambda: NOW, lambda: f"id-{next(counter)}"
        )

    def publish(self, messages: Sequence[Message]) -> None:
        self.published += messages

    def apply(self, *events: Event) -> list[Verdict]:
        return self.handler.apply(events)

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "lists").iterdir())

    def content(self, name: str = "units") -> Any:
        return orjson.loads((self.folder / "lists" / f"{name}.json").read_bytes())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def request(**data: Any) -> Event:
    return factories.event(factories.lookup_request(**data), event_id="request-1", correlationid="flow-1")


def test_a_list_is_written_with_archived_rows_too(desk: Desk) -> None:
    assert desk.apply(request()) == [Applied(Result.CREATED, "2 rows")]

    assert desk.content() == {
        "name": "units",
        "model": "uom.uom",
        "fields": ["name", "factor"],
        "rows": [
            {"id": 1, "name": "Units", "factor": 1.0, "active": True},
            {"id": 2, "name": "Dozens", "factor": 12.0, "active": False},
        ],
    }


def test_a_model_without_active_is_not_asked_for_it(desk: Desk) -> None:
    desk.odoo.add("res.company", name="Works Ltd")

    desk.apply(request(name="companies", model="res.company", fields=("name",)))

    assert desk.content("companies")["rows"] == [{"id": 1, "name": "Works Ltd"}]


def test_the_result_says_what_was_read_and_by_whose_request(desk: Desk) -> None:
    desk.apply(request())

    (message,) = desk.published
    event = decode(message.body)
    assert (message.exchange, message.routing_key) == (topology.RESULTS, "pdm.lookup.refreshed.v1")
    assert (event.causationid, event.correlationid, event.source) == ("request-1", "flow-1", factories.SOURCE)
    assert (event.time, event.data.rows, event.data.changed) == (NOW, 2, True)


def test_equal_rows_leave_the_file_alone_and_say_so(desk: Desk) -> None:
    desk.apply(request())
    path = desk.folder / "lists" / "units.json"
    os.utime(path, (1, 1))

    assert desk.apply(request()) == [Applied(Result.UNCHANGED, "2 rows")]

    assert path.stat().st_mtime == 1
    first, second = (decode(message.body).data for message in desk.published)
    assert second.changed is False
    assert second.sha256 == first.sha256


def test_other_rows_replace_the_file(desk: Desk) -> None:
    desk.apply(request())
    desk.odoo.add("uom.uom", name="kg", factor=1000.0)

    assert desk.apply(request()) == [Applied(Result.UPDATED, "3 rows")]
    assert len(desk.content()["rows"]) == 3
    assert desk.names() == ["units.json"]


@pytest.mark.parametrize(("rows", "calls"), [(PAGE - 1, 1), (PAGE, 2), (2 * PAGE + 1, 3)])
def test_a_long_list_comes_in_pages(desk: Desk, rows: int, calls: int) -> None:
    for number in range(rows - 2):
        desk.odoo.add("uom.uom", name=f"unit {number}", factor=1.0)

    desk.apply(request())

    assert [row["id"] for row in desk.content()["rows"]] == list(range(1, rows + 1))
    assert desk.odoo.methods().count("uom.uom.search_read") == calls


@pytest.mark.parametrize(
    ("data", "reason", "text"),
    [
        (
            {"model": "res.users", "fields": ("login",)},
            Reason.LOOKUP_FORBIDDEN,
            "'res.users' is not among .*LOOKUP_MODELS",
        ),
        ({"fields": ("nane",)}, Reason.INVALID_DATA, "'uom.uom' has no field 'nane'; did you mean name"),
        ({"fields": ("zzz",)}, Reason.INVALID_DATA, "'uom.uom' has no field 'zzz'$"),
        ({"model": "res.company", "fields": ("logo",)}, Reason.LOOKUP_FORBIDDEN, "'logo' .* is binary"),
        ({"model": "mrp.nothing"}, Reason.LOOKUP_FORBIDDEN, "'mrp.nothing': .*is the module installed"),
    ],
)
def test_a_request_that_asks_for_too_much_is_refused_by_name(
    desk: Desk, data: dict[str, Any], reason: Reason, text: str
) -> None:
    (verdict,) = desk.apply(request(**data))

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is reason
    with pytest.raises(PermanentError, match=text):
        raise verdict
    assert desk.published == []


def test_one_bad_request_harms_only_itself(desk: Desk) -> None:
    desk.odoo.fail(ConflictError("someone else"))

    verdicts = desk.apply(request(name="one"), request(name="two", fields=("zzz",)), request(name="three"))

    assert [type(verdict) for verdict in verdicts] == [ConflictError, PermanentError, Applied]
    assert desk.names() == ["three.json"]


def test_what_a_killed_attempt_left_is_overwritten_and_gone(desk: Desk) -> None:
    (desk.folder / "lists").mkdir()
    (desk.folder / "lists" / ".units.part").write_bytes(b"half of a list, and longer than the new one" * 99)

    assert desk.apply(request()) == [Applied(Result.CREATED, "2 rows")]

    assert len(desk.content()["rows"]) == 2
    assert desk.names() == ["units.json"]


def test_odoo_that_is_down_holds_everything(desk: Desk) -> None:
    desk.odoo.fail(UnavailableError("down"))

    with pytest.raises(UnavailableError):
        desk.apply(request())


def test_a_result_that_cannot_be_published_stops_the_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_messages: Sequence[Message]) -> None:
        assert desk.names() == ["units.json"], "published before the file was in place"
        raise BrokerUnavailableError

    monkeypatch.setattr(desk.handler, "_publish", refuse)

    with pytest.raises(BrokerUnavailableError):
        desk.apply(request())


def test_a_folder_that_cannot_be_written_holds_everything(desk: Desk) -> None:
    (desk.folder / "lists").write_text("a file where the folder should be")

    with pytest.raises(MisconfiguredError, match="PDM_ODOO_LOOKUP_DIR"):
        desk.apply(request())


def test_a_write_that_fails_leaves_the_old_list_and_no_rest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.apply(request())
    desk.odoo.add("uom.uom", name="kg", factor=1000.0)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MisconfiguredError, match="No space left"):
        desk.apply(request())

    assert len(desk.content()["rows"]) == 2
    assert desk.names() == ["units.json"]


class TestSchema:
    """Somebody changed fields in Odoo, and says so."""

    @pytest.fixture(autouse=True)
    def known(self, desk: Desk) -> None:
        """Let two models be known, since a minute; forget the calls."""
        desk.schema.prepare("uom.uom", "res.company")
        desk.odoo.calls.clear()
        desk.clock.pass_by(AGAIN_AFTER)

    def said(self, desk: Desk, *models: str, ago: float = 0.0) -> Event:
        moment = datetime.fromtimestamp(desk.clock() - ago, UTC)
        return factories.event(SchemaRefreshRequest(models=models), time=moment)

    def test_fields_are_read_anew_and_the_verdict_says_whether_they_differ(self, desk: Desk) -> None:
        assert desk.apply(self.said(desk, "uom.uom")) == [Applied(Result.UNCHANGED)]
        desk.clock.pass_by(AGAIN_AFTER)
        desk.odoo.fields["uom.uom"]["x_code"] = {"type": "char"}

        assert desk.apply(self.said(desk, "uom.uom")) == [Applied(Result.UPDATED)]
        assert "x_code" in desk.schema.model("uom.uom").fields
        assert desk.published == []
        assert "res.company.fields_get" not in desk.odoo.methods(), "nobody spoke of it"

    def test_without_names_all_that_is_known_is_read_anew(self, desk: Desk) -> None:
        desk.odoo.fields["res.company"]["x_code"] = {"type": "char"}

        assert desk.apply(self.said(desk)) == [Applied(Result.UPDATED)]
        assert len(desk.odoo.calls) == 4, "fields and defaults of two models"

    def test_what_was_read_since_it_was_said_is_not_read_again(self, desk: Desk) -> None:
        assert desk.apply(self.said(desk, ago=AGAIN_AFTER + 1)) == [Applied(Result.UNCHANGED)]

        assert desk.odoo.calls == []

    def test_requests_without_end_do_not_keep_odoo_busy_and_none_is_forgotten(self, desk: Desk) -> None:
        for _ in range(int(AGAIN_AFTER)):
            desk.apply(self.said(desk))
            desk.clock.pass_by(1)
        assert desk.odoo.methods().count("uom.uom.fields_get") == 1

        desk.schema.refreshed()

        assert desk.odoo.methods().count("uom.uom.fields_get") == 2

    def test_a_model_that_is_not_worked_with_is_refused_by_name_and_leaves_no_trace(self, desk: Desk) -> None:
        foreign = [f"x.model{number}" for number in range(62)]
        refused, fine = desk.apply(self.said(desk, *foreign, "res.users", "uom.uom"), request())

        assert isinstance(refused, PermanentError)
        assert refused.reason is Reason.INVALID_DATA
        assert re.search(r"x\.model0, .*, res\.users are not used; .*mrp\.bom\.line, ", str(refused))
        assert fine == Applied(Result.CREATED, "2 rows")
        assert desk.schema.snapshot.tables.keys() == {"uom.uom", "res.company"}
        assert not [call for call in desk.odoo.calls if call.model in (*foreign, "res.users")]

    def test_a_model_whose_fields_odoo_cannot_say_holds_nobody(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(model: str, attributes: Sequence[str]) -> Any:
            raise ConflictError(model)

        monkeypatch.setattr(desk.odoo, "_fields_get", broken)

        assert desk.apply(self.said(desk)) == [Applied(Result.UPDATED)]

    def test_a_list_of_that_name_is_another_thing(self, desk: Desk) -> None:
        assert self.said(desk).key != request(name="schema").key
