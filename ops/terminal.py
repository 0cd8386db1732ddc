"""How wide what commands print may be, and how it is printed: one rule for all of them.

A newcomer would get wrong that a file or pipe has a width: rich takes 80 there, which breaks every line. A
second trap is rich's default to tear a word that is wider than its line, or to cut it off: both spoil ids.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from ops.hanging import Hanging

WIDE = 160
"""Columns where nothing tells the width."""
NARROW = 110
"""Below so many columns a table of identifiers and sentences does not fit side by side."""


def printer(*, stderr: bool = False) -> Console:
    """Return the console of an output: as wide as COLUMNS says, else the terminal, else WIDE.

    Where nothing tells the width, a sentence stays on one line.
    """
    stream = sys.stderr if stderr else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    # Of a width of 0, which some tools set, rich would print nothing at all.
    known = int(columns) > 0 if columns.isdecimal() else stream.isatty()
    return Console(width=None if known else WIDE, highlight=False, soft_wrap=not known, stderr=stderr)


def is_narrow(console: Console) -> bool:
    """Return whether a detail needs a line of its own."""
    return console.width < NARROW


def show(console: Console, *parts: RenderableType) -> None:
    """Print `parts`: sentences break at their spaces, no word is torn or cut, no line ends in spaces.

    A plain string is a sentence and no markup: numbers like [red] exist.
    """
    for part in parts:
        told = Hanging("", part) if isinstance(part, str) else part
        console.print(_Trimmed(told), crop=False)


@dataclass(frozen=True)
class _Trimmed:
    told: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in Segment.split_lines(console.render(self.told, options)):
            yield from _trimmed(line)
            yield Segment.line()


def _trimmed(line: Iterable[Segment]) -> list[Segment]:
    kept = list(line)
    while kept:
        last = kept.pop()
        if text := last.text.rstrip(" "):
            return [*kept, Segment(text, last.style)]
    return []
