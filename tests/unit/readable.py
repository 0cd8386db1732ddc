"""What every output must be, however narrow the terminal is."""

from __future__ import annotations

from rich.cells import cell_len


def lines(output: str, width: int) -> list[str]:
    """Return the lines of `output`, each without its indent, after a look at what is wrong in any output."""
    found = output.splitlines()
    assert [line for line in found if line != line.rstrip()] == [], "ends in spaces"
    assert [line for line in found if cell_len(line) > width] == [], "the terminal would tear it"
    return [line.strip() for line in found]
