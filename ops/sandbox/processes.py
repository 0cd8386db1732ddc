"""Start servers that outlive the caller, find them again, and stop only them.

There are no pid files. Every process of a sandbox carries its folder and name in its environment
(`/proc/<pid>/environ`), which a child inherits and a stranger cannot have by accident: a reused pid or a
reboot can never make us signal a foreign process. A folder is told by its path and inode, because a
container that shares the process list may have another folder of the same path.
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
    """A live process of ours. `leads` is true for one that leads its session, as the server itself does."""

    pid: int
    parent: int
    leads: bool
    version: str


@dataclass(frozen=True)
class Tag:
    """Whose process it is: `sandbox` tells the folder, `name` the server. Part of its environment."""

    sandbox: str
    name: str

    @classmethod
    def of(cls, folder: Path, name: str) -> "Tag":
        """Return the tag of one server of the sandbox in `folder`, which must exist."""
        about = folder.stat()
        return cls(f"{folder}@{about.st_dev:x}:{about.st_ino:x}", name)

    def value(self, version: str) -> str:
        """Return the token of a process that was started with configuration `version`."""
        return f"{self.sandbox}#{self.name}#{version}"

    def version_in(self, environ: bytes) -> str | None:
        """Return the configuration version of a process from its environment; none if it is not ours."""
        prefix = f"{TOKEN}={self.sandbox}#{self.name}#".encode()
        for entry in environ.split(b"\0"):
            if entry.startswith(prefix):
                return entry[len(prefix) :].decode()
        return None


def find(tag: Tag, proc: Path = PROC) -> list[Found]:
    """Return the live processes with this tag."""
    entries = [entry for entry in proc.iterdir() if entry.name.isdigit()]
    return [one for entry in entries if (one := inspect(entry, tag)) is not None]


def leader(tag: Tag) -> Found | None:
    """Return the server itself, or none when it does not run (its children may, for a moment)."""
    return leader_of(find(tag))


def leader_of(found: Sequence[Found]) -> Found | None:
    """Return the process that we started among those with one tag: it leads a session, no parent is ours."""
    pids = {one.pid for one in found}
    return next((one for one in found if one.leads and one.parent not in pids), None)


def inspect(entry: Path, tag: Tag) -> Found | None:
    """Read one folder of /proc; none when the process is not ours or has ended."""
    # A process may end between any two of these reads; a zombie has an empty environment.
    try:
        version = tag.version_in((entry / "environ").read_bytes())
        if version is None:
            return None
        # The fields after the name, see proc(5): state, parent, process group, session.
        _, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        # An orphan of PostgreSQL leads a session too; it shows a title in place of its command.
        orphan = (entry / "cmdline").read_bytes().startswith(b"postgres: ")
    except (OSError, ValueError):
        return None
    return Found(int(entry.name), int(parent), leads=session == entry.name and not orphan, version=version)


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
            user=account.user,
            group=account.group,
            extra_groups=account.groups,
        )


def stop(tag: Tag, ask: signal.Signals, patience: float) -> bool:
    """Stop every process with the tag; wait up to `patience` seconds before killing. False if none ran."""
    found = find(tag)
    if not found:
        return False
    # Children end with their leader; without one each is asked itself.
    main = leader_of(found)
    for one in found if main is None else [main]:
        _signal(one.pid, tag, ask)
    if not _gone(tag, patience):
        for one in find(tag):
            _signal(one.pid, tag, signal.SIGKILL)
        if not _gone(tag, 10):
            pids = [one.pid for one in find(tag)]
            raise SandboxError(f"{tag.name} (processes {pids}) does not end even when killed: look at `ps`")
    return True


def _signal(pid: int, tag: Tag, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            # Asked again with the process in hand: from here on the pid cannot become another's.
            if inspect(PROC / str(pid), tag) is not None:
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
