"""One server of a private sandbox: what it is, whether it runs, how it comes up and goes down."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ops.sandbox.accounts import Account
from ops.sandbox.errors import SandboxError
from ops.sandbox.processes import Found, Launch, Tag, leader, spawn, stop
from ops.sandbox.progress import Progress
from ops.sandbox.steps import last_lines


@dataclass(frozen=True)
class Component:
    """A server: how to start it (`launch`), whether it serves (`answers`), how to end it (`stop_signal`).

    `settings` are its configuration files' texts: with the launch they make the version, and a running
    server of another version is started again.
    """

    tag: Tag
    address: str
    launch: Launch
    answers: Callable[[], bool]
    settings: Sequence[str] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 60.0
    prepare: Callable[[], None] = lambda: None

    @property
    def version(self) -> str:
        """A hash of everything that the server was or would be started with."""
        environment = sorted(f"{name}={value}" for name, value in self.launch.environment.items())
        parts = "\0".join([*self.launch.argv, *environment, *self.settings])
        return sha256(parts.encode()).hexdigest()[:16]


def running(component: Component) -> Found | None:
    """Return the server's process when it runs with today's configuration and answers."""
    process = leader(component.tag)
    current = process is not None and process.version == component.version
    return process if current and component.answers() else None


def ensure(component: Component, account: Account, progress: Progress) -> bool:
    """Bring the server up and wait until it answers; true when it had to be started."""
    name = component.tag.name
    process = leader(component.tag)
    if process is not None and process.version == component.version:
        if component.answers():
            return False
        progress(f"waiting for {name} (process {process.pid}), which an earlier run started")
        try:
            _await(component)
        except SandboxError as silent:
            progress(f"{name} does not answer, starting it again ({str(silent).splitlines()[0]})")
        else:
            return False
    if bring_down(component.tag, component.stop_signal):
        progress(f"stopped the {name} that ran with other settings or did not answer")
    component.prepare()
    progress(f"starting {name}")
    _keep_short(component.launch.log)
    spawn(component.launch, component.tag, component.version, account)
    _await(component)
    return True


def bring_down(tag: Tag, stop_signal: signal.Signals = signal.SIGTERM) -> bool:
    """Stop the server and wait for its end; false when it did not run."""
    return stop(tag, stop_signal, patience=30)


def _keep_short(log: Path, limit: int = 50_000_000) -> None:
    if log.exists() and log.stat().st_size > limit:
        log.rename(log.with_suffix(".log.1"))


def _await(component: Component) -> None:
    started = time.monotonic()
    while not component.answers():
        seconds = time.monotonic() - started
        # The first second belongs to the shell that detaches it.
        ended = seconds > 1 and leader(component.tag) is None
        if ended or seconds > component.patience:
            what = "ended" if ended else f"does not answer at {component.address}"
            log = last_lines(component.launch.log)
            raise SandboxError(f"{component.tag.name} {what} after {seconds:.0f} s.\n{log}")
        time.sleep(0.2)
