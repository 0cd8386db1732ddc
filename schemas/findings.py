"""What is wrong with a file that people write: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_NEAR = 0.7
"""Nearer than `x_material` is to `next_serial`."""


@dataclass(frozen=True)
class Finding:
    """One mistake."""

    line: int
    """From 1; of the whole file where no line is at fault."""
    model: str
    """Model of Odoo whose rules are at fault, or nothing."""
    field: str
    """Field of the model; without a model the path of the option: `key.parts`."""
    text: str
    """What is wrong, and what is allowed."""
    suggestion: str = ""
    """The name that was probably meant, or what to write."""

    @property
    def where(self) -> str:
        """Return the readable path: `product.template.weight`."""
        return ".".join(part for part in (self.model, self.field) if part) or "profile"

    def shown(self, name: str) -> str:
        """Return the finding on one line, for the file `name`."""
        hint = f"; did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{name}:{self.line}: {self.where}: {self.text}{hint}"


def near(word: str, known: Iterable[str]) -> str:
    """Return the word of `known` that is most like `word`, upper and lower case alike, or nothing."""
    folded = {other.casefold(): other for other in known}
    matches = get_close_matches(word.casefold(), folded, n=1, cutoff=_NEAR)
    return folded[matches[0]] if matches else ""
