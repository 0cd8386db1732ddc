"""What every output must be, however narrow the terminal is, and whatever others wrote."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

EVIL = "\x1b]0;x\x07\x9b2J\u202e1"
"""What a name in Odoo or in an export may be: it names the window, clears the screen, turns the order."""
SPELLED = r"\x1b]0;x\x07\x9b2J\u202e1"

_COMMANDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset({"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"})


def lines(output: str, width: int) -> list[str]:
    """Return the lines of `output`, each without its indent, after a look at what is wrong in any output."""
    assert [one for one in output if is_command(one)] == [], "the terminal would obey it"
    found = output.splitlines()
    assert [line for line in found if line != line.rstrip()] == [], "ends in spaces"
    assert [line for line in found if cell_len(line) > width] == [], "the terminal would tear it"
    return [line.strip() for line in found]


def is_command(one: str) -> bool:
    """Return whether a terminal does something at the character `one`, a line break aside."""
    return one != "\n" and (
        unicodedata.category(one) in _COMMANDS or unicodedata.bidirectional(one) in _DIRECTIONS
    )
