"""What is known of the fields survives a restart, and is shared by processes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from consumers.errors import RefusedModelError
from consumers.odoo.schema import LOOK_AFTER, Schema
from tests.fakes import FakeOdoo
from tests.unit.odoo.known import BOM, CHECK, READ, TEMPLATE, Clock, upgrade, with_modules


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo() -> FakeOdoo:
    return with_modules()


@pytest.fixture
def start(odoo: FakeOdoo, clock: Clock, tmp_path: Path) -> Callable[..., Schema]:
    """Return what starts one more process."""

    def started(database: str = "http://erp/plm", path: Path = tmp_path / "schema.json") -> Schema:
        return Schema(odoo, path=path, database=database, clock=clock)

    return started


def test_a_restart_asks_nothing(odoo: FakeOdoo, start: Callable[..., Schema]) -> None:
    before = start().model(TEMPLATE)
    odoo.calls.clear()

    again = start()

    again.refreshed()
    assert again.model(TEMPLATE) == before
    assert again.version == "19.0"
    assert odoo.calls == []


def test_a_consumer_that_starts_asks_only_whether_odoo_is_the_same(
    odoo: FakeOdoo, start: Callable[..., Schema]
) -> None:
    start().prepare(TEMPLATE)
    odoo.calls.clear()

    start().prepare(TEMPLATE)

    assert odoo.methods() == [CHECK]


def test_an_upgrade_while_nobody_ran_is_noticed_at_the_start(
    odoo: FakeOdoo, start: Callable[..., Schema]
) -> None:
    start().prepare(TEMPLATE)
    upgrade(odoo)
    odoo.calls.clear()

    start().prepare(TEMPLATE)

    assert odoo.methods() == [CHECK, *READ]


def test_a_file_of_another_database_is_ignored_and_replaced(
    odoo: FakeOdoo, start: Callable[..., Schema]
) -> None:
    start("http://erp/plm").model(TEMPLATE)
    odoo.calls.clear()

    start("http://erp/test").model(TEMPLATE)
    assert odoo.methods() == [CHECK, *READ]

    odoo.calls.clear()
    start("http://erp/test").model(TEMPLATE)
    assert odoo.calls == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"format": 1, "database": "http://erp/plm", "snapshot": {}}'],
)
def test_a_file_that_cannot_be_read_is_as_none(
    odoo: FakeOdoo, start: Callable[..., Schema], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "schema.json").write_bytes(content)

    start().model(TEMPLATE)
    odoo.calls.clear()

    start().model(TEMPLATE)
    assert odoo.calls == []


def test_where_no_file_can_be_written_work_goes_on(start: Callable[..., Schema], tmp_path: Path) -> None:
    schema = start(path=tmp_path / "missing" / "schema.json")

    assert schema.model(TEMPLATE).fields
    assert schema.model(BOM).fields


def test_what_another_process_reads_is_taken_over(
    odoo: FakeOdoo, start: Callable[..., Schema], clock: Clock
) -> None:
    one, other = start(), start()
    one.prepare(TEMPLATE)
    other.prepare(TEMPLATE)
    odoo.fields[TEMPLATE]["x_finish"] = {"type": "char"}
    clock.pass_by(LOOK_AFTER)
    other.outdated()
    other.refreshed()
    odoo.calls.clear()

    one.refreshed()

    assert "x_finish" in one.model(TEMPLATE).fields
    assert one.generation == 1
    assert odoo.calls == []


def test_processes_do_not_take_each_others_models_out_of_the_file(
    odoo: FakeOdoo, start: Callable[..., Schema]
) -> None:
    one, other = start(), start()
    one.model(TEMPLATE)
    other.model(BOM)
    odoo.calls.clear()

    third = start()

    assert third.model(TEMPLATE).fields
    assert third.model(BOM).fields
    assert odoo.calls == []


def test_what_odoo_contradicts_is_not_taken_from_the_file_again(
    odoo: FakeOdoo, start: Callable[..., Schema], clock: Clock
) -> None:
    one, other = start(), start()
    one.prepare(TEMPLATE)
    clock.pass_by(LOOK_AFTER)
    other.refresh(TEMPLATE)
    del odoo.fields[TEMPLATE]["weight"]

    one.outdated()
    one.refreshed()

    assert "weight" not in one.model(TEMPLATE).fields


def test_a_misspelt_model_is_not_kept(start: Callable[..., Schema]) -> None:
    with pytest.raises(RefusedModelError):
        start().model("product.tmplate")

    assert "product.tmplate" not in start().snapshot.tables


def test_no_part_of_it_is_left(start: Callable[..., Schema], tmp_path: Path) -> None:
    start().model(TEMPLATE)

    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]


def test_no_part_of_it_is_left_when_the_disk_is_full(
    start: Callable[..., Schema], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_part: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    assert start().model(TEMPLATE).fields
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_reads_it(start: Callable[..., Schema], tmp_path: Path) -> None:
    start().model(TEMPLATE)

    assert stat.S_IMODE((tmp_path / "schema.json").stat().st_mode) == 0o600


def test_processes_of_one_id_write_parts_of_their_own_and_follow_no_link(
    start: Callable[..., Schema], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[str] = []
    replace = Path.replace

    def noted(part: Path, target: Path) -> Path:
        parts.append(part.name)
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", noted)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".schema.json.{os.getpid()}.part").symlink_to(victim)

    for model in (TEMPLATE, BOM):
        start().model(model)

    assert len(set(parts)) == len(parts) >= 2
    assert victim.read_text() == "mine"


SECONDS = "1772400000.0"


@pytest.mark.parametrize("moment", ["NaN", "Infinity", "-Infinity", "1e400", "1772403600.0", '"x"'])
@pytest.mark.parametrize("of", ["checked_at", "read_at"])
def test_a_file_of_impossible_times_is_not_believed(
    odoo: FakeOdoo, start: Callable[..., Schema], tmp_path: Path, moment: str, of: str
) -> None:
    start().model(TEMPLATE)
    path = tmp_path / "schema.json"
    before = path.read_text()
    path.write_text(before.replace(f'"{of}":{SECONDS}', f'"{of}":{moment}'))
    assert path.read_text() != before
    odoo.calls.clear()

    start().model(TEMPLATE)

    assert odoo.methods() == [CHECK, *READ]


def test_a_clock_that_is_a_little_ahead_is_believed(
    odoo: FakeOdoo, start: Callable[..., Schema], clock: Clock
) -> None:
    start().model(TEMPLATE)
    odoo.calls.clear()
    clock.pass_by(-60)

    start().model(TEMPLATE)

    assert odoo.calls == []


def test_a_pipe_or_a_folder_in_its_place_is_left_alone_and_hangs_nobody(
    start: Callable[..., Schema], tmp_path: Path
) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for path in (pipe, folder):
        before = path.stat()
        with capture_logs() as logs:
            assert start(path=path).model(TEMPLATE).fields

        assert path.stat().st_ino == before.st_ino
        assert [one["event"] for one in logs if one["log_level"] == "warning"] == [
            "schema file ignored",
            "schema file cannot be written",
        ]


def test_a_huge_file_is_not_read(
    odoo: FakeOdoo, start: Callable[..., Schema], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start().model(TEMPLATE)
    path = tmp_path / "schema.json"
    os.truncate(path, 33 * 1024 * 1024)
    odoo.calls.clear()

    def read(_path: Path) -> bytes:
        raise AssertionError(_path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", read)
        start().model(TEMPLATE)

    assert odoo.methods() == [CHECK, *READ]
    assert path.stat().st_size < 1024 * 1024, "replaced"
