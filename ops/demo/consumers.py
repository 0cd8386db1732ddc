"""The demo's consumers: `pdm-odoo consume` as a process of its own, and what it says of its work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from schemas.metrics import settled

_START_SECONDS = 30.0
_STOP_SECONDS = 40.0
_POLL_SECONDS = 0.2


class DemoError(Exception):
    """The demo cannot go on; the text says where to look."""


@dataclass(frozen=True)
class Consumers:
    """The running process."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def settled(self) -> Counter[str]:
        """Return how many messages are settled for good, by result, dead letters among them."""
        page = httpx.get(f"{self.address}/metrics", timeout=10, trust_env=False).text
        return settled(text_string_to_metric_families(page))

    def wait_for(self, total: int, seconds: float) -> Counter[str]:
        """Return what became of messages once `total` are settled.

        Raises:
            DemoError: the process ended, or they were not settled within `seconds`.
        """
        until = time.monotonic() + seconds
        while (counts := self.settled()).total() < total:
            self.check()
            if time.monotonic() > until:
                raise DemoError(
                    f"after {seconds:.0f} s only {counts.total()} of {total} messages are settled; "
                    f"see {self.log}"
                )
            time.sleep(_POLL_SECONDS)
        return counts

    def check(self) -> None:
        """Raise DemoError if the process ended by itself."""
        if self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
            raise DemoError(
                f"the consumers ended with code {self.process.returncode}:\n{tail}\nsee {self.log}"
            )


@contextmanager
def running(environment: Mapping[str, str], address: str, log: Path) -> Iterator[Consumers]:
    """Run all four consumers while the context is open; they stop as on SIGTERM, after finishing.

    Raises:
        DemoError: they did not come up.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "consume"], env={**os.environ, **environment}, stderr=output
        )
        consumers = Consumers(process, address, log)
        try:
            _await_ready(consumers)
            yield consumers
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_ready(consumers: Consumers) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        consumers.check()
        try:
            if httpx.get(f"{consumers.address}/readyz", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > until:
            raise DemoError(f"the consumers are not ready after {_START_SECONDS:.0f} s; see {consumers.log}")
        time.sleep(_POLL_SECONDS)
