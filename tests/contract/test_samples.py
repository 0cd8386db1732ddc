"""The samples are the contract: what was once written must stay readable."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.event import decode, encode
from schemas.kinds import KINDS

SAMPLES = Path(str(files("schemas"))) / "samples"
FOUND = sorted(SAMPLES.glob("*.json"))


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def test_every_kind_has_a_sample_and_every_sample_a_kind() -> None:
    assert {path.name for path in FOUND} == {f"{kind.type}.json" for kind in KINDS}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_sample_is_named_after_its_type_and_pretty(path: Path) -> None:
    sample = content(path)

    assert sample["type"] == path.stem
    assert path.read_text(encoding="utf-8") == json.dumps(sample, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_sample_survives_decoding_and_encoding(path: Path) -> None:
    assert json.loads(encode(decode(path.read_bytes()))) == content(path)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_fields_of_newer_producers_are_ignored(path: Path) -> None:
    sample = content(path)
    newer = sample | {"newattribute": "x", "data": sample["data"] | {"new_field": {"deep": [1]}}}

    assert json.loads(encode(decode(orjson.dumps(newer)))) == sample


@pytest.mark.parametrize("name", ["bom", "attachment"])
def test_what_was_written_before_a_field_was_added_still_decodes(name: str) -> None:
    sample = content(SAMPLES / f"pdm.{name}.state_changed.v1.json")
    data = {key: value for key, value in sample["data"].items() if key != "attributes"}
    if name == "bom":
        data["lines"] = [
            {key: value for key, value in line.items() if key != "vault_object_id"} for line in data["lines"]
        ]
    old = sample | {"data": data}

    found = decode(orjson.dumps(old)).data

    assert found.attributes == {}
    assert {line.vault_object_id for line in getattr(found, "lines", ())} <= {None}
