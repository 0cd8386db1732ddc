"""What a batch costs Odoo: by how many products it holds, and by line of a new BOM.

Both are measured at the handler, one batch after the other, over one connection: it is Odoo's cost that
may grow, and two batches at once would hide the half of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random

from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import POSITION
from consumers.odoo.records import create_once, find
from consumers.results import Applied, Result
from ops.bench.errors import BenchError
from ops.bench.events import bom, product
from ops.bench.figures import LINE_RATIO, SCALE_RATIO, Ratio
from ops.bench.pipeline import Pipeline
from ops.bench.run import Bench
from ops.bench.scenarios import components
from schemas.event import Event
from schemas.facts import BOM, LINE, VARIANT
from schemas.kinds import Consumer

BATCH = 100
FEW = 1_000
_LINES = 50
_BOMS = 20


def measure_scale(bench: Bench, many: int, tries: int) -> list[Ratio]:
    """Return the cost of a batch of a hundred with `many` products in Odoo, by that with a thousand."""
    few = _costs(bench, 0, FEW, tries)
    lot = _costs(bench, FEW, many, tries)
    return [
        Ratio(
            f"batch of {BATCH}, {name}: {many:,} products in Odoo",
            f"{FEW:,}",
            lot[name],
            few[name],
            SCALE_RATIO,
        )
        for name in few
    ]


def _costs(bench: Bench, start: int, end: int, tries: int) -> dict[str, list[float]]:
    bench.progress(f"filling up to {end:,} products")
    bench.fill([product(_scale(index), index) for index in range(start, end)])
    bench.settle()
    line, random = bench.pipelines[0], Random(end)  # noqa: S311 - no secret
    costs: dict[str, list[float]] = {"unchanged": [], "changed": [], "new": []}
    # The first try is not counted: it finds nothing in PostgreSQL's memory.
    for number in range(tries + 1):
        bench.progress(f"{end:,} products in Odoo: try {number} of {tries}")
        version = next(bench.turns)
        # Even numbers are never changed, and both are spread over all that is there.
        held = random.sample(range(0, end, 2), BATCH)
        other = random.sample(range(1, end, 2), BATCH)
        batches = {
            "unchanged": ([product(_scale(one), one) for one in held], Result.UNCHANGED),
            "changed": ([product(_scale(one), one, version) for one in other], Result.UPDATED),
            "new": ([product(f"scale-new-{version}-{one}", one) for one in range(BATCH)], Result.CREATED),
        }
        for name, (events, result) in batches.items():
            costs[name].append(_applied(line, Consumer.PRODUCT, events, result))
    return {name: found[1:] for name, found in costs.items()}


def measure_lines(bench: Bench, tries: int) -> Ratio:
    """Return the cost of a line of new BOMs, by that of `mrp.bom.line.create` of as many in one raw batch.

    The components must be in Odoo.
    """
    line = bench.pipelines[0]
    cost, base = [], []
    for number in range(tries + 1):
        bench.progress(f"lines of new BOMs: try {number} of {tries}")
        turn = next(bench.turns)
        parents = [f"lines-{turn}-{index}" for index in range(2 * _BOMS)]
        bench.fill([product(parent, index) for index, parent in enumerate(parents)])
        base.append(_raw_lines(line.odoo, parents[_BOMS:]))
        events = [bom(parent, components(_LINES)) for parent in parents[:_BOMS]]
        cost.append(_applied(line, Consumer.BOM, events, Result.CREATED))
    per_line = 1 / (_BOMS * _LINES)
    return Ratio(
        f"line of {_BOMS} new BOMs of {_LINES} lines",
        "mrp.bom.line.create",
        [seconds * per_line for seconds in cost[1:]],
        [seconds * per_line for seconds in base[1:]],
        LINE_RATIO,
    )


def _raw_lines(odoo: Odoo, parents: Sequence[str]) -> float:
    """Return the seconds in which Odoo creates the lines of BOMs of `parents`, in one call."""
    fields = ("default_code", "product_tmpl_id", "uom_id")
    held = find(odoo, VARIANT, "default_code", [*parents, *components(_LINES)], fields)
    products = {row["default_code"]: row for row in held}
    templates = [products[parent]["product_tmpl_id"] for parent in parents]
    rows = [
        {"id": f"pdm_odoo.bench.{parent}", "product_tmpl_id/.id": str(template), "active": ""}
        for parent, template in zip(parents, templates, strict=True)
    ]
    boms = create_once(odoo, BOM, rows)
    lines = [
        {
            "bom_id": header,
            "product_id": products[component]["id"],
            "product_qty": 2.0,
            "product_uom_id": products[component]["uom_id"],
            "sequence": position,
            POSITION: position,
        }
        for header in boms
        for position, component in enumerate(components(_LINES), 1)
    ]
    return _timed(lambda: odoo.call(LINE, "create", vals_list=lines))


def _applied(line: Pipeline, consumer: Consumer, events: Sequence[Event], result: Result) -> float:
    verdicts: list[object] = []
    seconds = _timed(lambda: verdicts.extend(line.handlers[consumer].apply(events)))
    for verdict in verdicts:
        if not isinstance(verdict, Applied) or verdict.result is not result:
            raise BenchError(f"{verdict} instead of {result.value}")
    return seconds


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _scale(index: int) -> str:
    return f"scale-{index:06}"
