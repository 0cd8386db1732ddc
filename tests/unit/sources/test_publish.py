"""`pdm-odoo publish`, with a broker that only remembers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from click.testing import CliRunner, Result

import ops.publish
from producers.errors import BrokerUnavailableError
from schemas import topology
from schemas.event import decode, encode
from schemas.message import Message
from tests.factories import event, item, product
from tests.unit.readable import EVIL, SPELLED, lines
from tests.unit.sources.exports import assembly, component, export, node


class Broker:
    """Takes messages as the publisher does; `fails_after` counts calls."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.calls = 0
        self.fails_after: int | None = None
        self.too_large = b"\0"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def publish(self, messages: Sequence[Message]) -> None:
        if self.calls == self.fails_after:
            raise BrokerUnavailableError("no connection to RabbitMQ at here:5672")
        if any(self.too_large in message.body for message in messages):
            raise ValueError("message m-1 is too large")
        self.calls += 1
        self.messages.extend(messages)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Broker:
    broker = Broker()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMQP_URL", "amqp://nobody@here")
    monkeypatch.setattr(ops.publish, "connect", lambda _: broker)
    # Logging outlives the test, the runner's streams do not.
    monkeypatch.setattr("schemas.logs.configure", lambda _: None)
    Path("good.xml").write_bytes(export(assembly("A", component("B", "2"))))
    Path("bad.xml").write_bytes(export(component(" ")))
    Path("other.json").write_bytes(encode(event()))
    return broker


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(ops.publish.publish, arguments, input=stdin)


def test_events_go_to_the_events_exchange_under_one_correlation_id(broker: Broker) -> None:
    Path("more.xml").write_bytes(export(component("C")))
    result = run("good.xml", "more.xml")

    ids = {message.correlation_id for message in broker.messages}
    assert result.exit_code == 0
    assert {message.exchange for message in broker.messages} == {topology.EVENTS}
    assert [decode(message.body).subject for message in broker.messages] == ["A", "B", "A", "C"]
    assert result.stdout == (
        f"published 4 events of 2 files (3 product, 1 bom), correlation id {''.join(map(str, ids))}\n"
    )


def test_a_refused_file_is_reported_and_the_others_are_published(broker: Broker) -> None:
    result = run("bad.xml", "good.xml", "missing.xml", ".")

    assert result.exit_code == 1
    assert len(broker.messages) == 3
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        "bad.xml:4",
        "missing.xml",
        ".",
        "refused 3 files, see above",
    ]
    assert "published 3 events of 1 file (2 product, 1 bom)" in result.stdout


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_an_event_of_the_future_refuses_its_file(broker: Broker, arguments: tuple[str, ...]) -> None:
    ahead = datetime.now(UTC) + timedelta(days=2)
    Path("ahead.json").write_bytes(encode(event()) + b"\n" + encode(event(time=ahead)))
    result = run(*arguments, "ahead.json")

    assert result.exit_code == 1
    assert f"ahead.json: is dated {ahead:%Y-%m-%d}, which is in the future" in result.stderr
    assert "'BD-1000'" in result.stderr
    assert broker.messages == []


def test_the_clock_of_the_vault_may_be_some_hours_ahead(broker: Broker) -> None:
    Path("hours.json").write_bytes(encode(event(time=datetime.now(UTC) + timedelta(hours=23))))

    assert run("hours.json").exit_code == 0
    assert len(broker.messages) == 1


def test_what_cannot_be_carried_refuses_its_file(broker: Broker) -> None:
    broker.too_large = b'"subject":"A"'
    result = run("good.xml", "other.json")

    assert result.exit_code == 1
    assert "good.xml: message m-1 is too large; nothing of the file was published" in result.stderr
    assert [decode(message.body).subject for message in broker.messages] == ["BD-1000"]


def test_a_lost_broker_stops_and_says_how_far_it_came(broker: Broker) -> None:
    broker.fails_after = 1
    result = run("good.xml", "other.json")

    assert result.exit_code == 1
    assert "no connection to RabbitMQ at here:5672" in result.stderr
    assert "published 3 events of 1 file" in result.stderr


def test_a_missing_setting_is_named(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMQP_URL")
    result = run("good.xml")

    assert result.exit_code == 1
    assert "AMQP_URL" in result.stderr


def test_json_counts(broker: Broker) -> None:
    result = run("--json", "good.xml", "bad.xml")

    counts = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (counts["events"], counts["files"], counts["refused"]) == (3, 1, 1)
    assert counts["kinds"] == {"product": 2, "bom": 1}
    assert len(counts["correlation_ids"]) == 1


def test_a_dry_run_publishes_nothing_and_needs_no_broker(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMQP_URL")
    result = run("--dry-run", "good.xml", "other.json")

    assert result.exit_code == 0
    assert not broker.messages
    for text in (
        "kind",
        "sighting",
        "1 component",
        "00001700000000000000",
        "Drive unit, Released",
        "would publish",
    ):
        assert text in result.stdout


def test_a_dry_run_as_json_can_be_published_again(broker: Broker) -> None:
    shown = run("--dry-run", "--json", "good.xml")
    result = run("-", stdin=shown.stdout_bytes)

    assert result.exit_code == 0
    assert b"".join(message.body + b"\n" for message in broker.messages) == shown.stdout_bytes


def test_standard_input_is_read_and_named(broker: Broker) -> None:
    assert run("-", stdin=export(component("A"))).exit_code == 0
    assert "standard input:4: " in run("-", stdin=export(component(" "))).stderr
    assert len(broker.messages) == 1


def test_depth_sights_more_levels(broker: Broker) -> None:
    Path("deep.xml").write_bytes(export(assembly("A", assembly("B", component("C")))))
    run("--depth", "2", "deep.xml")

    assert [decode(message.body).subject for message in broker.messages] == ["A", "B", "C", "A"]


PROFILE = """
version = 1
[states]
Released = "upsert"
[structure]
exclude = [{ from = "BOM", when = "hidden*" }]
dissolve = [{ from = "BOM", when = "phantom" }]
virtual = [{ number = "Paint" }]
group_siblings = true
[models]
"""


@pytest.mark.parametrize("named", ["by the option", "by the environment"])
def test_a_profile_reshapes_what_is_published(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.delenv("AMQP_URL")
    Path("my.toml").write_text(PROFILE, encoding="utf-8")
    phantom = node("P", "2", component("B", "3"), component("C", BOM="hidden"), BOM="phantom", Paint="RAL")
    Path("tree.xml").write_bytes(export(assembly("A", component("B"), phantom)))
    if named == "by the environment":
        monkeypatch.setenv("PDM_ODOO_PROFILE", "my.toml")
    options = ("--profile", "my.toml") if named == "by the option" else ()
    result = run(*options, "--dry-run", "--json", "tree.xml")

    events = [decode(line) for line in result.stdout_bytes.splitlines()]
    assert result.exit_code == 0
    assert [event.subject for event in events] == ["A", "B", "RAL", "A"]
    assert [(line.number, str(line.quantity)) for line in events[-1].data.lines] == [("B", "7"), ("RAL", "2")]


def test_a_file_in_which_the_profile_leaves_nothing_is_told_and_accepted(broker: Broker) -> None:
    Path("my.toml").write_text(PROFILE, encoding="utf-8")
    Path("hidden.xml").write_bytes(export(component("A", BOM="Hidden in BOM")))
    result = run("--profile", "my.toml", "hidden.xml", "good.xml")

    assert result.exit_code == 0
    assert "hidden.xml: nothing to publish: exclude in [structure]" in result.stderr
    assert "published 3 events of 2 files" in result.stdout


def test_a_wrong_profile_is_refused_before_any_file(broker: Broker) -> None:
    Path("my.toml").write_text(PROFILE.replace("hidden*", "a|!b"), encoding="utf-8")
    result = run("--profile", "my.toml", "good.xml")

    assert result.exit_code == 1
    assert "my.toml:6" in result.stderr
    assert "two conditions" in " ".join(result.stderr.split())
    assert broker.messages == []


def test_numbers_are_no_markup(broker: Broker) -> None:
    Path("red.xml").write_bytes(export(component("[red]7[/red]")))

    assert "[red]7[/red]" in run("--dry-run", "red.xml").stdout


def test_what_an_export_is_called_and_says_is_no_command_to_the_terminal(broker: Broker) -> None:
    Path("evil\x1b[2J.xml").write_bytes(b"<no export")
    data = product(item=item(number="A"), name=EVIL)
    Path("good.json").write_bytes(encode(event(data)))

    result = run("--dry-run", "evil\x1b[2J.xml", "good.json")

    assert lines(result.stderr, 160)[0].startswith(r"evil\x1b[2J.xml:1: is not")
    assert any(SPELLED in line for line in lines(result.stdout, 160))


@pytest.mark.parametrize("folder", ["empty", "."])
def test_a_folder_is_refused_and_says_to_name_its_files(broker: Broker, folder: str) -> None:
    Path("empty").mkdir()
    result = run(folder)

    assert (result.exit_code, broker.messages) == (1, [])
    assert result.stdout == "published 0 events of 0 files (none)\n"
    assert result.stderr == f"{folder}: is a folder: name the files in it\nrefused 1 file, see above\n"


@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_no_id_and_no_sequence_is_torn(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    number = "R&D-77/0815 0000000000-LEFT"
    Path("long.xml").write_bytes(export(assembly(number, component("B", "2"), Revision="B")))
    monkeypatch.setenv("COLUMNS", str(width))
    shown, result = run("--dry-run", "long.xml", "bad.xml"), run("long.xml")

    found = lines(shown.stdout, width)
    assert {f"product  {number}  revision B  root", f"bom  {number}  revision B"} <= set(found)
    assert any("sequence 00001700000000000000" in line for line in found)
    [named] = {str(message.correlation_id) for message in broker.messages}
    assert any(named in line for line in lines(result.stdout, width))
    assert lines(shown.stderr, width)[-1] == "refused 1 file, see above"


def test_help_shows_examples() -> None:
    assert "pdm-odoo publish --dry-run BD-1000.xml" in run("--help").stdout
