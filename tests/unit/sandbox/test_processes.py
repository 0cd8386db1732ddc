"""Only processes that carry our token are ours; a reused pid never is."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.sandbox.accounts import caller
from ops.sandbox.processes import TOKEN, Launch, Tag, find, leader, spawn, stop

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def tag(tmp_path: Path) -> Iterator[Tag]:
    tag = Tag.of(tmp_path, "sleeper")
    yield tag
    stop(tag, signal.SIGKILL, 5)


def started(tag: Tag, argv: list[str], tmp_path: Path) -> None:
    spawn(Launch(argv, {"PATH": "/usr/bin:/bin"}, tmp_path / "log", tmp_path), tag, "v1", caller())
    deadline = time.monotonic() + 10
    # The detaching shell and `setsid` carry the token before the program itself does.
    while (one := leader(tag)) is None or b"setsid" in Path(f"/proc/{one.pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_is_found_by_its_token_and_stopped(tag: Tag, tmp_path: Path) -> None:
    started(tag, SLEEP, tmp_path)
    process = leader(tag)
    assert process is not None
    assert process.version == "v1"
    assert stop(tag, signal.SIGTERM, 10)
    assert find(tag) == []
    assert not stop(tag, signal.SIGTERM, 10)


def test_a_server_that_ignores_the_request_is_killed(tag: Tag, tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    started(tag, [sys.executable, "-c", code], tmp_path)
    while not (tmp_path / "log").read_text():
        time.sleep(0.02)
    assert stop(tag, signal.SIGTERM, 0.2)
    assert find(tag) == []


def test_children_without_their_leader_are_no_server_and_are_stopped_too(tag: Tag, tmp_path: Path) -> None:
    started(tag, ["/bin/sh", "-c", "sleep 60; true"], tmp_path)
    while len(find(tag)) < 2:
        time.sleep(0.02)
    main = leader(tag)
    assert main is not None
    subprocess.run(["kill", "-9", str(main.pid)], check=True)
    while len(find(tag)) > 1:
        time.sleep(0.02)
    assert leader(tag) is None
    assert stop(tag, signal.SIGTERM, 10)


def test_another_sandbox_and_another_server_are_strangers(tag: Tag, tmp_path: Path) -> None:
    started(tag, SLEEP, tmp_path)
    assert find(Tag(f"{tag.sandbox}0", "sleeper")) == []
    assert find(Tag.of(tmp_path, "sleep")) == []


def fake_process(
    proc: Path, pid: int, environ: bytes, *, session: int, parent: int = 1, cmdline: bytes = b"x"
) -> None:
    entry = proc / str(pid)
    entry.mkdir(parents=True)
    (entry / "environ").write_bytes(environ)
    (entry / "cmdline").write_bytes(cmdline)
    (entry / "stat").write_text(f"{pid} (a (strange) name) S {parent} {pid} {session} 0 -1")


def test_the_environment_decides_and_not_the_pid(tmp_path: Path) -> None:
    tag = Tag("/var/sandbox@1:2", "odoo")
    ours = f"A=1\0{TOKEN}=/var/sandbox@1:2#odoo#abc\0B=2".encode()
    fake_process(tmp_path, 10, ours, session=10)
    fake_process(tmp_path, 11, ours, session=10, parent=10)
    fake_process(tmp_path, 12, b"A=1", session=12)
    fake_process(tmp_path, 13, f"X{TOKEN}=/var/sandbox@1:2#odoo#abc".encode(), session=13)
    fake_process(tmp_path, 14, ours, session=14, parent=1, cmdline=b"postgres: checkpointer")
    (tmp_path / "15").mkdir()
    found = {one.pid: one for one in find(tag, tmp_path)}
    assert sorted(found) == [10, 11, 14]
    assert [pid for pid, one in found.items() if one.leads] == [10]
    assert found[10].version == "abc"
