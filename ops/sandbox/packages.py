"""The Debian packages that the servers come from: see what is missing, install it when root.

Packages are recognised by the files that we use, not by dpkg's list: a PostgreSQL from another archive
is as good. System services are none of our business, so none is started by the installation.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.sandbox.accounts import caller
from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place
from ops.sandbox.progress import Progress
from ops.sandbox.steps import Step, last_lines, run

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# `pdm-odoo sandbox` is installing packages; may be deleted.\nexit 101\n"
ROOT = Path("/")
NEEDED = {
    "postgresql": "usr/lib/postgresql/*/bin/initdb",
    "rabbitmq-server": "usr/lib/rabbitmq/bin/rabbitmq-server",
    "libmagic1": "usr/lib/*/libmagic.so.1",
    "python3": "usr/bin/python3",
}
"""Package → a file of it that we use."""


def missing(root: Path = ROOT, uv: str | None = None) -> list[str]:
    """Return the packages to install; without uv the venv module of Debian's Python is one of them."""
    needed = dict(NEEDED)
    if uv is None:
        needed["python3-venv"] = "usr/lib/python3*/ensurepip/__init__.py"
    return [package for package, pattern in needed.items() if not any(root.glob(pattern))]


def find_uv() -> str | None:
    """Return the path of uv: beside this Python, else on PATH."""
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else shutil.which("uv")


def install(place: Place, progress: Progress) -> None:
    """Install what is missing; raise with the command to type when the caller is not root."""
    packages = missing(uv=find_uv())
    if not packages:
        return
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0:
        raise SandboxError(
            f"missing Debian packages: {', '.join(packages)}. Install them, then repeat:\n"
            f"  sudo apt-get update && sudo {command}"
        )
    with no_services():
        _apt(place, ["update"], "updating apt's package lists", progress)
        _apt(place, command.split()[1:], f"installing {', '.join(packages)}", progress)
    if packages := missing(uv=find_uv()):
        raise SandboxError(f"`{command}` ended well, but not all files that we use came with {packages}")


def _apt(place: Place, arguments: list[str], title: str, progress: Progress) -> None:
    log = place.log("apt")
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    environment = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    # A package manager that is stopped half-way leaves work for a person.
    step = Step(title, command, log, caller(), environment, disposable=False)
    # The lists' lock is the only one that apt does not wait for by itself.
    for _ in range(30):
        try:
            run(step, place.folder, progress)
        except SandboxError:
            if "lists/lock" not in last_lines(log, 4):
                raise
            progress("another apt-get is running, waiting for it")
            time.sleep(5)
        else:
            return
    raise SandboxError(f"{title}: another apt-get holds the lock for minutes.\n{last_lines(log)}")


@contextmanager
def no_services(policy: Path = POLICY) -> Iterator[None]:
    """Keep Debian's maintainer scripts from starting services (the policy layer of invoke-rc.d(8))."""
    ours = not policy.exists() or policy.read_text() == POLICY_TEXT
    if ours:
        policy.write_text(POLICY_TEXT)
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink(missing_ok=True)
