"""Text that breaks between its words only, its further lines below the first: indented, or under a label.

A newcomer would get wrong that rich does this: it tears a word that is wider than the line, cuts it off, or
does not break the text at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from ops.visible import visible


@dataclass(frozen=True)
class Hanging:
    """One `text` after a `label`, which may be blanks only."""

    label: str
    text: str
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines; where sentences do not break, as in a pipe, those that it has itself."""
        before = visible(self.label)
        indent = cell_len(before)
        for line in visible(self.text).splitlines() or [""]:
            words = [line] if options.no_wrap else line.split(" ")
            for part in packed(words, options.max_width - indent, " "):
                yield Text(before + part, self.style, no_wrap=True, overflow="ignore")
                before = " " * indent


def packed(texts: Iterable[str], width: int, gap: str) -> Iterator[str]:
    """Yield `texts` side by side, as many in a line of `width` cells as fit whole, one at least."""
    line: str | None = None
    for text in texts:
        longer = text if line is None else f"{line}{gap}{text}"
        if line is not None and cell_len(longer) > width:
            yield line
            longer = text
        line = longer
    if line is not None:
        yield line
