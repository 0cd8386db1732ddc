"""Start servers that outlive the caller, find them again, and stop only them.

There are no pid files. Every process of a sandbox carries its folder and name in its environment
(`/proc/<pid>/environ`), which a child inherits and a stranger cannot have by accident: a reused pid or a
reboot can never make us signal a foreign process.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.accounts import Account
from ops.sandbox.errors import SandboxError

TOKEN = "PDM_ODOO_SANDBOX_PROCESS"  # noqa: S105 - the name of a variable
PROC = Path("/proc")


@dataclass(frozen=True)
class Found:
    """A live process of ours. `leader` is the server itself, the others are its children."""

    pid: int
    leader: bool
    version: str


@dataclass(frozen=True)
class Tag:
    """Whose process it is: `folder` is the sandbox's, `name` the server's. Part of its environment."""

    folder: Path
    name: str

    def value(self, version: str) -> str:
        """Return the token of a process that was started with configuration `version`."""
        return f"{self.folder}#{self.name}#{version}"

    def version_in(self, environ: bytes) -> str | None:
        """Return the configuration version of a process from its environment; none if it is not ours."""
        prefix = f"{TOKEN}={self.folder}#{self.name}#".encode()
        for entry in environ.split(b"\0"):
            if entry.startswith(prefix):
                return entry[len(prefix) :].decode()
        return None


def find(tag: Tag, proc: Path = PROC) -> list[Found]:
    """Return the live processes with this tag, the leader first."""
    found = []
    for entry in proc.iterdir():
        if entry.name.isdigit() and (one := _inspect(entry, tag)) is not None:
            found.append(one)
    return sorted(found, key=lambda one: not one.leader)


def leader(tag: Tag) -> Found | None:
    """Return the server itself, or none when it does not run."""
    return next((one for one in find(tag) if one.leader), None)


def _inspect(entry: Path, tag: Tag) -> Found | None:
    # A process may end between any two of these reads; a zombie has an empty environment.
    try:
        version = tag.version_in((entry / "environ").read_bytes())
        if version is None:
            return None
        session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        # A PostgreSQL child leads a session too, and shows its title in place of its command.
        is_child = (entry / "cmdline").read_bytes().startswith(b"postgres: ")
    except (OSError, IndexError):
        return None
    pid = int(entry.name)
    return Found(pid, leader=session == pid and not is_child, version=version)


@dataclass(frozen=True)
class Launch:
    """What to start: a command, its whole environment (nothing is inherited), and where its output goes."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    cwd: Path


def spawn(launch: Launch, tag: Tag, version: str, account: Account) -> None:
    """Start a server detached, in a session of its own; return before it is ready."""
    # The short-lived shell makes init the parent: no zombie stays behind when the server ends before us.
    script = 'setsid "$@" </dev/null &'
    with launch.log.open("ab") as log:
        subprocess.run(
            ["/bin/sh", "-c", script, "sh", *launch.argv],
            env={**launch.environment, TOKEN: tag.value(version)},
            stdout=log,
            stderr=log,
            cwd=launch.cwd,
            check=True,
            umask=0o022,
            **switch(account),
        )


def switch(account: Account) -> dict[str, object]:
    """Return the arguments of `subprocess` that make a child run as the account."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account.switch else {}


def stop(tag: Tag, ask: signal.Signals, patience: float) -> bool:
    """Stop every process with the tag; wait up to `patience` seconds before killing. False if none ran."""
    found = find(tag)
    if not found:
        return False
    # Children end with their leader; without one each is asked itself.
    for one in [one for one in found if one.leader] or found:
        _signal(one.pid, tag, ask)
    if not _gone(tag, patience):
        for one in find(tag):
            _signal(one.pid, tag, signal.SIGKILL)
        if not _gone(tag, 10):
            pids = [one.pid for one in find(tag)]
            raise SandboxError(f"{tag.name} (processes {pids}) does not end, not even when killed: look at `ps`")
    return True


def _signal(pid: int, tag: Tag, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            # Asked again with the process in hand: from here on the pid cannot become another's.
            if _inspect(PROC / str(pid), tag) is not None:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def _gone(tag: Tag, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while find(tag):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
