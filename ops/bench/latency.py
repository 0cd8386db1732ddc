"""How long one event takes on a system that has nothing else to do, and its calls to Odoo alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ops.bench.figures import Latency
from ops.bench.pipeline import REST_SECONDS, Pipeline
from ops.bench.recording import repeated
from ops.bench.run import Bench
from ops.bench.scenarios import LIMIT, PIPELINE, Mix, Scenario


def single_scenarios(count: int) -> list[Scenario]:
    """Return what is sent one by one: `count` events of each, and one more that is not counted.

    What is new comes last: over JSON-RPC it makes Odoo verify the password at the next call.
    """
    return [
        Scenario("one product, unchanged", Mix(unchanged=10), count + 1, 0),
        Scenario("one product, changed", Mix(changed=10), count + 1, 0),
        Scenario("one BOM of 50 lines, one line changed", Mix(changed=10), count + 1, 0, lines=50),
        Scenario("one product, new", Mix(new=10), count + 1, 0),
    ]


def measure_latency(bench: Bench, chosen: Sequence[Scenario]) -> list[Latency]:
    """Return the latency of single events of `chosen`, for which the database is prepared."""
    return [_latency(bench, one, line) for one in chosen for line in bench.pipelines]


def _latency(bench: Bench, scenario: Scenario, line: Pipeline) -> Latency:
    turn = next(bench.turns)
    bench.progress(f"{scenario.name}, {line.protocol.value}")
    events = scenario.events(PIPELINE, turn, scenario.size)
    found = line.single(scenario.consumer, events, scenario.expected(scenario.size))
    raw = []
    for one in found:
        time.sleep(REST_SECONDS)
        raw.append(repeated(line.odoo, one.calls, scenario.texts(turn, LIMIT)))
    return Latency(scenario.name, line.protocol.value, [one.seconds for one in found[1:]], raw[1:])
