"""Lists from the real Odoo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from consumers.errors import PermanentError
from consumers.lookup import LookupHandler
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from schemas.message import Message
from schemas.settings import ConsumerSettings
from tests import factories

pytestmark = pytest.mark.both_protocols

Handler = Callable[..., LookupHandler]


@pytest.fixture
def published() -> list[Message]:
    return []


@pytest.fixture
def handler(odoo: Connection, tmp_path: Path, published: list[Message]) -> LookupHandler:
    defaults = ConsumerSettings.model_fields["lookup_models"].get_default()
    settings = ConsumerSettings(
        _env_file=None,
        schema_file=None,
        lookup_dir=tmp_path,
        lookup_models=(*defaults, "ir.config_parameter", "no.such"),
    )
    schema = Schema(odoo)
    return LookupHandler(
        Watched(odoo, schema), schema, settings, published.extend, lambda: datetime.now(UTC), lambda: "id-1"
    )


def written(path: Path) -> tuple[int, int]:
    """Which file it is, and when it was written."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def request(**data: Any) -> Any:
    return factories.event(factories.lookup_request(**data))


def test_a_list_is_written_once_and_found_unchanged_the_second_time(
    handler: LookupHandler, tmp_path: Path, published: list[Message]
) -> None:
    (first,) = handler.apply([request()])
    before = written(tmp_path / "units.json")
    (second,) = handler.apply([request()])

    assert [one.result for one in (first, second) if isinstance(one, Applied)] == [
        Result.CREATED,
        Result.UNCHANGED,
    ]
    assert written(tmp_path / "units.json") == before
    rows = orjson.loads((tmp_path / "units.json").read_bytes())["rows"]
    assert {"Units", "kg"} <= {row["name"] for row in rows}
    assert {row["active"] for row in rows} == {True, False}
    assert len(published) == 2


@pytest.mark.parametrize("model", ConsumerSettings.model_fields["lookup_models"].get_default())
def test_every_model_of_the_default_list_can_be_read(handler: LookupHandler, model: str) -> None:
    (verdict,) = handler.apply([request(name="list", model=model, fields=("display_name",))])

    assert isinstance(verdict, Applied), verdict


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"model": "res.users", "fields": ("login",)}, Reason.LOOKUP_FORBIDDEN),
        ({"model": "ir.config_parameter", "fields": ("key",)}, Reason.LOOKUP_FORBIDDEN),
        ({"model": "no.such", "fields": ("name",)}, Reason.LOOKUP_FORBIDDEN),
        ({"model": "res.company", "fields": ("logo",)}, Reason.LOOKUP_FORBIDDEN),
        ({"fields": ("nane",)}, Reason.INVALID_DATA),
    ],
)
def test_a_request_that_odoo_or_we_refuse_harms_only_itself(
    handler: LookupHandler, data: dict[str, Any], reason: Reason
) -> None:
    refused, fine = handler.apply([request(**data), request(name="other")])

    assert isinstance(refused, PermanentError)
    assert refused.reason is reason
    assert isinstance(fine, Applied)
