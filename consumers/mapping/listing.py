"""Names in a sentence: each once, as many as fit, and how many more there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from schemas.dead_letter import MAX_MESSAGE

IN_ERROR = MAX_MESSAGE - 100
"""Bytes for names in the text of an error."""
IN_NOTE = 300
"""Bytes for names in a note, which may have several."""


def listed(names: Iterable[str], room: int = IN_ERROR) -> str:
    """Return the `names`, each once, in about `room` bytes; and how many more there are when not all fit."""
    once = list(dict.fromkeys(names))
    ends = list(accumulate(len(name.encode()) + 2 for name in once))
    shown = [name for name, end in zip(once, ends, strict=True) if end <= room]
    return ", ".join(shown) + (f" and {len(once) - len(shown)} more" if len(shown) < len(once) else "")
