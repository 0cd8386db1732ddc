"""What others wrote, made harmless for a terminal: a name in Odoo or an export may hold commands to it.

A newcomer would get wrong that rich sees to that: its `Text` drops five control characters, and lets escape
sequences through, which clear the screen or write to the clipboard, and marks that turn the order of letters.
Has to happen before widths are reckoned. `ops.hanging` and `ops.listing` do it for all that they print.
"""

from __future__ import annotations

import re

from rich.text import Text

_HARMFUL = re.compile(
    # Control characters but line breaks, marks of direction, other line breaks, halves of characters.
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return `text` with what commands a terminal spelled out, as \x1b or \u202e; a tab is a blank."""
    return _HARMFUL.sub(_spelled, text.replace("\r\n", "\n").replace("\t", " "))


def cell(text: str, style: str = "") -> Text:
    """Return `text` for a table of rich: no command to the terminal, and no markup, as numbers like [red]."""
    return Text(visible(text), style)


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
