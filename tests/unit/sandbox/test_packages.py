"""Missing packages are named with the command to type; services stay as they are."""

import os
from pathlib import Path

import pytest

from ops.sandbox import packages
from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place
from ops.sandbox.progress import silent


def files(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_a_bare_machine_lacks_everything(tmp_path: Path) -> None:
    assert packages.missing(tmp_path) == [
        "postgresql",
        "rabbitmq-server",
        "libmagic1",
        "python3",
        "python3-venv",
    ]


def test_what_is_there_is_not_installed_again(tmp_path: Path) -> None:
    files(tmp_path, "usr/lib/postgresql/17/bin/initdb", "usr/lib/x86_64-linux-gnu/libmagic.so.1")
    files(tmp_path, "usr/bin/python3")
    assert packages.missing(tmp_path, uv="/bin/uv") == ["rabbitmq-server"]


def test_a_user_without_rights_gets_one_command_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "missing", lambda uv: ["rabbitmq-server", "libmagic1"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    command = (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends rabbitmq-server libmagic1"
    )
    with pytest.raises(SandboxError, match=command):
        packages.install(Place(tmp_path), silent)


def test_services_are_held_back_and_the_policy_is_gone_afterwards(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with packages.no_services(policy):
        assert policy.read_text().endswith("exit 101\n")
        assert os.access(policy, os.X_OK)
    assert not policy.exists()


def test_a_policy_left_by_a_killed_run_is_taken_over_and_removed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text(packages.POLICY_TEXT)
    with packages.no_services(policy):
        pass
    assert not policy.exists()


def test_the_machines_own_policy_stays(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n")
    with packages.no_services(policy):
        assert "104" in policy.read_text()
    assert "104" in policy.read_text()
