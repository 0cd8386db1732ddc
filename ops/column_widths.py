"""How wide the columns of a table are: none narrower than it must be, none wider than it wants. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """What one column takes, in cells of the terminal."""

    least: int
    most: int
    """At least `least`."""


def shared(needs: Sequence[Need], space: int) -> list[int] | None:
    """Return a width for each of `needs`, together at most `space`; None where not even the least fits."""
    widths = [need.least for need in needs]
    spare = space - sum(widths)
    if spare < 0:
        return None
    for _ in range(spare):
        wanting = [place for place, need in enumerate(needs) if widths[place] < need.most]
        if not wanting:
            break
        widths[min(wanting, key=widths.__getitem__)] += 1
    return widths
