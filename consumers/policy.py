"""Policy: (verdict, attempt) → outcome. Pure; the table in its test is the specification."""

from __future__ import annotations

from dataclasses import dataclass

from consumers.errors import PermanentError, TransientError
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.topology import TIERS, Tier

UNFORESEEN_ATTEMPTS = 3
"""Attempts of a failure that nobody foresaw. It is probably ours; an hour of ladder will not mend it."""


@dataclass(frozen=True)
class Done:
    """Acknowledge."""

    result: Result
    note: str = ""
    warns: bool = False


@dataclass(frozen=True)
class Retry:
    """Publish to the retry queue of `tier`, then acknowledge."""

    tier: Tier
    error: TransientError


@dataclass(frozen=True)
class Dead:
    """Publish to the dead-letter queue, then acknowledge."""

    error: PermanentError | TransientError


Outcome = Done | Retry | Dead


def decide(verdict: Verdict, attempt: int) -> Outcome:
    """Return the fate of a delivery on its `attempt` (from 1): one attempt, then one per tier."""
    if isinstance(verdict, Applied):
        return Done(verdict.result, verdict.note, verdict.warns)
    if isinstance(verdict, PermanentError):
        return Dead(verdict)
    attempts = UNFORESEEN_ATTEMPTS if verdict.reason is Reason.UNFORESEEN else 1 + len(TIERS)
    if attempt >= attempts:
        return Dead(verdict)
    return Retry(TIERS[attempt - 1], verdict)
