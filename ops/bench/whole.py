"""The whole benchmark, in order: throughput, single events, lines of new BOMs, and fifty thousand products.

Figures of one run only are compared: machines differ, and so does one machine from hour to hour.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from ops.bench.costs import measure_lines, measure_scale
from ops.bench.figures import MET, Figure, Latency, Ratio, Throughput
from ops.bench.latency import measure_latency, single_scenarios
from ops.bench.mapping import MappingFigures, measure_mapping
from ops.bench.place import place
from ops.bench.run import Bench, bench, measure, prepare
from ops.bench.scenarios import scenarios
from ops.sandbox.box import Sandbox, up
from ops.sandbox.progress import Progress
from schemas.logs import configure, configure_for_people
from schemas.odoo_settings import OdooProtocol
from schemas.settings import ConsumerSettings, LogFormat, LogLevel, LogSettings


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int = 3
    singles: int = 7
    tries: int = 5
    """Of what is measured by the batch."""
    products: int = 50_000
    """How many there are in Odoo at the end."""
    quick: bool = False
    protocols: Sequence[OdooProtocol] = (OdooProtocol.JSONRPC, OdooProtocol.JSON2)
    only: str = ""
    """Part of the name of the scenarios to measure, and nothing else; empty for all."""


_QUICK: dict[str, Any] = {"rounds": 1, "singles": 1, "tries": 1, "products": 2_000, "quick": True}


def extent(*, quick: bool, **changes: Any) -> Extent:
    """Return the whole extent, or the least one, with `changes`."""
    return Extent(**((_QUICK if quick else {}) | changes))


@dataclass
class Found:
    """All figures of one run."""

    settings: dict[str, Any]
    throughput: list[Throughput] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    mapping: MappingFigures | None = None

    @property
    def figures(self) -> list[Figure]:
        """Return every figure that has a verdict."""
        return [*self.throughput, *self.latency, *self.ratios]

    @property
    def missed(self) -> list[Figure]:
        """Return the figures whose target is missed."""
        return [figure for figure in self.figures if figure.verdict not in {"", MET}]

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "settings": self.settings,
            "throughput": [one.as_json() for one in self.throughput],
            "latency": [one.as_json() for one in self.latency],
            "ratios": [one.as_json() for one in self.ratios],
            "mapping": asdict(self.mapping) if self.mapping else None,
        }


def run(extent: Extent, progress: Progress) -> Found:
    """Measure on the sandbox's servers, which are started if need be.

    Raises:
        SandboxError: the servers cannot be had.
        BenchError: the pipeline, the naive consumer or the limit did something else than was to be measured.
    """
    started = time.monotonic()
    sandbox = Sandbox(up(progress))
    with _logging_as_in_production():
        with place(sandbox) as first, bench(first, extent.protocols, progress) as running:
            found = _on_one_database(running, extent)
        if not extent.only:
            with place(sandbox) as second, bench(second, [extent.protocols[-1]], progress) as running:
                found.ratios.extend(measure_scale(running, extent.products, extent.tries))
    found.settings["seconds"] = round(time.monotonic() - started)
    return found


def _on_one_database(running: Bench, extent: Extent) -> Found:
    line = running.pipelines[0]
    found = Found(_settings(extent, line.settings))
    chosen = [one for one in scenarios(quick=extent.quick) if extent.only in one.name]
    singles = [] if extent.only else single_scenarios(extent.singles)
    prepare(running, [*chosen, *singles])
    found.throughput.extend(measure(running, chosen, extent.rounds))
    if not extent.only:
        found.latency.extend(measure_latency(running, singles))
        found.ratios.append(measure_lines(running, extent.tries))
        found.mapping = measure_mapping(line.odoo, line.schema)
    return found


def _settings(extent: Extent, consumers: ConsumerSettings) -> dict[str, Any]:
    """Return what one must know to read the figures."""
    return {
        "rounds": extent.rounds,
        "quick": extent.quick,
        "batch_size": consumers.batch_size,
        "product_batch_size": consumers.product_batch_size,
        "shards": consumers.shards,
        "linger_seconds": consumers.linger_seconds,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


@contextmanager
def _logging_as_in_production() -> Iterator[None]:
    """Let log lines be made as by `pdm-odoo consume`, for that costs time, and written to nowhere."""
    configure(LogSettings.model_construct(log_level=LogLevel.INFO, log_format=LogFormat.JSON))
    with Path(os.devnull).open("w") as nowhere:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
        try:
            yield
        finally:
            configure_for_people()
