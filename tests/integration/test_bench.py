"""The benchmark runs, and what it compares did the same. How fast is no matter of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson

from ops.bench.scenarios import scenarios


def test_a_quick_run_measures_everything_over_both_transports_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    figures, tables = tmp_path / "bench.json", tmp_path / "bench.md"
    command = [sys.executable, "-m", "ops.cli", "bench", "--quick"]
    command += ["--json", str(figures), "--markdown", str(tables)]

    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=280, check=False)

    # It ends with an error when naive consumer, pipeline and limit did not do the same.
    assert ended.returncode == 0, ended.stderr
    found = orjson.loads(figures.read_bytes())
    measured = [(one["scenario"], one["protocol"]) for one in found["throughput"]]
    assert measured == [
        (scenario.name, protocol) for scenario in scenarios(quick=True) for protocol in ("jsonrpc", "json2")
    ]
    assert len(found["latency"]) == 8
    assert len(found["ratios"]) == 4
    assert tables.read_text("utf-8") == ended.stdout
