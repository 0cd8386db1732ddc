"""What was measured, and whether it is as good as was asked."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.bench.scenarios import Scenario

SINGLE_MORE_SECONDS = 0.1
SCALE_RATIO = 1.3
LINE_RATIO = 1.5
MET = "met"


@dataclass
class Throughput:
    """Events per second of one scenario over one protocol: one value per round and peer."""

    scenario: Scenario
    protocol: str
    pipeline: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    """The pipeline's calls in one bare loop."""
    loops: list[float] = field(default_factory=list)
    """The same in as many bare loops as the consumer has shards."""
    cpu: list[float] = field(default_factory=list)
    """Processor seconds of the consumer's process per event."""
    calls: int = 0
    """The pipeline's calls to Odoo in the last round."""

    @property
    def over_naive(self) -> float:
        """Return how many times faster than the naive consumer the pipeline is."""
        return statistics.median(self.pipeline) / statistics.median(self.naive)

    @property
    def of_limit(self) -> float:
        """Return the pipeline's share of what its calls reach in one bare loop."""
        return statistics.median(self.pipeline) / statistics.median(self.limit)

    @property
    def of_loops(self) -> float:
        """Return its share of what they reach in as many loops as it has shards."""
        return statistics.median(self.pipeline) / statistics.median(self.loops)

    @property
    def verdict(self) -> str:
        """Return whether the targets are met, and else by how much not; empty without a target."""
        target = self.scenario.target
        asked = [
            (
                f"{self.over_naive:.0f} x naive, asked {target.over_naive:.0f}",
                self.over_naive,
                target.over_naive,
            ),
            (
                f"{self.of_limit:.2f} of the limit, asked {target.of_limit:.2f}",
                self.of_limit,
                target.of_limit,
            ),
        ]
        return _verdict([text for text, found, least in asked if found < least], any(one[2] for one in asked))

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "scenario": self.scenario.name,
            "protocol": self.protocol,
            "events": self.scenario.size,
            "naive_events": self.scenario.few,
            "calls": self.calls,
            "cpu_seconds_per_event": _spread(self.cpu),
            "events_per_second": {
                "pipeline": _spread(self.pipeline),
                "naive": _spread(self.naive),
                "limit": _spread(self.limit),
                "loops": _spread(self.loops),
            },
            "times_naive": self.over_naive,
            "of_limit": self.of_limit,
            "of_loops": self.of_loops,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Latency:
    """Seconds of single events on an idle system, and of the calls that each made."""

    name: str
    protocol: str
    event: list[float]
    raw: list[float]

    @property
    def more(self) -> float:
        """Return the seconds that an event takes beyond its raw calls."""
        return statistics.median(self.event) - statistics.median(self.raw)

    @property
    def verdict(self) -> str:
        """Return whether the target is met."""
        missed = self.more > SINGLE_MORE_SECONDS
        return _verdict(
            [f"{self.more * 1000:.0f} ms more, asked {SINGLE_MORE_SECONDS * 1000:.0f}"] if missed else [],
            True,
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "event": self.name,
            "protocol": self.protocol,
            "seconds": _spread(self.event),
            "raw_seconds": _spread(self.raw),
            "more_seconds": self.more,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Ratio:
    """Two costs that are to be near each other, in seconds, one value per try."""

    name: str
    base_name: str
    cost: list[float]
    base: list[float]
    most: float
    """The highest ratio asked for; 0 is none."""

    @property
    def ratio(self) -> float:
        """Return cost by base."""
        return statistics.median(self.cost) / statistics.median(self.base)

    @property
    def verdict(self) -> str:
        """Return whether the target is met."""
        missed = self.most and self.ratio > self.most
        return _verdict([f"{self.ratio:.2f}, asked {self.most:.2f}"] if missed else [], bool(self.most))

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "name": self.name,
            "base": self.base_name,
            "seconds": _spread(self.cost),
            "base_seconds": _spread(self.base),
            "ratio": self.ratio,
            "verdict": self.verdict,
        }


Figure = Throughput | Latency | Ratio


def _verdict(missed: Sequence[str], asked: bool) -> str:
    if not asked:
        return ""
    return f"missed: {'; '.join(missed)}" if missed else MET


def _spread(values: Sequence[float]) -> dict[str, Any]:
    return {
        "median": statistics.median(values),
        "least": min(values),
        "most": max(values),
        "all": list(values),
    }
