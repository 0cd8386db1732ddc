"""On which line of a TOML text a key stands: tomllib tells values, and no positions.

The line of a key is where the shortest beginning of the text ends that holds the key. It is found by
bisection, and only for a mistake: a text without one is parsed once.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from typing import Any

Step = str | int
Path = tuple[Step, ...]
"""Keys, and places in arrays from 0."""

_CLOSINGS = ("", "\n]", "\n]}")
"""What completes a beginning that ends inside an array of several lines, or one in an inline table."""


class Lines:
    """The lines of one valid TOML text."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        self._parsed: dict[int, dict[str, Any] | None] = {}

    def of(self, path: Path) -> int:
        """Return the line, from 1, where `path` begins, or as much of it as the text has."""
        known = depth(self._document(len(self._lines)), path)
        if not known:
            return 1
        wanted = path[:known]

        def holds(count: int) -> bool:
            return depth(self._document(count), wanted) == known

        return bisect_left(range(1, len(self._lines) + 1), x=True, key=holds) + 1

    def has(self, path: Path) -> bool:
        """Return whether the text has the key at `path`."""
        return depth(self._document(len(self._lines)), path) == len(path)

    def _document(self, count: int) -> dict[str, Any]:
        """Return the first `count` lines parsed, and as many more as make them valid."""
        for end in range(count, len(self._lines) + 1):
            if end not in self._parsed:
                self._parsed[end] = _parsed("\n".join(self._lines[:end]))
            if (document := self._parsed[end]) is not None:
                return document
        return {}


def depth(document: Any, path: Path) -> int:
    """Return how many steps of `path` there are in `document`."""
    step: Any
    for count, step in enumerate(path):
        keys = range(len(document)) if isinstance(document, list) else document
        if not isinstance(document, dict | list) or step not in keys:
            return count
        document = document[step]
    return len(path)


def _parsed(text: str) -> dict[str, Any] | None:
    for closing in _CLOSINGS:
        try:
            return tomllib.loads(text + closing)
        except tomllib.TOMLDecodeError:
            continue
    return None
