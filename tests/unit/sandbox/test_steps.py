"""A step that fails says so with the end of its log; progress lines are plain."""

import sys
from pathlib import Path

import pytest

from ops.sandbox import steps
from ops.sandbox.accounts import caller, can_enter
from ops.sandbox.errors import SandboxError
from ops.sandbox.odoo_python import REQUIREMENTS, interpreter
from ops.sandbox.postgres import clear_stale_lock, programs
from ops.sandbox.progress import silent, timed_lines
from ops.sandbox.steps import Step, last_lines, run


def step(tmp_path: Path, code: str, **more: object) -> Step:
    return Step("counting", [sys.executable, "-c", code], tmp_path / "log", caller(), **more)  # type: ignore[arg-type]


def test_a_failed_step_shows_the_end_of_its_log(tmp_path: Path) -> None:
    code = "print(*range(40), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(SandboxError) as caught:
        run(step(tmp_path, code), tmp_path, silent)
    text = str(caught.value)
    assert "counting failed" in text
    assert "ended with 3" in text
    assert str(tmp_path / "log") in text
    assert "| 39" in text
    assert "| 24\n" not in text


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="the program /absent is missing"):
        run(Step("x", ["/absent"], tmp_path / "log", caller()), tmp_path, silent)


def test_a_step_reads_its_standard_input_and_tells_its_title_once(tmp_path: Path) -> None:
    said: list[str] = []
    run(step(tmp_path, "print(input())", stdin="hello\n"), tmp_path, said.append)
    assert (tmp_path / "log").read_text() == "hello\n"
    assert said == ["counting"]


def test_a_long_step_shows_that_it_lives_and_ends_at_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "HEARTBEAT", 0.3)
    said: list[str] = []
    code = "import time; print('module 7', flush=True); time.sleep(60)"
    with pytest.raises(SandboxError, match="takes more than 1 s"):
        run(step(tmp_path, code, limit=1.0), tmp_path, said.append)
    assert "module 7" in said[-1]


def test_a_log_that_does_not_exist_is_no_second_error(tmp_path: Path) -> None:
    assert "(empty)" in last_lines(tmp_path / "absent")


def test_progress_counts_seconds_from_its_start() -> None:
    times = iter([100.0, 100.4, 112.0])
    lines: list[str] = []
    progress = timed_lines(lines.append, clock=lambda: next(times))
    progress("first")
    progress("second")
    assert lines == ["[  0 s] first", "[ 12 s] second"]


def test_the_newest_postgresql_is_used(tmp_path: Path) -> None:
    for version in ("9.6", "15", "7"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert programs(tmp_path) == tmp_path / "15" / "bin"
    with pytest.raises(SandboxError, match="install the Debian package postgresql"):
        programs(tmp_path / "absent")


def test_a_stale_lock_of_postgresql_is_removed_only_when_nothing_works_there(tmp_path: Path) -> None:
    data, proc = tmp_path / "data", tmp_path / "proc"
    data.mkdir()
    (proc / "77").mkdir(parents=True)
    (proc / "77" / "cwd").symlink_to(data)
    (data / "postmaster.pid").write_text("77\n")
    with pytest.raises(SandboxError, match=r"\[77\] use this cluster"):
        clear_stale_lock(data, proc, patience=0.0)
    assert (data / "postmaster.pid").exists()
    (proc / "77" / "cwd").unlink()
    clear_stale_lock(data, proc, patience=0.0)
    assert not (data / "postmaster.pid").exists()


def test_an_interpreter_for_odoo_is_found_and_its_requirements_are_shipped() -> None:
    assert Path(interpreter(caller())).exists()
    assert "psycopg2-binary" in REQUIREMENTS.read_text()


def test_a_closed_folder_cannot_be_entered(tmp_path: Path) -> None:
    assert can_enter(tmp_path, caller())
