"""Sequences: strings that sort the way an item's history went.

Compared as plain strings, so a source must always write the same width and never mix versions
with times for one item.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints

Sequence = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.:_-]{1,64}$")]

_WIDTH = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_time(moment: datetime) -> str:
    """Return the sequence of an aware `moment`: microseconds since 1970, 20 digits."""
    return from_version((moment - _EPOCH) // timedelta(microseconds=1))


def from_version(version: int) -> str:
    """Return the sequence of a file `version` (0 or more), 20 digits.

    Raises:
        ValueError: it is negative; a sign would sort wrongly.
    """
    if version < 0:
        raise ValueError(f"{version} is before the first version, or before 1970")
    return f"{version:0{_WIDTH}d}"
