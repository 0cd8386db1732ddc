"""The one folder of a private sandbox: where everything lies in it, who may delete it, who works on it.

Everything the sandbox makes is below this folder, so deleting the folder deletes the sandbox. The only
things outside are the Debian packages that it installs.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.accounts import Account
from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import Progress

MARKER = ".pdm-odoo-sandbox"
MARKER_TEXT = "This folder belongs to `pdm-odoo sandbox`; `pdm-odoo sandbox down --purge` deletes it.\n"


@dataclass(frozen=True)
class Place:
    """Paths below the sandbox's folder; only `create`, `locked` and `purge` touch the disk."""

    folder: Path

    @property
    def marker(self) -> Path:
        """The file without which `purge` refuses."""
        return self.folder / MARKER

    @property
    def state_file(self) -> Path:
        """Ports and secrets, mode 0600."""
        return self.folder / "state.json"

    @property
    def logs(self) -> Path:
        """One log file per server and per long step."""
        return self.folder / "logs"

    def log(self, name: str) -> Path:
        """Return the log file of one server or step."""
        return self.logs / f"{name}.log"

    @property
    def filestore(self) -> Path:
        """Odoo's attachments: one folder per database."""
        return self.folder / "odoo" / "data" / "filestore"

    def create(self) -> None:
        """Make the folder with its marker; refuse a folder that holds something else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        strangers = {child.name for child in self.folder.iterdir()} - {MARKER, "lock"}
        if strangers and not self.marker.exists():
            raise SandboxError(
                f"{self.folder} is not empty and has no {MARKER}: it is not ours. "
                "Set PDM_ODOO_SANDBOX to an empty or new folder"
            )
        self.marker.write_text(MARKER_TEXT)
        # The servers' user passes through here; secrets are protected by their own files' modes.
        self.folder.chmod(0o755)
        self.logs.mkdir(exist_ok=True)
        self.logs.chmod(0o755)

    def give(self, path: Path, account: Account, mode: int = 0o700) -> Path:
        """Make a folder of the servers' user, closed to others unless `mode` says otherwise."""
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        account.own(path)
        return path

    @contextmanager
    def locked(self, progress: Progress) -> Iterator[None]:
        """Hold the folder's lock, waiting for another `up` or `down` to end first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress(f"waiting for another sandbox command that works in {self.folder}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def purge(self) -> None:
        """Delete the folder; refuse one without our marker."""
        if not self.marker.exists():
            raise SandboxError(f"{self.folder} has no {MARKER}: it is not ours, nothing was deleted")
        # The marker goes last: a purge that was interrupted can be repeated.
        for child in self.folder.iterdir():
            if child != self.marker:
                shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        shutil.rmtree(self.folder)


def default_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder named by PDM_ODOO_SANDBOX, or the default of this user."""
    if chosen := environ.get("PDM_ODOO_SANDBOX"):
        return Path(chosen).expanduser().absolute()
    if os.geteuid() == 0:
        # Below a root-only home the servers' user could not reach it.
        return Path("/var/tmp/pdm-odoo-sandbox")  # noqa: S108 - the folder is checked for our marker
    return Path.home() / ".cache" / "pdm-odoo" / "sandbox"
