"""The folder is recognised by its marker; nothing else is ever deleted."""

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.sandbox.errors import SandboxError
from ops.sandbox.place import MARKER, Place, default_folder
from ops.sandbox.progress import silent
from ops.sandbox.state import Template, fresh, load, save

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_folder_with_foreign_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SandboxError, match="it is not ours"):
        Place(tmp_path).create()


def test_purge_refuses_a_folder_without_the_marker(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SandboxError, match="nothing was deleted"):
        Place(tmp_path).purge()
    assert (tmp_path / "thesis.txt").exists()


def test_purge_deletes_what_create_made(tmp_path: Path) -> None:
    place = Place(tmp_path / "sandbox")
    with place.locked(silent):
        place.create()
        (place.folder / "postgres" / "data").mkdir(parents=True)
        (place.folder / "link").symlink_to(tmp_path)
        place.purge()
    assert not place.folder.exists()
    assert tmp_path.exists()


def test_create_may_be_repeated(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.create()
    (tmp_path / "state.json").write_text("{}")
    place.create()
    assert (tmp_path / MARKER).exists()


def test_a_second_command_waits_for_the_first(tmp_path: Path) -> None:
    said: list[str] = []
    waiting = threading.Event()
    order: list[str] = []

    def wait(text: str) -> None:
        said.append(text)
        waiting.set()

    def second() -> None:
        with Place(tmp_path).locked(wait):
            order.append("second")

    with Place(tmp_path).locked(silent):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert said == [f"waiting for another sandbox command that works in {tmp_path}"]


def test_the_folder_is_the_named_one(tmp_path: Path) -> None:
    assert default_folder({"PDM_ODOO_SANDBOX": str(tmp_path)}) == tmp_path


def test_the_state_file_is_private_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert load(path) is None
    state = fresh()
    save(path, state)
    assert load(path) == state
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_template_comes_back_with_its_moment(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    known = fresh()
    state = type(known)({"odoo": 1}, known.passwords, Template("t", "recipe", "key", NOW))
    save(path, state)
    assert load(path) == state


def test_a_broken_state_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"ports": {')
    with pytest.raises(SandboxError, match=r"state\.json cannot be read"):
        load(path)
