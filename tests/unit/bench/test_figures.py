"""A figure is a ratio of medians, and says whether it is good enough."""

from __future__ import annotations

import pytest

from ops.bench.figures import Latency, Ratio, Throughput
from ops.bench.report import markdown
from ops.bench.scenarios import Mix, Scenario, Target
from ops.bench.whole import Found


def throughput(target: Target, pipeline: float, naive: float = 10, limit: float = 1000) -> Throughput:
    scenario = Scenario("products, new", Mix(new=10), 100, 10, target=target)
    return Throughput(scenario, "json2", [1, pipeline, 10_000], [naive], [limit], [0.1])


@pytest.mark.parametrize(
    ("target", "pipeline", "verdict"),
    [
        (Target(), 1, ""),
        (Target(50, 0.9), 950, "met"),
        (Target(50, 0.9), 700, "missed: 0.70 of the limit, asked 0.90"),
        (Target(50, 0.9), 300, "missed: 30 x naive, asked 50; 0.30 of the limit, asked 0.90"),
        (Target(8), 300, "met"),
    ],
)
def test_throughput_is_judged_by_both_peers(target: Target, pipeline: float, verdict: str) -> None:
    assert throughput(target, pipeline).verdict == verdict


@pytest.mark.parametrize(("event", "verdict"), [(0.35, "met"), (0.42, "missed: 120 ms more, asked 100")])
def test_a_single_event_may_take_a_tenth_of_a_second_more_than_its_calls(event: float, verdict: str) -> None:
    assert Latency("one", "json2", [event, 0.1, 9], [0.3]).verdict == verdict


@pytest.mark.parametrize(("cost", "verdict"), [(1.2, "met"), (1.5, "missed: 1.50, asked 1.30")])
def test_a_cost_may_grow_so_far(cost: float, verdict: str) -> None:
    assert Ratio("batch", "1,000", [cost], [1.0], 1.3).verdict == verdict


def test_what_is_missed_is_told_and_all_figures_are_in_the_tables() -> None:
    found = Found({"rounds": 3})
    found.throughput.append(throughput(Target(50, 0.9), 950))
    found.latency.append(Latency("one product, new", "json2", [0.5], [0.1]))
    found.ratios.append(Ratio("batch, new", "1,000", [0.001], [0.001], 1.3))

    assert found.missed == found.latency
    tables = markdown(found)
    for text in ("products, new", "one product, new", "batch, new", "400 ms more", "rounds 3"):
        assert text in tables
    assert len({line.count("|") for line in tables.splitlines() if "products, new" in line}) == 1
