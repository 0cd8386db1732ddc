"""The one way a source says no. Its text is for the person who can correct the file."""

from __future__ import annotations


class SourceError(Exception):
    """A file is refused as a whole: nothing of it may be published.

    The text is ``file:line: reason and what to do``, always one line; without line 0.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        """From 1; 0 where no line is at fault."""
        self.reason = reason


def shown(text: str, limit: int = 60) -> str:
    """Return foreign `text` as it may stand in a reason: quoted, on one line, cut to `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
