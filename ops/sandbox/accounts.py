"""The operating system user that runs the servers: never root.

PostgreSQL refuses root outright, Odoo complains, and RabbitMQ does not need it. When root asks for a
sandbox, the servers run as `postgres`, the user that Debian's PostgreSQL package creates.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.errors import SandboxError

PREFERRED = "postgres"


@dataclass(frozen=True)
class Account:
    """One user of the operating system. `switch` is true when a child must change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    @property
    def user(self) -> int | None:
        """What `subprocess` takes as `user`: none where nothing changes."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """What `subprocess` takes as `group`."""
        return self.gid if self.switch else None

    @property
    def groups(self) -> list[int] | None:
        """What `subprocess` takes as `extra_groups`: root's own are dropped."""
        return [] if self.switch else None

    def own(self, path: Path) -> None:
        """Give one file or folder to this user; nothing happens where the caller is the user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def caller() -> Account:
    """Return the user of this process."""
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=False)


def for_servers() -> Account:
    """Return the user that runs the servers; root needs Debian's PostgreSQL to be installed already."""
    if os.geteuid() != 0:
        return caller()
    try:
        entry = pwd.getpwnam(PREFERRED)
    except KeyError as missing:
        raise SandboxError(
            f"the user {PREFERRED!r} does not exist, and the servers may not run as root: "
            "install the Debian package postgresql, which creates it"
        ) from missing
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def check_reachable(folder: Path, account: Account) -> None:
    """Raise when the account cannot enter `folder`, naming the first closed folder on the way."""
    for step in [*reversed(folder.parents), folder]:
        if not can_enter(step, account):
            raise SandboxError(
                f"{folder}: the user {account.name!r}, who runs the servers, cannot enter {step} "
                f"(mode {step.stat().st_mode & 0o7777:o}): set PDM_ODOO_SANDBOX to a folder that every "
                "user may reach, for example below /var/tmp"
            )


def can_enter(folder: Path, account: Account) -> bool:
    """Tell whether the account may pass through one folder (the kernel answers, so ACLs count)."""
    if not account.switch:
        return os.access(folder, os.X_OK)
    return runs(["test", "-x", str(folder)], account)


def runs(argv: Sequence[str], account: Account) -> bool:
    """Tell whether a command exists for this account and ends well; its output is thrown away."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            user=account.user,
            group=account.group,
            extra_groups=account.groups,
            cwd="/",
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
