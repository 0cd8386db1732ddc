"""How wide what commands print may be: one rule for all of them.

A newcomer would get wrong that a file or pipe has a width: rich takes 80 there, which breaks every line.
"""

from __future__ import annotations

import os
import sys

from rich.console import Console

WIDE = 160
"""Columns where nothing tells the width."""
NARROW = 110
"""Below so many columns a table of identifiers and sentences does not fit side by side."""


def printer() -> Console:
    """Return the console of standard output: as wide as COLUMNS says, else the terminal, else WIDE."""
    known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(width=None if known else WIDE, highlight=False)


def is_narrow(console: Console) -> bool:
    """Return whether a detail needs a line of its own."""
    return console.width < NARROW
