"""Run one program to its end, telling the person that waits what it is doing.

Its output goes to a log file; the error of a failed step shows the end of that file.
"""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops.sandbox.accounts import Account
from ops.sandbox.errors import SandboxError
from ops.sandbox.processes import TOKEN, Tag
from ops.sandbox.progress import Progress

HEARTBEAT = 15.0
STEP = "step"
"""The tag of a running step: a step left behind by a killed `up` is found and stopped by the next one."""


@dataclass(frozen=True)
class Step:
    """One program: `title` is a phrase for people, `limit` is in seconds.

    `environment` is added to the caller's unless `account` switches. A step that is not `disposable` must
    not be stopped half-way, whatever happens to us.
    """

    title: str
    argv: Sequence[str]
    log: Path
    account: Account
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    stdin: str | None = field(default=None, repr=False)
    limit: float = 900.0
    disposable: bool = True


def run(step: Step, folder: Path, progress: Progress) -> None:
    """Run the step and wait; raise with the end of its log when it fails or takes too long."""
    progress(step.title)
    # A program that runs as another user gets nothing of our environment (it may hold secrets).
    inherited = {"PATH": "/usr/bin:/bin"} if step.account.switch else dict(os.environ)
    environment = {**inherited, **step.environment}
    if step.disposable:
        environment[TOKEN] = Tag.of(folder, STEP).value("")
    with step.log.open("ab") as log:
        try:
            process = subprocess.Popen(
                list(step.argv),
                env=environment,
                stdin=subprocess.DEVNULL if step.stdin is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=step.cwd,
                umask=0o022,
                text=True,
                user=step.account.user,
                group=step.account.group,
                extra_groups=step.account.groups,
            )
        except FileNotFoundError as missing:
            raise SandboxError(f"{step.title}: the program {step.argv[0]} is missing") from missing
        with process:
            try:
                _feed(process, step.stdin)
                _wait(process, step, progress)
            except BaseException:
                if step.disposable:
                    process.kill()
                raise
    if process.returncode != 0:
        command = " ".join(step.argv)
        raise SandboxError(
            f"{step.title} failed: `{command}` ended with {process.returncode}.\n{last_lines(step.log)}"
        )


def _feed(process: "subprocess.Popen[str]", text: str | None) -> None:
    if process.stdin is not None and text is not None:
        process.stdin.write(text)
        process.stdin.close()


def _wait(process: "subprocess.Popen[str]", step: Step, progress: Progress) -> None:
    started = time.monotonic()
    # Several steps share a log: only what this one writes tells how it goes.
    size = step.log.stat().st_size
    while True:
        try:
            process.wait(timeout=HEARTBEAT)
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - started
            if seconds > step.limit:
                too_long = f"{step.title} takes more than {step.limit:.0f} s, it was stopped"
                raise SandboxError(f"{too_long}.\n{last_lines(step.log)}") from None
            news = f": {_last_line(step.log)}" if step.log.stat().st_size > size else ""
            progress(f"  still {step.title} ({seconds:.0f} s){news}")
        else:
            return


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log file for an error message, with the file's path."""
    lines = _tail(log)[-count:]
    return "\n".join([f"The end of {log}:", *(f"  | {line[:300]}" for line in lines or ["(empty)"])])


def _last_line(log: Path) -> str:
    return "".join(_tail(log)[-1:]).strip()[-90:]


def _tail(log: Path, size: int = 20_000) -> list[str]:
    # A server's log may be large; its end is enough.
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
