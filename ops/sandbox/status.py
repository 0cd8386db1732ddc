"""What `sandbox status` shows: one line per server, without secrets."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
from rich.table import Table

UP = "up"


@dataclass(frozen=True)
class Line:
    """One server; `state` is `up`, `down`, `not answering`, `outdated` or `absent`.

    `outdated` runs with other settings than today's (the next `up` restarts it), `absent` was never made.
    """

    component: str
    state: str
    address: str = ""
    pid: int | None = None
    log: str = ""


def all_up(lines: Sequence[Line]) -> bool:
    """Tell whether every server serves."""
    return all(line.state == UP for line in lines)


def as_table(lines: Sequence[Line]) -> Table:
    """Return the lines for people."""
    table = Table("component", "state", "address", "pid", "log", box=None, pad_edge=False)
    for line in lines:
        colour = "green" if line.state == UP else "red"
        pid = "" if line.pid is None else str(line.pid)
        table.add_row(line.component, f"[{colour}]{line.state}[/]", line.address, pid, line.log)
    return table


def as_json(lines: Sequence[Line]) -> str:
    """Return the lines for programs: a list of objects."""
    return orjson.dumps([asdict(line) for line in lines], option=orjson.OPT_INDENT_2).decode()
