"""Rows of anything for people: a table where it fits, else a block of lines for each row.

Two sorts of cells make it readable in any width: those that name or count something stay whole, in a table
and in a block; details may break at their spaces, and stand below in a block. A newcomer would get wrong
that rich's `no_wrap` keeps a cell whole: where a table is too wide it is cut off, and rich's own widths tear
words. So the widths are reckoned here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table

from ops.column_widths import Need, shared
from ops.hanging import Hanging, packed
from ops.terminal import is_narrow
from ops.visible import cell as shown
from ops.visible import visible

_READABLE = 14
"""A detail's column gets so many cells, if it has as much to say: in fewer, a sentence is a pillar."""
_BETWEEN, _EDGE = 3, 1
"""Cells that the box takes of each column, and once."""
_GAP = "  "
_BELOW = 4
"""Blanks before what stands below the first line of a block."""


@dataclass(frozen=True)
class Column:
    """What the cells of a column are."""

    heading: str
    is_detail: bool = False
    """Whether its cells may break at their spaces, and stand below in a block."""
    is_named: bool = False
    """Whether a block needs its heading to be understood: `revision B`."""
    is_number: bool = False
    """Whether it is aligned to the right."""


@dataclass(frozen=True)
class Row:
    """One row: a cell for each column."""

    cells: Sequence[str]
    style: str = ""
    indent: int = 0
    """Blanks before its block."""


@dataclass(frozen=True)
class Listing:
    """Rows under their headings; a column in which no row has anything is left out."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or the blocks, and an empty line."""
        if self.title:
            yield Hanging("", self.title, "table.title")
        kept = [place for place in range(len(self.columns)) if any(row.cells[place] for row in self.rows)]
        columns = [self.columns[place] for place in kept]
        rows = [
            Row([visible(row.cells[place]) for place in kept], row.style, row.indent) for row in self.rows
        ]
        needs = [_need(column, [row.cells[place] for row in rows]) for place, column in enumerate(columns)]
        space = options.max_width - _EDGE - _BETWEEN * len(columns)
        widths = shared(needs, space)
        if widths is None or (is_narrow(console) and sum(need.most for need in needs) > space):
            for row in rows:
                yield from _block(columns, row, options.max_width)
            yield ""
        else:
            yield _table(columns, rows, widths)


def _need(column: Column, cells: Iterable[str]) -> Need:
    lines = [line for cell in (column.heading, *cells) for line in cell.splitlines()]
    most = max(map(cell_len, lines), default=0)
    words = (cell_len(word) for line in lines for word in line.split())
    return Need(max((min(_READABLE, most), *words)), most) if column.is_detail else Need(most, most)


def _table(columns: Sequence[Column], rows: Iterable[Row], widths: Iterable[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column.heading, width=width, justify="right" if column.is_number else "left")
    for row in rows:
        # No detail is left to rich: it cuts off the end of a line with wide characters.
        cells = zip(columns, row.cells, strict=True)
        table.add_row(
            *(Hanging("", cell) if column.is_detail else shown(cell) for column, cell in cells),
            style=row.style,
        )
    return table


def _block(columns: Sequence[Column], row: Row, width: int) -> Iterator[Hanging]:
    below = " " * (row.indent + _BELOW)
    said = [
        (column.is_detail, f"{column.heading} {cell.strip()}" if column.is_named else cell.strip())
        for column, cell in zip(columns, row.cells, strict=True)
        if cell
    ]
    before = " " * row.indent
    for is_detail in (False, True):
        texts = (text for detail, text in said if detail is is_detail)
        for line in packed(texts, width - len(below), _GAP):
            yield Hanging(before, line, row.style)
            before = below
