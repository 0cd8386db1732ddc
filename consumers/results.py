"""What a handler says of each event: applied with a result, or failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from consumers.errors import PermanentError, TransientError
from schemas.event import Event


class Result(StrEnum):
    """What applying an event did to Odoo."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"
    """Odoo already holds a newer sequence."""
    SUPERSEDED = "superseded"
    """A newer event of the same key, in the same batch, was applied instead."""


@dataclass(frozen=True)
class Applied:
    """The event's effect is in Odoo, or needs not be."""

    result: Result
    note: str = ""
    """What a person should know, e.g. a unit that differs and was left alone."""
    supersedes: bool = True
    """Whether older events of the same key need not be applied. Not after an event that was ignored."""
    warns: bool = False
    """Whether a person should act on the note: it is logged as a warning."""


Verdict = Applied | PermanentError | TransientError


def stale(sequence: str) -> Applied:
    """Return the verdict of an event that is older than the one of `sequence`, which Odoo holds."""
    return Applied(Result.STALE, f"Odoo holds sequence {sequence}")


def joined(*notes: str) -> str:
    """Return `notes` as one; empty ones say nothing."""
    return "; ".join(note for note in notes if note)


class Handler(Protocol):
    """One consumer's work on Odoo."""

    def prepare(self) -> None:
        """Ask Odoo whether it can be worked with, and read its fields anew.

        Raises:
            UnavailableError: not now; nothing should be taken from the queue yet.
        """

    def apply(self, events: Sequence[Event]) -> Sequence[Verdict]:
        """Bring `events`, each of another key, into Odoo; return one verdict per event, in order.

        Must be safe to call again with the same events after any failure: read first, then write
        only what differs.

        Raises:
            PermanentError, TransientError: the whole call failed and the event at fault is not known.
            UnavailableError: Odoo cannot work now.
        """
