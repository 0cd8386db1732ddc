"""The generated contract: up to date, true for every sample, and whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import schemas
from ops.schema_docs import FOLDER, HINT, documents, outdated, schemas_command
from schemas import settled
from schemas.kinds import BY_TYPE, KINDS, Consumer, Kind
from schemas.topology import EVENTS, LOG, RESULTS, TOPOLOGY, dead_queue, work_queue

SAMPLES = sorted((Path(schemas.__file__).parent / "samples").glob("*.json"))
ASYNCAPI: dict[str, Any] = json.loads(documents()["asyncapi.json"])


def schema(name: str) -> Draft202012Validator:
    shape = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(shape)
    return Draft202012Validator(shape)


def event(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


def test_generating_again_changes_nothing() -> None:
    assert outdated(FOLDER) == [], HINT


def test_every_kind_has_a_sample() -> None:
    assert {event(path)["type"] for path in SAMPLES} == set(BY_TYPE)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_valid(path: Path) -> None:
    sample = event(path)

    schema("envelope.json").validate(sample)
    schema(f"{sample['type']}.json").validate(sample["data"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_an_unknown_field_is_refused(path: Path) -> None:
    sample = event(path)

    with pytest.raises(ValidationError, match="misspelt"):
        schema(f"{sample['type']}.json").validate({**sample["data"], "misspelt": 1})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_a_schema_is_known_under_the_events_dataschema(kind: Kind) -> None:
    assert json.loads((FOLDER / f"{kind.type}.json").read_text(encoding="utf-8"))["$id"] == kind.dataschema


def test_a_quantity_is_text_so_that_no_digit_is_lost() -> None:
    quantity = json.loads((FOLDER / "pdm.bom.state_changed.v1.json").read_text(encoding="utf-8"))["$defs"][
        "BomLine"
    ]["properties"]["quantity"]

    assert quantity["type"] == "string"


class TestAsyncApi:
    """Structure only. Version 3.0.0 of the official meta-schema accepted the document when it was written."""

    def test_every_reference_resolves(self) -> None:
        found = list(references(ASYNCAPI))

        assert found
        for reference in found:
            file, _, pointer = reference.partition("#")
            target = json.loads((FOLDER / file).read_text(encoding="utf-8")) if file else ASYNCAPI
            for part in pointer.split("/")[1:]:
                target = target[part]

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
    def test_a_kind_is_published_to_its_exchange(self, kind: Kind) -> None:
        channel = ASYNCAPI["channels"][kind.type]

        assert channel["address"] == kind.type
        assert list(channel["messages"]) == [kind.type]
        assert channel["bindings"]["amqp"]["exchange"]["name"] == (EVENTS if kind.consumer else RESULTS)
        assert ASYNCAPI["operations"][f"publish.{kind.type}"]["action"] == "send"

    @pytest.mark.parametrize("consumer", Consumer)
    def test_a_consumer_receives_its_kinds(self, consumer: Consumer) -> None:
        name = work_queue(consumer)

        assert set(ASYNCAPI["channels"][name]["messages"]) == {
            kind.type for kind in KINDS if kind.consumer is consumer
        }
        assert ASYNCAPI["operations"][f"consume.{name}"]["action"] == "receive"
        assert dead_queue(consumer) in ASYNCAPI["channels"]

    def test_the_log_holds_every_event_and_the_results_stream_every_result(self) -> None:
        assert set(ASYNCAPI["channels"][LOG]["messages"]) == {kind.type for kind in KINDS if kind.consumer}
        assert set(ASYNCAPI["channels"][RESULTS]["messages"]) == {
            settled.TYPE,
            *(kind.type for kind in KINDS if not kind.consumer),
        }

    def test_a_queue_is_one_of_the_topology(self) -> None:
        queues = {
            channel["bindings"]["amqp"]["queue"]["name"]
            for channel in ASYNCAPI["channels"].values()
            if channel["bindings"]["amqp"]["is"] == "queue"
        }

        assert queues <= {queue.name for queue in TOPOLOGY.queues}


class TestCommand:
    def test_check_names_what_is_outdated_and_the_command_that_mends_it(self, tmp_path: Path) -> None:
        (tmp_path / "pdm.gone.v1.json").write_text("{}")

        checked = CliRunner().invoke(schemas_command, ["--check", "--folder", str(tmp_path)])

        assert checked.exit_code == 1
        assert "outdated" in checked.output
        assert "pdm.gone.v1.json" in checked.output
        assert "run `pdm-odoo schemas`" in checked.output

    def test_writing_brings_a_folder_up_to_date(self, tmp_path: Path) -> None:
        (tmp_path / "pdm.gone.v1.json").write_text("{}")

        written = CliRunner().invoke(schemas_command, ["--folder", str(tmp_path)])

        assert written.exit_code == 0
        assert outdated(tmp_path) == []
        assert CliRunner().invoke(schemas_command, ["--check", "--folder", str(tmp_path)]).exit_code == 0


def references(shape: Any) -> Iterator[str]:
    """Return every `$ref` inside `shape`."""
    if isinstance(shape, dict):
        for key, value in shape.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(shape, list):
        for value in shape:
            yield from references(value)
