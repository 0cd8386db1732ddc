"""`pdm-odoo topology show` as a person sees it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ops.topology import topology
from schemas.topology import TOPOLOGY
from tests.unit.readable import lines


def shown(monkeypatch: pytest.MonkeyPatch, columns: str) -> str:
    monkeypatch.setenv("COLUMNS", columns)
    result = CliRunner().invoke(topology, ["show"])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("80", 80), ("120", 120), ("", 160)])
def test_no_name_and_no_argument_is_torn(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    found = lines(shown(monkeypatch, columns), width)

    words = {word.rstrip(",") for line in found for word in line.split()}
    assert {one.name for one in TOPOLOGY.exchanges} | {one.name for one in TOPOLOGY.queues} <= words
    for queue in TOPOLOGY.queues:
        assert {f"{key.removeprefix('x-')}={value}" for key, value in queue.arguments.items()} <= words
    assert {one.routing_key for one in TOPOLOGY.bindings if one.routing_key} <= words


def test_in_a_narrow_terminal_the_arguments_stand_below_their_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(shown(monkeypatch, "60"), 60)

    below = found[found.index("pdm.bom.retry.30s") + 1 :]
    assert below[0] == "queue-type=quorum, dead-letter-exchange=pdm.work,"
